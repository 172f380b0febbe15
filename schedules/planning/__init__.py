"""Gathers the facts of everyone due, has `schedules.decisions` decide, and writes the plan. Decides nothing itself."""
