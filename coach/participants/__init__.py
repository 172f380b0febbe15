"""One participant and lists of them: found, shown, enrolled, changed."""
