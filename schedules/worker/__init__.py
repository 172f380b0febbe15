"""What repeats: one pass of everything due, the clock that repeats it, and work done once a period."""
