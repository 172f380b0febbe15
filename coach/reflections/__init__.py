"""A weekly summary by text to participants, on Sundays. `decide` is pure."""
