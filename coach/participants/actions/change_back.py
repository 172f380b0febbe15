"""Undo a change of one person from the audit log: the same change with the values that it replaced."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from coach.accounts.signed_in import SignedIn
from coach.database.tables import AuditEvent
from coach.participants.apply_change import change_participant
from coach.participants.changes import Change, ChangeError
from content.catalogue import Catalogue

# The kinds of change whose log entry says all that was there before, with the fields of their forms.
REVERSIBLE: Mapping[str, tuple[str, ...]] = {
    "language": ("language",),
    "cadence": ("cadence",),
    "programme": ("programme",),
    "times": ("evening_time", "bedtime", "time_zone"),
}


def form_back(action: str, subject: str | None, detail: Mapping[str, object]) -> dict[str, str] | None:
    """Return the form that restores what an entry says was there; None if it cannot be restored by one."""
    fields = REVERSIBLE.get(str(detail.get("what")), ())
    if action != "changed" or participant_of(subject) is None:
        return None
    form = {name: detail[f"{name}_from"] or "" for name in fields if f"{name}_from" in detail}
    return {name: str(value) for name, value in form.items()} or None


def participant_of(subject: str | None) -> int | None:
    """The participant an entry is about."""
    room, _, number = (subject or "").partition(" ")
    return int(number) if room == "participant" and number.isdecimal() and len(number) < 10 else None


def change_back(
    connection: Connection, entry_id: int, coach: SignedIn, catalogue: Catalogue, now: datetime
) -> tuple[int, Change]:
    """Undo the change that an entry records. Return whom it is about, and the change.

    Raises LookupError outside the coach's scope, ChangeError if it cannot be undone.
    """
    row = connection.execute(
        select(AuditEvent.action, AuditEvent.subject, AuditEvent.detail).where(
            AuditEvent.id == entry_id, coach.audit_events
        )
    ).first()
    form = form_back(row.action, row.subject, row.detail) if row else None
    about = participant_of(row.subject) if row else None
    if row is None or form is None or about is None:
        raise LookupError("there is no such change")
    if _changed_since(connection, entry_id, row.subject, set(form)):
        raise ChangeError("entry", "It was changed again since: change it on their page.")
    return about, change_participant(connection, about, row.detail["what"], form, coach, catalogue, now)


def _changed_since(connection: Connection, entry_id: int, subject: str, names: set[str]) -> bool:
    later = select(AuditEvent.detail).where(
        AuditEvent.subject == subject, AuditEvent.id > entry_id, AuditEvent.action.in_(("changed", "updated"))
    )
    return any(f"{name}_from" in detail for detail in connection.execute(later).scalars() for name in names)
