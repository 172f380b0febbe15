"""Who signs in, for which clinic, and what they may see.

`scope` is the only place that says whose data a sign-in may see; every query behind a page goes through it.
"""
