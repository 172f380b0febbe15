"""Commands about other systems: one file per command group."""
