"""From nights to numbers: which nights are compared, each step alone, and all steps together. Pure."""
