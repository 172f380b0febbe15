"""The database's history. `coach db upgrade` runs it, `coach db check` verifies that it is at its head."""
