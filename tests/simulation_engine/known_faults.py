"""Features of the world that are switched off, each with the fault of the engine that it finds. Empty is the aim.

Switch one on with `dev.py bench simulate-engine --with NAME`; take it out of here once the fault is mended.
"""

KNOWN_FAULTS: dict[str, str] = {}
