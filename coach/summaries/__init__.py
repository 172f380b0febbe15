"""The week of each participant: computed, stored in versions, shown.

`formats` and `totals` are pure.
"""
