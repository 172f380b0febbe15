"""Send a coach's words to a participant, under the same consent and quiet hours as every text.

Within an hour of their message an answer may be sent at any hour, because they are awake and asked; later it waits for
daytime. A reply is answered once: a coach may claim it first, and a second coach is told so. Somebody who has not said
YES gets answers to what they write, and nothing else.
"""

from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update

from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.database.tables import InboundReply, ReplyClaim
from coach.inbox.closing import close
from coach.inbox.replies import AnswerError, is_waiting
from coach.inbox.schedule import PROMPT_WITHIN, Draft, Reachable, next_opening, when_to_leave
from content.segments import normalise
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import DEAD_NUMBER, held_for
from schedules.outbox.queue import NewMessage, enqueue
from schedules.outbox.states import NEVER_ARRIVED
from schedules.timing.quiet_hours import quiet_hours_from

ANSWER_STANDS = timedelta(days=2)
LONGEST_ANSWER = 640
# Somebody who has not said YES may be answered for so long after they wrote.
ANSWERED_WITHIN = timedelta(hours=24)
NOT_YET = "They have not said yes to texts yet. You can call them, or answer within a day once they write to you."

__all__ = ["LONGEST_ANSWER", "AnswerError", "Queued", "answer", "close", "write"]


class Queued(NamedTuple):
    """A text in the outbox, when it is due to leave, and the zone of who gets it."""

    id: int
    due_at: datetime
    is_new: bool = True
    time_zone: str = "UTC"


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
    claimed_by_name: str | None


def answer(
    connection: Connection,
    keys: InstallationKeys,
    reply_id: int,
    body: str,
    coach: SignedIn,
    now: datetime,
    *,
    seen: int | None = None,
) -> Queued:
    """Queue an answer to a reply and close it; with `seen`, the last reply that the coach has read, all up to that one.

    Raises LookupError outside the coach's scope, AnswerError otherwise.
    """
    to = _recipient(connection, InboundReply.id == reply_id, coach)
    if to.closed_at is not None:
        raise AnswerError("Someone has answered or closed this already: read the conversation before you write.")
    if to.claimed_by is not None and to.claimed_by != coach.email:
        raise AnswerError(
            f"{to.claimed_by_name or to.claimed_by} is answering this: take it over first if they are not."
        )
    if seen is not None and _wrote_since(connection, to.participant_id, seen):
        raise AnswerError("They wrote again while you were writing. Read that first, then send.")
    token = keys.token("answer", reply_id, body.strip())
    before = connection.execute(select(OutboxMessage.state).where(OutboxMessage.token == token)).scalar()
    if before in NEVER_ARRIVED:  # resend: the first attempt did not arrive
        token = keys.token("answer", reply_id, body.strip(), to.answered_by_id)
    elif before is not None:
        raise AnswerError("These very words were sent already: close this, or write others.")
    sent = _queue(connection, to, Draft(body, token), to.received_at, token, now)
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(answered_by_id=sent.id))
    close(connection, reply_id, coach, now, action="answered", seen=seen)
    return sent


def _wrote_since(connection: Connection, participant_id: int, seen: int) -> bool:
    newer = select(InboundReply.id).where(
        InboundReply.participant_id == participant_id, InboundReply.id > seen, is_waiting()
    )
    return connection.execute(newer.limit(1)).first() is not None


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
    body = words_of(draft.body)
    if not body:
        raise AnswerError(f"Write between 1 and {LONGEST_ANSWER} characters.")
    if len(body) > LONGEST_ANSWER:
        raise AnswerError(f"This has {len(body)} characters; a text has at most {LONGEST_ANSWER}. Shorten it.")
    if to.suppressed_at is not None or to.status not in ("invited", "active"):
        raise AnswerError("This person has opted out: no text may be sent to them.")
    if not _may_be_written_to(to, now):
        raise AnswerError(NOT_YET)
    if to.held_for == DEAD_NUMBER:
        raise AnswerError("Their number cannot be texted: correct it first, or say on their page that it is right.")
    quiet = quiet_hours_from(to.quiet_hours)
    try:
        reachable = Reachable(to.time_zone, to.bedtime_at, quiet)
        later = when_to_leave(draft.leave, reachable, now) if draft.leave else None
    except ValueError as error:
        raise AnswerError(str(error)) from None
    if later is not None and not _may_be_written_to(to, later):
        raise AnswerError(NOT_YET)
    prompt = later is None and heard_at is not None and now - heard_at <= PROMPT_WITHIN
    due_at = later or (now if prompt else next_opening(reachable, now))
    message = NewMessage(
        enrolment_id=to.enrolment_id,
        kind="answer" if prompt else "coach",
        body=body,
        token=token,
        due_at=due_at,
        expires_at=heard_at + PROMPT_WITHIN if prompt and heard_at else (later or now) + ANSWER_STANDS,
        created_at=now,
    )
    return Queued(enqueue(connection, message), due_at, time_zone=to.time_zone)


def _may_be_written_to(to: Recipient, at: datetime) -> bool:
    """Whether they have said YES, or what leaves at this instant answers what they wrote."""
    return to.status == "active" or (to.heard_at is not None and at - to.heard_at <= ANSWERED_WITHIN)


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
            CoachAccount.name.label("claimed_by_name"),
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
