"""Replies as people write them, and what each must be read as."""
