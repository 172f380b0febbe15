"""What a person gets tonight, and why: from facts to a logged decision that can be replayed.

Pure: no clock, no database, and no randomness of its own (draws are arguments).
"""
