"""The stand-in has tests of its own: what stands on it is only as true as it is."""
