"""Joining a clinic by texting its keyword: read, gather, decide, apply."""
