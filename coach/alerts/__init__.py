"""Flags and pages: who is told of danger, when, how it is acknowledged; and the alarm of a clinic's daily cap.

`escalation` is pure.
"""
