"""Export a clinic's records as files, de-identified or not, and define the format of the decisions file."""
