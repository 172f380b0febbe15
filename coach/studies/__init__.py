"""Plan, register and report a study: a micro-randomized trial of a clinic's own program."""
