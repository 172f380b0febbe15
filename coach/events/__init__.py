"""Events out: which systems are told what happens in a clinic, and the signed requests that tell them.

`schedules.events` writes the events. `decide` is pure.
"""
