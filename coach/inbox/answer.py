"""Send a coach's words to a participant, under the same consent and quiet hours as every text.

Within an hour of their message an answer may be sent at any hour, because they are awake and asked; later it waits for
daytime. A reply is answered once: a coach may claim it first, and a second coach is told so.
"""

from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from coach.accounts.signed_in import SignedIn
from coach.alerts.paging import acknowledge
from coach.audit import record
from coach.database.tables import InboundReply, ReplyClaim
from coach.inbox.schedule import Draft, Reachable, when_to_leave
from content.segments import normalise
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import DEAD_NUMBER, Flag, held_for
from schedules.outbox.queue import NewMessage, enqueue
from schedules.outbox.states import NEVER_ARRIVED
from schedules.timing.quiet_hours import next_daytime, quiet_hours_from

PROMPT_WITHIN = timedelta(hours=1)
ANSWER_STANDS = timedelta(days=2)
LONGEST_ANSWER = 640


class AnswerError(ValueError):
    """Why an answer cannot be sent, in one sentence."""


class Queued(NamedTuple):
    """A text in the outbox, and when it is due to leave."""

    id: int
    due_at: datetime
    is_new: bool = True


class LockedReply(NamedTuple):
    """A reply that the coach may see, locked; the ids are None for an unknown number."""

    closed_at: datetime | None
    participant_id: int | None
    clinic_id: int | None


class Recipient(NamedTuple):
    """Whom a text is written to; `received_at` to `answered_by_id` are of the reply being answered."""

    received_at: datetime | None
    closed_at: datetime | None
    answered_by_id: int | None
    participant_id: int
    clinic_id: int
    time_zone: str
    held_for: str | None
    enrolment_id: int
    status: str
    bedtime_at: time | None
    heard_at: datetime | None
    quiet_hours: list[Any] | None
    suppressed_at: datetime | None
    claimed_by: str | None


def answer(
    connection: Connection, keys: InstallationKeys, reply_id: int, body: str, coach: SignedIn, now: datetime
) -> None:
    """Queue an answer to a reply and close it. Raises LookupError outside the coach's scope, AnswerError otherwise."""
    to = _recipient(connection, InboundReply.id == reply_id, coach)
    if to.closed_at is not None:
        raise AnswerError("Someone has answered or closed this already: read the conversation before you write.")
    if to.claimed_by is not None and to.claimed_by != coach.email:
        raise AnswerError(f"{to.claimed_by} is answering this: take it over first if they are not.")
    token = keys.token("answer", reply_id, body.strip())
    before = connection.execute(select(OutboxMessage.state).where(OutboxMessage.token == token)).scalar()
    if before in NEVER_ARRIVED:  # resend: the first attempt did not arrive
        token = keys.token("answer", reply_id, body.strip(), to.answered_by_id)
    elif before is not None:
        raise AnswerError("These very words were sent already: close this, or write others.")
    sent = _queue(connection, to, Draft(body, token), to.received_at, token, now)
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(answered_by_id=sent.id))
    close(connection, reply_id, coach, now, action="answered")


def write(
    connection: Connection,
    keys: InstallationKeys,
    participant_id: int,
    body: str,
    once: str,
    coach: SignedIn,
    now: datetime,
) -> bool:
    """Queue a text that answers no reply. `once` identifies the form, so submitting it twice sends one text.

    Returns False if it was queued before. Raises as `answer` does.
    """
    return write_draft(connection, keys, participant_id, Draft(body, once), coach, now).is_new


def write_draft(
    connection: Connection, keys: InstallationKeys, participant_id: int, draft: Draft, coach: SignedIn, now: datetime
) -> Queued:
    """Queue a text that answers no reply, for now or for a wall time of theirs. Raises as `answer` does."""
    to = _recipient(connection, Participant.id == participant_id, coach)
    token = keys.token("coach", participant_id, draft.once)
    query = select(OutboxMessage.id, OutboxMessage.due_at).where(OutboxMessage.token == token)
    before = connection.execute(query).first()
    if before:
        return Queued(before.id, before.due_at, is_new=False)
    queued = _queue(connection, to, draft, to.heard_at, token, now)
    detail = {"leaves": f"{queued.due_at:%Y-%m-%d %H:%M}"} if draft.leave else None
    record(connection, coach.email, "wrote", f"participant {participant_id}", now, to.clinic_id, detail)
    return queued


def words_of(body: str) -> str:
    """Return a coach's words as they are sent."""
    return normalise(" ".join(body.split()))


def _queue(
    connection: Connection, to: Recipient, draft: Draft, heard_at: datetime | None, token: str, now: datetime
) -> Queued:
    """Queue the text."""
    body = words_of(draft.body)
    if not body or len(body) > LONGEST_ANSWER:
        raise AnswerError(f"Write between 1 and {LONGEST_ANSWER} characters.")
    if to.suppressed_at is not None or to.status not in ("invited", "active"):
        raise AnswerError("This person has opted out: no text may be sent to them.")
    if to.held_for == DEAD_NUMBER:
        raise AnswerError("Their number cannot be texted: correct it first, or say on their page that it is right.")
    quiet = quiet_hours_from(to.quiet_hours)
    try:
        later = draft.leave and when_to_leave(draft.leave, Reachable(to.time_zone, to.bedtime_at, quiet), now)
    except ValueError as error:
        raise AnswerError(str(error)) from None
    prompt = later is None and heard_at is not None and now - heard_at <= PROMPT_WITHIN
    window = next_daytime(now, to.bedtime_at, to.time_zone, quiet)
    due_at = later or (now if prompt or window is None else max(now, window.opens_at))
    message = NewMessage(
        enrolment_id=to.enrolment_id,
        kind="answer" if prompt else "coach",
        body=body,
        token=token,
        due_at=due_at,
        expires_at=heard_at + PROMPT_WITHIN if prompt and heard_at else (later or now) + ANSWER_STANDS,
        created_at=now,
    )
    return Queued(enqueue(connection, message), due_at)


def close(connection: Connection, reply_id: int, coach: SignedIn, now: datetime, *, action: str = "closed") -> None:
    """Take a reply out of the inbox. Raises LookupError outside the coach's scope."""
    reply = _reply(connection, reply_id, coach)
    closed = connection.execute(
        update(InboundReply).where(InboundReply.id == reply_id, InboundReply.closed_at.is_(None)).values(closed_at=now)
    )
    connection.execute(delete(ReplyClaim).where(ReplyClaim.reply_id == reply_id))
    if closed.rowcount:
        record(connection, coach.email, action, _subject(reply), now, reply.clinic_id, {"reply": reply_id})
    # Closing a reply acknowledges its lesser flags; crisis and urgent flags have a button of their own.
    connection.execute(
        update(Flag)
        .where(Flag.reply_id == reply_id, Flag.kind.in_(("medical", "read")), Flag.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by_id=coach.id)
    )


def acknowledge_flag(connection: Connection, flag_id: int, coach: SignedIn, now: datetime) -> int | None:
    """Close a flag that the coach has seen. Return its participant, None for a number that is nobody's.

    Raises LookupError outside the coach's scope.
    """
    flag = acknowledge(connection, flag_id, coach.id, now, coach.may_see(Flag.participant_id))
    if flag is None:
        raise LookupError("this is not in the coach's scope")
    participant_id: int | None = flag.participant_id
    return participant_id


def reopen(connection: Connection, reply_id: int, coach: SignedIn, now: datetime) -> None:
    """Put a reply back into the inbox. Raises LookupError outside the coach's scope."""
    reply = _reply(connection, reply_id, coach)
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(closed_at=None, for_coach=True))
    record(connection, coach.email, "reopened", _subject(reply), now, reply.clinic_id)


def claim_reply(connection: Connection, reply_id: int, coach: SignedIn, now: datetime) -> None:
    """Claim a reply, also from another coach. Raises LookupError outside the scope, AnswerError if closed."""
    reply = _reply(connection, reply_id, coach)
    if reply.closed_at is not None:
        raise AnswerError("Someone has answered or closed this already.")
    release_reply(connection, reply_id, coach)
    connection.execute(insert(ReplyClaim).values(reply_id=reply_id, coach_id=coach.id, claimed_at=now))
    record(connection, coach.email, "claimed", _subject(reply), now, reply.clinic_id)


def release_reply(connection: Connection, reply_id: int, coach: SignedIn) -> None:
    """Release a claimed reply. Raises LookupError outside the coach's scope."""
    _reply(connection, reply_id, coach)
    connection.execute(delete(ReplyClaim).where(ReplyClaim.reply_id == reply_id))


def _reply(connection: Connection, reply_id: int, coach: SignedIn) -> LockedReply:
    """Load and lock a reply that the coach may see."""
    reply = connection.execute(
        select(InboundReply.closed_at, InboundReply.participant_id, Participant.clinic_id)
        .outerjoin(Participant, Participant.id == InboundReply.participant_id)
        .where(InboundReply.id == reply_id, coach.may_see(InboundReply.participant_id))
        .with_for_update(of=InboundReply)
    ).first()
    if reply is None:
        raise LookupError("this is not in the coach's scope")
    return LockedReply(*reply)


def _subject(reply: LockedReply) -> str:
    return f"participant {reply.participant_id}" if reply.participant_id else "unknown number"


def _recipient(connection: Connection, which: ColumnElement[bool], coach: SignedIn) -> Recipient:
    """Load the recipient and lock their enrolment, so that two answers are serialized."""
    recipient = connection.execute(
        select(
            InboundReply.received_at,
            InboundReply.closed_at,
            InboundReply.answered_by_id,
            Participant.id.label("participant_id"),
            Participant.clinic_id,
            Participant.time_zone,
            held_for(),
            Enrolment.id.label("enrolment_id"),
            Enrolment.status,
            Enrolment.bedtime_at,
            Enrolment.heard_at,
            Clinic.quiet_hours,
            Suppression.since_at.label("suppressed_at"),
            CoachAccount.email.label("claimed_by"),
        )
        .select_from(Participant)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .outerjoin(InboundReply, InboundReply.participant_id == Participant.id)
        .outerjoin(ReplyClaim, ReplyClaim.reply_id == InboundReply.id)
        .outerjoin(CoachAccount, CoachAccount.id == ReplyClaim.coach_id)
        .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
        .where(which, coach.scope)
        .order_by(InboundReply.id.desc())
        .limit(1)
        .with_for_update(of=Enrolment)
    ).first()
    if recipient is None:
        raise LookupError("this is not in the coach's scope")
    return Recipient(*recipient)
