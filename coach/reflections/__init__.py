"""What participants are told of their own answers: the week by text on Sundays, and what helps. `decide` is pure."""
