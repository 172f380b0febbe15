"""Features of the world that are switched off, each with the fault of the engine that it finds. Empty is the aim."""

KNOWN_FAULTS: dict[str, str] = {}
