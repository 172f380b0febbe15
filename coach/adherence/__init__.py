"""What became of each check-in: its states, the counts, rates and triage built on them.

`counts`, `days`, `reasons` and `triage` are pure; `queries` computes the same states in SQL.
"""
