"""Take replies out of the inbox, all of one person's at once if wished, and put them back."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from coach.accounts.signed_in import SignedIn
from coach.alerts.acknowledging import LESSER, acknowledge_lesser, reopen_flags
from coach.audit import record
from coach.database.tables import InboundReply, ReplyClaim
from coach.inbox.replies import AnswerError, LockedReply, from_same_sender, lock_reply, subject_of
from schedules.database.tables.safety import Flag

UNDO_WITHIN = timedelta(minutes=1)
TOO_LATE = "It can be undone for a minute only. Open the Closed folder and choose Reopen."


def close(
    connection: Connection,
    reply_id: int,
    coach: SignedIn,
    now: datetime,
    *,
    action: str = "closed",
    seen: int | None = None,
) -> int:
    """Take a reply out of the inbox, or with `seen` all of its sender's up to that one. Return how many were closed.

    Raises LookupError outside the coach's scope.
    """
    reply = lock_reply(connection, reply_id, coach)
    which = InboundReply.id == reply_id if seen is None else _up_to(reply, seen)
    ids = connection.execute(select(InboundReply.id).where(which)).scalars().all()
    closed = connection.execute(
        update(InboundReply).where(InboundReply.id.in_(ids), InboundReply.closed_at.is_(None)).values(closed_at=now)
    ).rowcount
    connection.execute(delete(ReplyClaim).where(ReplyClaim.reply_id.in_(ids)))
    if closed:
        detail = {"reply": reply_id} | ({"replies": closed} if closed > 1 else {})
        record(connection, coach.email, action, subject_of(reply), now, reply.clinic_id, detail)
    acknowledge_lesser(connection, ids, coach.id, now)
    return closed


def _up_to(reply: LockedReply, seen: int) -> ColumnElement[bool]:
    return and_(from_same_sender(reply), InboundReply.for_coach, InboundReply.id <= seen)


def reopen(connection: Connection, reply_id: int, coach: SignedIn, now: datetime) -> None:
    """Put a reply back into the inbox. Raises LookupError outside the coach's scope."""
    reply = lock_reply(connection, reply_id, coach)
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(closed_at=None, for_coach=True))
    record(connection, coach.email, "reopened", subject_of(reply), now, reply.clinic_id)


def undo_close(connection: Connection, reply_id: int, coach: SignedIn, now: datetime) -> None:
    """Put back all that was closed together with a reply, flags too, within a minute.

    Raises LookupError outside the coach's scope, AnswerError when it is too late.
    """
    reply = lock_reply(connection, reply_id, coach)
    if reply.closed_at is None:
        return
    if abs(now - reply.closed_at) > UNDO_WITHIN:
        raise AnswerError(TOO_LATE)
    together = and_(from_same_sender(reply), InboundReply.closed_at == reply.closed_at)
    ids = connection.execute(select(InboundReply.id).where(together)).scalars().all()
    connection.execute(update(InboundReply).where(InboundReply.id.in_(ids)).values(closed_at=None, for_coach=True))
    closed_with_it = and_(Flag.kind.in_(LESSER), Flag.acknowledged_at == reply.closed_at)
    reopen_flags(connection, and_(Flag.reply_id.in_(ids), closed_with_it), now)
    record(connection, coach.email, "reopened", subject_of(reply), now, reply.clinic_id, {"replies": len(ids)})
