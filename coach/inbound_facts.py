"""Gather what bears on an inbound text: who wrote, what they were asked, and their days so far. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Date, bindparam, case, func, select

from coach.conversation_state import Earlier, OpenCheckIn, Person, State, Week
from coach.models import InboundReply
from coach.nights import nights_between
from coach.understanding import Command
from content.catalogue import Catalogue
from schedules.db import UtcInstant, readable
from schedules.delivery import MAY_HAVE_BEEN_SEEN, SILENT_MEANS_DELIVERED
from schedules.enrolment import ENROLMENT_COLUMNS, EnrolmentFacts, enrolment_from
from schedules.local_time import local_date_of
from schedules.models import CheckIn, Clinic, Enrolment, OutboxMessage, Participant, Suppression
from schedules.statements import find_all, find_first, one_of

LOOP_WINDOW = timedelta(minutes=10)
SAME_TALK = timedelta(hours=1)
STRANGER_ANSWER_EVERY = timedelta(days=1)
PROMPTED = ("done", "not_done", "no_reply")


# Built once: composing a statement costs several times what the database takes to answer it, and every text asks these.
# The last question that may have reached the phone: an answer belongs to it, however late.
LATEST_CHECK_IN = (
    select(CheckIn.id)
    .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
    .where(CheckIn.enrolment_id == Enrolment.id, one_of(OutboxMessage.state, MAY_HAVE_BEEN_SEEN))
    .order_by(CheckIn.asked_on.desc())
    .limit(1)
    .correlate(Enrolment)
    .scalar_subquery()
)
CORRESPONDENT = (
    select(
        *ENROLMENT_COLUMNS,
        Enrolment.held_for,
        Enrolment.cadence,
        Enrolment.heard_at,
        Clinic.name,
        Clinic.country,
        Suppression.since_at.label("suppressed_at"),
        CheckIn.id.label("check_in_id"),
        CheckIn.asked_on,
        CheckIn.step_decision_id,
        CheckIn.score,
        CheckIn.habit,
        CheckIn.asked_again_at,
    )
    .join(Participant, Participant.id == Enrolment.participant_id)
    .join(Clinic, Clinic.id == Participant.clinic_id)
    .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
    .outerjoin(CheckIn, CheckIn.id == LATEST_CHECK_IN)
    .where(Participant.number_hash == bindparam("number"))
    .order_by(Enrolment.id)
    .with_for_update(of=Enrolment)
)
LAST_TEXTED = (
    select(Enrolment.id, func.max(OutboxMessage.accepted_at).label("at"))
    .join(Participant, Participant.id == Enrolment.participant_id)
    .join(OutboxMessage, OutboxMessage.enrolment_id == Enrolment.id)
    .where(Participant.number_hash == bindparam("number"), OutboxMessage.accepted_at.is_not(None))
    .group_by(Enrolment.id)
)
DAYS = nights_between(
    bindparam("first", type_=Date()), bindparam("last", type_=Date()), bindparam("silent_since", type_=UtcInstant())
).where(CheckIn.enrolment_id == bindparam("enrolment"))
SUPPRESSED = select(Suppression.number_hash).where(Suppression.number_hash == bindparam("number"))
BEFORE = (
    select(
        InboundReply.id,
        InboundReply.received_at,
        InboundReply.answer.is_not(None).label("answered"),
        # To decrypt one takes as long as to find them all.
        readable(case((InboundReply.received_at > bindparam("loop_since"), InboundReply.body)).label("body")),
    )
    .where(InboundReply.number_hash == bindparam("number"), InboundReply.received_at > bindparam("since"))
    .order_by(InboundReply.received_at.desc(), InboundReply.id.desc())
    .limit(20)
)
READ_AS = select(readable(InboundReply.reading)).where(InboundReply.id == bindparam("reply"))


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A known sender: the ids to write to, and what their answer depends on, with the row it was all made of."""

    row: Any
    participant_id: int
    enrolment: EnrolmentFacts
    clinic: str
    country: str
    language: str
    cadence: str
    check_in_id: int | None
    person: Person
    suppressed: bool


def find_row(connection: Connection, number_hash: str) -> Any | None:
    """Who has this number and what they were last asked; of several clinics, the one that texted it last.

    On PostgreSQL the enrolment's row stays locked. Every text heard changes it, and so does whatever decides an answer.
    """
    rows = find_all(connection, CORRESPONDENT, number=number_hash)
    if len(rows) < 2:
        return rows[0] if rows else None
    texted_at = dict(find_all(connection, LAST_TEXTED, number=number_hash))
    return max(rows, key=lambda row: texted_at.get(row.enrolment_id, datetime.min.replace(tzinfo=UTC)))


def find_correspondent(
    connection: Connection, number_hash: str, catalogue: Catalogue, now: datetime
) -> Correspondent | None:
    """Who has this number, with their days so far: see `find_row`."""
    row = find_row(connection, number_hash)
    if row is None:
        return None
    enrolment = enrolment_from(row, catalogue)
    return Correspondent(
        row,
        row.participant_id,
        enrolment,
        row.name,
        row.country,
        row.language,
        row.cadence,
        row.check_in_id,
        _person(connection, row, enrolment, now),
        row.suppressed_at is not None,
    )


def _person(connection: Connection, row: Any, enrolment: EnrolmentFacts, now: datetime) -> Person:
    today = local_date_of(now, enrolment.timing.time_zone)
    asked_on = row.asked_on or today
    monday = asked_on - timedelta(days=asked_on.weekday())
    first = min(monday, today - timedelta(days=6))
    since = now - SILENT_MEANS_DELIVERED
    days = find_all(connection, DAYS, enrolment=row.enrolment_id, first=first, last=today, silent_since=since)
    check_in = OpenCheckIn(
        row.asked_on, row.step_decision_id is not None, row.score, row.habit, row.asked_again_at is not None
    )
    return Person(
        status=row.status,
        held_for=row.held_for,
        timing=enrolment.timing,
        today=today,
        check_in=check_in if row.check_in_id else None,
        week=_days_so_far([day for day in days if monday <= day.asked_on], row),
        last_7_days=_days_so_far([day for day in days if day.asked_on > today - timedelta(days=7)], row),
    )


def _days_so_far(days: Sequence[Any], asked: Any) -> Week:
    """Counts of some days; the question being answered counts as arrived even before its receipt."""
    open_on: date | None = asked.asked_on if asked.step_decision_id else None
    scores = [day.score for day in days if day.score is not None]
    return Week(
        done=sum(day.state == "done" for day in days),
        steps_asked=sum(day.state in PROMPTED or day.asked_on == open_on for day in days),
        score_mean=sum(scores) / len(scores) if scores else None,
        score_n=len(scores),
    )


def load_state(
    connection: Connection,
    found: Correspondent | None,
    *,
    number_hash: str,
    body: str,
    carrier_answers: bool,
    default_country: str,
    now: datetime,
) -> State:
    """The state of the conversation before this text."""
    suppressed = found.suppressed if found else find_first(connection, SUPPRESSED, number=number_hash) is not None
    before = find_all(
        connection, BEFORE, number=number_hash, since=now - STRANGER_ANSWER_EVERY, loop_since=now - LOOP_WINDOW
    )
    recent = [row.body for row in before if row.received_at > now - LOOP_WINDOW]
    return State(
        person=found.person if found else None,
        suppressed=suppressed,
        carrier_answers=carrier_answers,
        country=found.country if found else default_country,
        recent=len(recent),
        repeated=bool(recent) and set(recent) == {body},
        answered_today=any(row.answered for row in before),
        earlier=_earlier(connection, before[0].id) if before and before[0].received_at > now - SAME_TALK else None,
    )


def _earlier(connection: Connection, reply_id: int) -> Earlier | None:
    """What their text before this one asked of the service."""
    read = find_first(connection, READ_AS, reply=reply_id).reading or {}
    if not read.get("command"):
        return None
    command = Command(**read["command"])
    wanted = command.time if command.name == "set_time" else None
    return Earlier(command.name, not command.is_complete, read.get("language"), wanted)
