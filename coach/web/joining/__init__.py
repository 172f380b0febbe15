"""The poster by which people join by text, for leads."""
