"""Find, show, enroll and change participants."""
