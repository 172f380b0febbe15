"""The coaches' inbox: texts that need a human, and what coaches write to participants."""
