"""This room's tables, and the schema of the whole installation: migrate, verify, first secret."""
