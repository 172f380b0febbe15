"""The visit sheet: one week of one participant for their doctor, with the four weeks before it to compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from coach.adherence.days import Day, days_of
from coach.adherence.step_scores import NO_STEP, OfferedStep, StepScores, mean_of, step_scores
from coach.database.tables import InboundReply
from coach.participants.list_rows import load_days, span_of
from coach.participants.record import CasePerson, find_person
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from schedules.database.types import readable
from schedules.timing.local_time import local_date_of

WEEK, DAYS = 7, 35
MOST_QUESTIONS = 8
ANSWERS_WITHIN = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Question:
    """What they wrote about medicines or their health."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class VisitSheet:
    """A week of one participant. Means come with the number of nights they are over.

    `onset` is their last answer to whether symptoms start earlier or have spread: asked on, and yes, no or None.
    `crises` are the dates, where they live, on which they wrote of danger to a life or what may be a cry for help.
    """

    person: CasePerson
    nights: Sequence[Day]
    mean: tuple[float | None, int]
    mean_before: tuple[float | None, int]
    days: Sequence[Day]
    steps: Sequence[StepScores]
    onset: tuple[date, bool | None] | None
    iron_test_on: date | None
    questions: Sequence[Question]
    crises: Sequence[date] = ()


def load_visit(
    connection: Connection, participant_id: int, scope: ColumnElement[bool], now: datetime
) -> VisitSheet | None:
    """Load a visit sheet; None if the participant is not in scope."""
    person = find_person(connection, participant_id, scope)
    if person is None:
        return None
    asked, reasons = load_days(connection, [person], now, DAYS)
    days = days_of(span_of(person, now, DAYS), asked.get(person.enrolment_id, ()), reasons.get(person.id, {}))
    days = [day for day in days if day.state not in ("before", "ahead")]
    care = select(Enrolment.iron_test_on, Enrolment.onset_asked_on).where(Enrolment.id == person.enrolment_id)
    iron_test_on, onset_on = connection.execute(care).one()
    return VisitSheet(
        person,
        days[-WEEK:],
        mean_of(days[-WEEK:]),
        mean_of(days[:-WEEK]),
        days,
        step_scores(load_offered(connection, person.enrolment_id, days), days),
        (onset_on, _onset_answer(connection, person, onset_on)) if onset_on else None,
        iron_test_on,
        _questions(connection, person.id, now - timedelta(days=DAYS)),
        _crises(connection, person, now - timedelta(days=DAYS)),
    )


def load_offered(connection: Connection, enrolment_id: int, days: Sequence[Day]) -> list[OfferedStep]:
    """Return the steps sent, or withheld, since the first of some days."""
    if not days:
        return []
    rows = connection.execute(
        select(Decision.local_on, Decision.action, Decision.acts_on).where(
            Decision.enrolment_id == enrolment_id, Decision.action.is_not(None), Decision.local_on >= days[0].night_on
        )
    )
    return [OfferedStep(local_on, step or NO_STEP, acts_on) for local_on, step, acts_on in rows]


def _onset_answer(connection: Connection, person: CasePerson, asked_on: date) -> bool | None:
    asked = select(OutboxMessage.created_at).where(
        OutboxMessage.enrolment_id == person.enrolment_id,
        OutboxMessage.kind == "nudge",
        OutboxMessage.local_on == asked_on,
    )
    asked_at = connection.execute(asked.order_by(OutboxMessage.id.desc()).limit(1)).scalar()
    if asked_at is None:
        return None
    answers = select(InboundReply.habit).where(
        InboundReply.participant_id == person.id,
        InboundReply.received_at.between(asked_at, asked_at + ANSWERS_WITHIN),
        InboundReply.habit.is_not(None),
    )
    return connection.execute(answers.order_by(InboundReply.id.desc()).limit(1)).scalar()


def _is_crisis() -> ColumnElement[bool]:
    """Whether a flag is about danger to a life, or about what may be a cry for help."""
    return or_(Flag.kind == "crisis", and_(Flag.kind == "read", Flag.holds))


def _questions(connection: Connection, participant_id: int, since: datetime) -> list[Question]:
    flagged = exists().where(Flag.reply_id == InboundReply.id, Flag.kind.in_(("medical", "urgent")))
    rows = connection.execute(
        select(InboundReply.received_at, readable(InboundReply.body, ""))
        .where(
            InboundReply.participant_id == participant_id,
            InboundReply.received_at >= since,
            or_(InboundReply.intent == "medical", flagged),
            ~exists().where(Flag.reply_id == InboundReply.id, _is_crisis()),
        )
        .order_by(InboundReply.id.desc())
        .limit(MOST_QUESTIONS)
    )
    return [Question(*row) for row in rows]


def _crises(connection: Connection, person: CasePerson, since: datetime) -> list[date]:
    rows = connection.execute(
        select(InboundReply.received_at)
        .join(Flag, Flag.reply_id == InboundReply.id)
        .where(
            InboundReply.participant_id == person.id,
            InboundReply.received_at >= since,
            _is_crisis(),
        )
    )
    return sorted({local_date_of(row.received_at, person.time_zone) for row in rows})
