"""Checks of `coach doctor` for rejected texts, phones that cannot be texted, and contacts not set. Pure."""

from coach.operations.facts import Facts, Finding


def check_line(facts: Facts) -> list[Finding]:
    """Check whether texts are going out, judging by the latest ones."""
    line = facts.database.line if facts.database else None
    if line is None:
        return []
    if line.is_shut:
        return [Finding("sending", "failed", f"Nothing leaves. {line.description}")]
    return [
        Finding(
            "sending",
            "note",
            f"The latest texts were rejected; the next one shows whether it is fixed. {line.description}",
        )
    ]


def check_numbers(facts: Facts) -> list[Finding]:
    """Check for phones that cannot be texted. A coach with such a phone misses pages."""
    database = facts.database
    if database is None:
        return []
    findings = []
    if database.dead_pagers:
        whose = ", ".join(database.dead_pagers)
        says = f"Pages do not reach the phone of {whose}: ask them to correct the number on their account page."
        findings.append(Finding("pagers", "failed", says))
    if database.dead_numbers:
        count = database.dead_numbers
        says = (
            f"{count} participant{'s have' if count > 1 else ' has'} a number that cannot be texted: coaches see "
            "'Cannot be texted' in the list, and can correct the number or confirm it."
        )
        findings.append(Finding("numbers", "note", says))
    return findings


def check_contacts(facts: Facts) -> list[Finding]:
    """Check that texts which say "call your clinic" can say how."""
    silent = facts.database.without_contact if facts.database else ()
    if not silent:
        return []
    says = (
        f"No contact is set for {', '.join(silent)}: their texts say 'call your clinic' without a number. "
        "Set one with 'coach clinics set NAME --contact'."
    )
    return [Finding("contact", "note", says)]
