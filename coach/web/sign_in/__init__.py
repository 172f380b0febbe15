"""Signing in: accounts, second step, limits, and who is looking at a page."""
