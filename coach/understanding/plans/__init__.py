"""One's own if-then plans: what somebody texts about theirs, and the plan in a text. Pure."""
