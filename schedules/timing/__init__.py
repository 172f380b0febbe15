"""Wall times, the instants they fall on, and the hours in which a text may arrive.

Pure; imports nothing of ours but `content`. Knows people's clocks, and decides nothing about them.
"""
