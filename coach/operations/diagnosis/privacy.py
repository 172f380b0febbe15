"""Check what protects people's data: the audit log, and deletions at the provider. Pure; see `diagnose`."""

from coach.operations.facts import Facts, Finding


def check_records(facts: Facts) -> list[Finding]:
    """Check that nothing was removed from the audit log, and that the provider deletes what it must."""
    if facts.database is None or not facts.database.is_ready:
        return []
    trouble, given_up = facts.database.audit_trouble, facts.database.deletions_given_up
    never = (
        f"{given_up} deletions were given up, because the provider never confirmed them: see 'coach deletions list', "
        "fix the reason, and run 'coach deletions retry'."
    )
    return [
        Finding("audit log", "failed" if trouble else "ok", trouble or "The audit log is whole."),
        Finding("deletions", "failed", never) if given_up else Finding("deletions", "ok", "No deletion was given up."),
    ]
