"""Gathers the facts of everyone due, calls `schedules.decisions`, and writes the plans. Decides nothing itself."""
