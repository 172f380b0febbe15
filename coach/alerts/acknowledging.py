"""Acknowledge flags, which releases the texts they held, and take that back. Other systems are told of both."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select, true, update

from coach.audit import record
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag
from schedules.events.record import EventType, record_events

# Closing a reply acknowledges these of its flags; crisis and urgent flags have a page of their own.
LESSER = ("medical", "read")


class AcknowledgedFlag(NamedTuple):
    """A flag, whose participant and clinic are None for an unknown number, and who acknowledged it."""

    id: int
    participant_id: int | None
    clinic_id: int | None
    email: str


def acknowledge(
    connection: Connection,
    flag_id: int,
    coach_id: int,
    now: datetime,
    scope: ColumnElement[bool] | None = None,
    note: str | None = None,
) -> AcknowledgedFlag | None:
    """Acknowledge a flag, which releases the texts it held; `note` says what was done.

    Returns the flag, or None if it is not in the coach's scope.
    """
    flag = connection.execute(
        select(Flag.id, Flag.participant_id, Participant.clinic_id, CoachAccount.email)
        .outerjoin(Participant, Participant.id == Flag.participant_id)
        .join(CoachAccount, CoachAccount.id == coach_id)
        .where(Flag.id == flag_id, true() if scope is None else scope)
    ).one_or_none()
    if flag is None:
        return None
    if note:
        connection.execute(update(Flag).where(Flag.id == flag_id).values(note=note))
    if _mark(connection, Flag.id == flag_id, coach_id, now):
        subject = f"participant {flag.participant_id}" if flag.participant_id else "unknown number"
        record(connection, flag.email, "acknowledged", subject, now, flag.clinic_id, {"flag": flag_id})
    return AcknowledgedFlag(*flag)


def acknowledge_lesser(connection: Connection, reply_ids: Sequence[int], coach_id: int, now: datetime) -> None:
    """Acknowledge the lesser flags of replies that are closed; crisis and urgent flags have a page of their own."""
    _mark(connection, and_(Flag.reply_id.in_(reply_ids), Flag.kind.in_(LESSER)), coach_id, now)


def reopen_flags(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    """Take acknowledgements back, and tell other systems that the flags are open again."""
    reopened = connection.execute(
        update(Flag)
        .where(which, Flag.acknowledged_at.is_not(None))
        .values(acknowledged_at=None, acknowledged_by_id=None)
        .returning(Flag.id, Flag.participant_id, Flag.kind)
    ).all()
    _tell(connection, "flag.opened", reopened, now)


def _mark(connection: Connection, which: ColumnElement[bool], coach_id: int, now: datetime) -> int:
    """Mark open flags as acknowledged, and tell other systems. Returns how many."""
    marked = connection.execute(
        update(Flag)
        .where(which, Flag.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by_id=coach_id)
        .returning(Flag.id, Flag.participant_id, Flag.kind)
    ).all()
    _tell(connection, "flag.acknowledged", marked, now)
    return len(marked)


def _tell(connection: Connection, type: EventType, flags: Sequence[Any], now: datetime) -> None:
    told = [(row.participant_id, {"flag": row.id, "kind": row.kind}) for row in sorted(flags) if row.participant_id]
    record_events(connection, type, now, told)
