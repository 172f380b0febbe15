"""Repeated work: one pass of everything due, the scheduler that repeats it, and jobs that run once per period."""
