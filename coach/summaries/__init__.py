"""Weekly summaries: compute them, store them in versions, and show them.

`formats` and `totals` are pure.
"""
