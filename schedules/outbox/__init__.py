"""A text from being queued until it is settled: its states, and every write of its row.

`states` and `outcomes` are pure. Sending and what follows is `schedules.dispatch`.
"""
