"""One's own plan by text: asked for once a week, kept as written, placed on a step or a day, changed and ended."""
