"""Features of the world that are turned off, each with the engine bug it finds. This should be empty.

Switch one on with `dev.py bench simulate-engine --with NAME`; take it out of here once the fault is mended.
"""

KNOWN_FAULTS: dict[str, str] = {}
