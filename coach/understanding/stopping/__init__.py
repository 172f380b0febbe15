"""Wishes to stop the texts: all of them or some, and what answers "do you want us to stop?". Pure."""
