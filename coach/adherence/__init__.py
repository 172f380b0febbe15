"""What became of each date on which something was asked, counted once.

`counts`, `days`, `reasons` and `triage` are pure; `queries` is the same vocabulary in SQL.
"""
