"""Check what protects people's data: the audit log. Pure; see `coach.operations.diagnose`."""

from coach.operations.facts import Facts, Finding


def check_audit(facts: Facts) -> list[Finding]:
    """Check that nothing was changed in the audit log or removed from it."""
    if facts.database is None or not facts.database.is_ready:
        return []
    trouble = facts.database.audit_trouble
    return [Finding("audit log", "failed" if trouble else "ok", trouble or "The audit log is whole.")]
