"""The tables of `coach`, and the schema of the whole installation: migrate, verify, create the secret."""
