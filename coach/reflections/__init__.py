"""A participant's own week by text, on Sundays. `decide` is pure."""
