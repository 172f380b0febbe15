"""Who answers whom: take a person's replies on, let them go, or assign them to a colleague who may see the person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select

from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.database.tables import InboundReply, ReplyClaim
from coach.inbox.replies import AnswerError, LockedReply, from_same_sender, is_waiting, lock_reply, subject_of
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Participant


@dataclass(frozen=True, slots=True)
class Colleague:
    """An account that replies can be assigned to."""

    id: int
    email: str


def claim_reply(connection: Connection, reply_id: int, coach: SignedIn, now: datetime) -> None:
    """Claim a sender's replies, also from another coach.

    Raises LookupError outside the coach's scope, AnswerError if closed.
    """
    reply = lock_reply(connection, reply_id, coach)
    if reply.closed_at is not None:
        raise AnswerError("Someone has answered or closed this already.")
    _give(connection, reply, coach.id, now)
    record(connection, coach.email, "claimed", subject_of(reply), now, reply.clinic_id)


def release_reply(connection: Connection, reply_id: int, coach: SignedIn) -> None:
    """Release a sender's claimed replies. Raises LookupError outside the coach's scope."""
    _release(connection, lock_reply(connection, reply_id, coach))


def assign_reply(connection: Connection, reply_id: int, email: str, coach: SignedIn, now: datetime) -> Colleague:
    """Assign a sender's replies to a colleague. Raises LookupError outside the coach's scope, AnswerError."""
    reply = lock_reply(connection, reply_id, coach)
    if reply.closed_at is not None:
        raise AnswerError("Someone has answered or closed this already.")
    choices = colleagues_of(connection, [reply.participant_id] if reply.participant_id else [])
    known = {one.email: one for one in choices.get(reply.participant_id or 0, ())}
    if email not in known:
        raise AnswerError("Choose a colleague from the list: only they may see this person.")
    _give(connection, reply, known[email].id, now)
    detail = {"account": known[email].id}
    record(connection, coach.email, "assigned", subject_of(reply), now, reply.clinic_id, detail)
    return known[email]


def _give(connection: Connection, reply: LockedReply, account_id: int, now: datetime) -> None:
    _release(connection, reply)
    ids = connection.execute(select(InboundReply.id).where(from_same_sender(reply), is_waiting())).scalars()
    rows = [{"reply_id": id, "coach_id": account_id, "claimed_at": now} for id in ids]
    if rows:
        connection.execute(insert(ReplyClaim), rows)


def _release(connection: Connection, reply: LockedReply) -> None:
    theirs = select(InboundReply.id).where(from_same_sender(reply))
    connection.execute(delete(ReplyClaim).where(ReplyClaim.reply_id.in_(theirs)))


def colleagues_of(connection: Connection, ids: Iterable[int]) -> Mapping[int, list[Colleague]]:
    """Who may see each participant: their own coach, and the leads of their clinic."""
    lead = (CoachAccount.role == "lead") & (CoachAccount.clinic_id == Participant.clinic_id)
    rows = connection.execute(
        select(Participant.id.label("about"), CoachAccount.id, CoachAccount.email)
        .join(CoachAccount, or_(CoachAccount.id == Participant.coach_id, lead))
        .where(Participant.id.in_(list(ids)), CoachAccount.active)
        .order_by(CoachAccount.email)
    )
    found: dict[int, list[Colleague]] = {}
    for row in rows:
        found.setdefault(row.about, []).append(Colleague(row.id, row.email))
    return found
