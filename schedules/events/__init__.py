"""Events for other systems, written in the transaction of the change that causes them.

Nothing is sent from here: `coach.events` delivers what is written.
"""
