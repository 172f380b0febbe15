"""Check of `coach doctor` for the systems that are told of events. Pure; see `diagnose`."""

from coach.operations.facts import Facts, Finding


def check_endpoints(facts: Facts) -> list[Finding]:
    """Check that other systems take their events."""
    database = facts.database
    if database is None or not database.endpoints:
        return []
    if not database.endpoints_failing:
        return [Finding("webhooks", "ok", "The systems that are told of events take them.")]
    told = " ".join(database.endpoints_failing)
    to_do = "Have it repaired, then run 'coach webhooks replay ID'; or 'coach webhooks remove ID'."
    return [Finding("webhooks", "failed", f"{told} {to_do}")]
