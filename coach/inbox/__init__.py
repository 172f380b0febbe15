"""What only a person can answer, and a coach's own words to a participant."""
