"""What `coach doctor` says of texts that were refused, and of phones that cannot be texted. Pure."""

from coach.operations.facts import Facts, Finding


def check_line(facts: Facts) -> list[Finding]:
    """Whether texts leave, by what became of the latest."""
    line = facts.database.line if facts.database else None
    if line is None:
        return []
    if line.is_shut:
        return [Finding("sending", "failed", f"Nothing leaves. {line.told}")]
    return [
        Finding("sending", "note", f"The latest texts were refused; the next will tell if it is mended. {line.told}")
    ]


def check_numbers(facts: Facts) -> list[Finding]:
    """Phones that cannot be texted: a coach's is missed when somebody is in danger."""
    database = facts.database
    if database is None:
        return []
    findings = []
    if database.dead_pagers:
        whose = ", ".join(database.dead_pagers)
        says = f"Pages do not reach the phone of {whose}: have them correct the number on their account page."
        findings.append(Finding("pagers", "failed", says))
    if database.dead_numbers:
        count = database.dead_numbers
        says = (
            f"{count} participant{'s have' if count > 1 else ' has'} a number that cannot be texted: coaches see "
            "'Cannot be texted' on the list, and correct it or say that it is right."
        )
        findings.append(Finding("numbers", "note", says))
    return findings
