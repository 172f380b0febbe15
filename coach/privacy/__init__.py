"""Erasure, retention and key rotation. All derive from the table metadata, so that no table is forgotten."""
