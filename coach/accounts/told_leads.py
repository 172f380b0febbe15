"""What is done to accounts that lead a clinic is told to its leads, by mail and on their home page.

An admin sees no participant, but makes accounts that do. The audit log is where this is stored: `words_of` says of an
entry whether leads are told of it, and in which words. Callers hold the transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, cast, insert, literal, select

from coach.audit import Detail, record
from coach.database.tables import AuditEvent, MailMessage
from schedules.database.tables.clinics import CoachAccount

CREATED, CHANGED, MADE, RESET = "created", "changed", "made link", "reset second step"
RANKS = ("researcher", "coach", "lead", "admin")  # by how much they see of a clinic, or can come to see
LEADING = ("lead", "admin")
TOLD_FOR = timedelta(days=7)  # how long the leads' home page tells of it


@dataclass(frozen=True, slots=True)
class ToldDeed:
    """What somebody did to an account, as the clinic's leads are told of it."""

    actor: str
    words: str
    email: str
    at: datetime


def words_of(action: str, detail: Mapping[str, Detail]) -> str | None:
    """Say what was done to an account if leads are told of it; None if they are not."""
    role, before, after = (detail.get(name) for name in ("role", "role_from", "role_to"))
    if before in RANKS and after in RANKS and RANKS.index(str(after)) > RANKS.index(str(before)):
        return f"changed the role of an account from {before} to {after}"
    if role not in LEADING:
        return None
    if action == CHANGED:
        gains = "clinic_to" in detail or detail.get("active_to") is True
        return f"gave an account with the role of {role} access to the clinic" if gains else None
    return {
        CREATED: f"made an account with the role of {role}",
        MADE: f"made a password link for an account with the role of {role}",
        RESET: f"removed the second step of an account with the role of {role}",
    }.get(action)


def record_deed(
    connection: Connection,
    actor: str,
    action: str,
    account_id: int,
    clinic_id: int | None,
    now: datetime,
    detail: Mapping[str, Detail] | None = None,
) -> None:
    """Write to the audit log what was done to an account, and mail the clinic's leads if they are to be told."""
    detail = dict(detail or {})
    role = connection.execute(select(CoachAccount.role).where(CoachAccount.id == account_id)).scalar()
    if role in LEADING and "role_to" not in detail:
        detail["role"] = role
    record(connection, actor, action, f"account {account_id}", now, clinic_id, detail)
    words = words_of(action, detail)
    if words and clinic_id is not None:
        about_itself = action in (MADE, RESET)  # its owner is told as well, for they may not have asked for it
        _mail(connection, actor, words, account_id, clinic_id, now, but=() if about_itself else (account_id,))


def list_told(connection: Connection, clinic_id: int | None, now: datetime) -> Sequence[ToldDeed]:
    """What leads of a clinic are told of the last days, the newest first."""
    subject = literal("account ") + cast(CoachAccount.id, String)
    rows = connection.execute(
        select(AuditEvent.actor, AuditEvent.action, AuditEvent.detail, AuditEvent.at, CoachAccount.email)
        .join(CoachAccount, AuditEvent.subject == subject)
        .where(CoachAccount.clinic_id == clinic_id, AuditEvent.clinic_id == clinic_id)
        .where(AuditEvent.at > now - TOLD_FOR, AuditEvent.action.in_((CREATED, CHANGED, MADE, RESET)))
        .order_by(AuditEvent.id.desc())
    )
    told = ((row, words_of(row.action, row.detail)) for row in rows)
    return [ToldDeed(row.actor, words, row.email, row.at) for row, words in told if words]


def _mail(
    connection: Connection, actor: str, words: str, account_id: int, clinic_id: int, now: datetime, but: tuple[int, ...]
) -> None:
    """Mail the clinic's leads; where it has none, the other admins who manage it."""
    active = select(CoachAccount.id).where(
        CoachAccount.active, CoachAccount.email != actor, CoachAccount.id.not_in(but)
    )
    leads = active.where(CoachAccount.role == "lead", CoachAccount.clinic_id == clinic_id)
    managing = (CoachAccount.clinic_id == clinic_id) | CoachAccount.clinic_id.is_(None)
    told = connection.execute(leads).scalars().all()
    told = told or connection.execute(active.where(CoachAccount.role == "admin", managing)).scalars().all()
    who = connection.execute(select(CoachAccount.id).where(CoachAccount.email == actor)).scalar()
    by = f"Account {who}" if who else f"Somebody ({actor})"
    mail = {
        "kind": "accounts",
        "subject": f"RLS Coach: accounts of clinic {clinic_id}",
        "body": (
            f"{by} {words}: account {account_id} of clinic {clinic_id}, at {now:%Y-%m-%d %H:%M} UTC.\n\n"
            "If nobody at the clinic asked for this, speak with whoever runs RLS Coach for you. Your home page and the "
            "audit log say who it was.\n"
        ),
        "state": "queued",
        "due_at": now,
    }
    if told:
        connection.execute(insert(MailMessage), [mail | {"coach_id": one} for one in told])
