"""Decide what to do with an inbound text from its reading and its sender's state, and apply it in one commit.

`rules`, `state` and `intentions` are pure. The entry point is `unapplied.receive`.
"""
