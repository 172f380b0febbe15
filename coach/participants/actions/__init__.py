"""What a coach does to participants besides changing one value: stop, hand over, take a change back."""
