"""A coach's answer to a participant: queued like every text, with the same consent and the same hours.

Within an hour of their message it may leave at any hour (they are awake and asked); later it waits for the day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from coach.audit import record
from coach.models import InboundReply
from content.segments import normalise
from schedules.keys import InstallationKeys
from schedules.models import Clinic, Enrolment, OutboxMessage, Participant, Suppression
from schedules.quiet_hours import next_daytime, quiet_hours_from

PROMPT_WITHIN = timedelta(hours=1)
ANSWER_STANDS = timedelta(days=2)
LONGEST_ANSWER = 640


class AnswerError(ValueError):
    """Why an answer cannot be sent, in one sentence."""


@dataclass(frozen=True, slots=True)
class Coach:
    """Who answers, and whom they may see."""

    id: int
    email: str
    scope: ColumnElement[bool]


def answer(
    connection: Connection, keys: InstallationKeys, reply_id: int, body: str, coach: Coach, now: datetime
) -> None:
    """Queue an answer to a reply and close it. Raises LookupError outside the coach's scope, AnswerError otherwise."""
    body = normalise(" ".join(body.split()))
    if not body or len(body) > LONGEST_ANSWER:
        raise AnswerError(f"Write between 1 and {LONGEST_ANSWER} characters.")
    to = _recipient(connection, reply_id, coach)
    if to.suppressed_at is not None or to.status not in ("invited", "active"):
        raise AnswerError("This person has opted out: no text may be sent to them.")
    prompt = now - to.received_at <= PROMPT_WITHIN
    window = next_daytime(now, to.bedtime_at, to.time_zone, quiet_hours_from(to.quiet_hours))
    connection.execute(
        insert(OutboxMessage).values(
            enrolment_id=to.enrolment_id,
            kind="answer" if prompt else "coach",
            body=body,
            token=keys.token("answer", reply_id, now.isoformat(), coach.id),
            state="queued",
            due_at=now if prompt else max(now, window.opens_at),
            expires_at=to.received_at + PROMPT_WITHIN if prompt else now + ANSWER_STANDS,
            created_at=now,
        )
    )
    close(connection, reply_id, coach, now, action="answered")


def close(connection: Connection, reply_id: int, coach: Coach, now: datetime, *, action: str = "closed") -> None:
    """Take a reply out of the inbox. Raises LookupError outside the coach's scope."""
    to = _recipient(connection, reply_id, coach)
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(closed_at=now))
    subject = f"participant {to.participant_id}"
    record(connection, coach.email, action, subject, now, to.clinic_id, {"reply": reply_id})


def _recipient(connection: Connection, reply_id: int, coach: Coach) -> Any:
    found = connection.execute(
        select(
            InboundReply.received_at,
            Participant.id.label("participant_id"),
            Participant.clinic_id,
            Participant.time_zone,
            Enrolment.id.label("enrolment_id"),
            Enrolment.status,
            Enrolment.bedtime_at,
            Clinic.quiet_hours,
            Suppression.since_at.label("suppressed_at"),
        )
        .join(Participant, Participant.id == InboundReply.participant_id)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
        .where(InboundReply.id == reply_id, coach.scope)
    ).one_or_none()
    if found is None:
        raise LookupError(f"reply {reply_id} is not in this coach's scope")
    return found
