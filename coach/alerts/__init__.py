"""Flags and pages: who is told of danger and when, acknowledging it, and the alarm for a clinic's daily cap.

`escalation` is pure.
"""
