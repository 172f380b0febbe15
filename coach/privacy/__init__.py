"""Erasing, keeping for a time, re-encrypting: found from the metadata, so that no table is forgotten."""
