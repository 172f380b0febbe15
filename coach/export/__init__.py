"""A clinic's records as files, with or without identity, and the format of the decisions file."""
