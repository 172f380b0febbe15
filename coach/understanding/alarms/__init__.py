"""Signs that a text needs more than an answer: danger, amounts of medicines, other people at the phone. Pure."""
