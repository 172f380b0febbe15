"""Replies as the desk acts on them: found within the coach's scope, locked, and with whoever sent them."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select, text, union

from coach.accounts.signed_in import SignedIn
from coach.database.tables import InboundReply
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag

# As in its partial index: with a bound value the database would not use that.
WAITING = text("inbound_reply.for_coach AND inbound_reply.closed_at IS NULL")


class AnswerError(ValueError):
    """Why an answer cannot be sent, or a deed not be done, in one sentence."""


class LockedReply(NamedTuple):
    """A reply that the coach may see, locked; the ids are None for an unknown number."""

    closed_at: datetime | None
    participant_id: int | None
    clinic_id: int | None
    number_hash: str


def lock_reply(connection: Connection, reply_id: int, coach: SignedIn) -> LockedReply:
    """Load and lock a reply that the coach may see. Raises LookupError outside their scope."""
    reply = connection.execute(
        select(InboundReply.closed_at, InboundReply.participant_id, Participant.clinic_id, InboundReply.number_hash)
        .outerjoin(Participant, Participant.id == InboundReply.participant_id)
        .where(InboundReply.id == reply_id, coach.may_see(InboundReply.participant_id))
        .with_for_update(of=InboundReply)
    ).first()
    if reply is None:
        raise LookupError("this is not in the coach's scope")
    return LockedReply(*reply)


def from_same_sender(reply: LockedReply) -> ColumnElement[bool]:
    """A condition for every reply of whoever sent this one."""
    if reply.participant_id is not None:
        return InboundReply.participant_id == reply.participant_id
    return and_(InboundReply.participant_id.is_(None), InboundReply.number_hash == reply.number_hash)


def subject_of(reply: LockedReply) -> str:
    """Name the sender for the audit log."""
    return f"participant {reply.participant_id}" if reply.participant_id else "unknown number"


def is_waiting() -> ColumnElement[bool]:
    """Whether a reply waits for a human to answer or close it."""
    return and_(InboundReply.for_coach, InboundReply.closed_at.is_(None))


def is_open() -> ColumnElement[bool]:
    """Whether a reply belongs into the inbox: it waits, or has a flag that nobody has acknowledged.

    By id: each half has an index, and with an `or` between them every reply ever received would be read.
    """
    return InboundReply.id.in_(union(select(InboundReply.id).where(WAITING), _flagged()))


def is_closed() -> ColumnElement[bool]:
    """Whether a reply waited once and is dealt with."""
    return and_(InboundReply.for_coach, InboundReply.closed_at.is_not(None), InboundReply.id.not_in(_flagged()))


def _flagged() -> Any:
    return select(Flag.reply_id).where(Flag.acknowledged_at.is_(None))
