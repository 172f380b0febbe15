"""A text from the moment it is queued until it is settled: the states it can have and every write of its row.

`states` and `outcomes` are pure. How a text is handed over and what is heard of it afterwards is `schedules.dispatch`.
"""
