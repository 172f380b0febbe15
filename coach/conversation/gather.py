"""Gather what bears on an inbound text: who wrote, what they were asked, and their days so far. Decides nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Date, and_, bindparam, func, select

from coach.adherence.counts import Week
from coach.adherence.queries import nights_between
from coach.conversation.state import OpenCheckIn, Pager, Person, Question, State, lapses_after
from coach.database.tables import InboundReply, MailMessage
from content.catalogue import Catalogue
from schedules.database.prepared import find_all, find_first, in_constants
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import DEAD_NUMBER, Flag, held_for
from schedules.database.types import UtcInstant, readable
from schedules.enrolment.lifecycle import ENROLMENT_COLUMNS, EnrolmentFacts, enrolment_from
from schedules.outbox.states import SILENT_MEANS_DELIVERED
from schedules.timing.local_time import local_date_of

STRANGER_ANSWER_EVERY = timedelta(days=1)
FLAGGED_LATELY = timedelta(hours=1)
# A code in a page, as a coach texts it back.
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
# Of a question in doubt nobody can say that it has been read, and of one that did not arrive neither.
CAN_HAVE_BEEN_READ = ("accepted", "sent", "delivered", "stuck")  # the last only if it was taken, by `accepted_at`
IN_DOUBT = ("sending", "unknown")
CLOCKS_DIFFER = timedelta(minutes=1)  # between two machines
PROMPTED = ("done", "not_done", "no_reply")


# Built once: composing a statement costs several times what the database takes to answer it, and every text asks these.
def _latest(column: Any, states: Sequence[str], *which: Any) -> Any:
    """Of the newest check-in of an enrolment whose text is in one of these states."""
    return (
        select(column)
        .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
        .where(CheckIn.enrolment_id == Enrolment.id, in_constants(OutboxMessage.state, states), *which)
        .order_by(CheckIn.asked_on.desc())
        .limit(1)
        .correlate(Enrolment)
        .scalar_subquery()
    )


# An answer belongs to the last question that can have been read, however late.
LATEST_CHECK_IN = _latest(
    CheckIn.id, CAN_HAVE_BEEN_READ, OutboxMessage.accepted_at <= bindparam("read_by", type_=UtcInstant)
)
CORRESPONDENT = (
    select(
        *ENROLMENT_COLUMNS,
        readable(Participant.first_name),
        held_for(),
        Enrolment.cadence,
        Enrolment.heard_at,
        Enrolment.open_question,
        Enrolment.open_value,
        Enrolment.open_until_at,
        Clinic.name,
        Clinic.country,
        Clinic.contact,
        Suppression.since_at.label("suppressed_at"),
        CheckIn.id.label("check_in_id"),
        CheckIn.asked_on,
        CheckIn.step_decision_id,
        CheckIn.score,
        CheckIn.habit,
        CheckIn.asked_again_at,
        OutboxMessage.accepted_at.label("reached_at"),
        _latest(CheckIn.asked_on, IN_DOUBT).label("in_doubt_on"),
    )
    .join(Participant, Participant.id == Enrolment.participant_id)
    .join(Clinic, Clinic.id == Participant.clinic_id)
    .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
    .outerjoin(CheckIn, CheckIn.id == LATEST_CHECK_IN)
    .outerjoin(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
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
# What a YES may be meant for: an invitation that can have been read.
OPEN_INVITATIONS = (
    select(Enrolment.id)
    .join(Participant, Participant.id == Enrolment.participant_id)
    .join(OutboxMessage, OutboxMessage.enrolment_id == Enrolment.id)
    .where(Participant.number_hash == bindparam("number"), Enrolment.status == "invited")
    .where(OutboxMessage.kind == "welcome", OutboxMessage.accepted_at.is_not(None))
    .where(in_constants(OutboxMessage.state, CAN_HAVE_BEEN_READ))
)
DAYS = nights_between(
    bindparam("first", type_=Date()), bindparam("last", type_=Date()), bindparam("silent_since", type_=UtcInstant())
).where(CheckIn.enrolment_id == bindparam("enrolment"))
SUPPRESSED = select(Suppression.number_hash).where(Suppression.number_hash == bindparam("number"))
BEFORE = (
    select(InboundReply.received_at, InboundReply.answer.is_not(None).label("answered"), InboundReply.in_vain)
    .where(InboundReply.number_hash == bindparam("number"), InboundReply.received_at > bindparam("since"))
    .order_by(InboundReply.received_at.desc(), InboundReply.id.desc())
    .limit(60)
)
FLAGGED = select(Flag.kind).where(
    Flag.number_hash == bindparam("number"),
    Flag.acknowledged_at.is_(None),
    Flag.opened_at > bindparam("since", type_=UtcInstant),
)
# The open flags that a coach's confirmed number was paged about.
PAGED = (
    select(CoachAccount.id.label("coach_id"), Flag.id.label("flag_id"), Flag.code)
    .outerjoin(MailMessage, MailMessage.coach_id == CoachAccount.id)
    .outerjoin(Flag, and_(Flag.id == MailMessage.flag_id, Flag.acknowledged_at.is_(None)))
    .where(CoachAccount.number_hash == bindparam("number"), CoachAccount.active)
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A text as it is kept. `opt_out_type` is what the provider has done with it (STOP, START, HELP), if anything.

    `answerable`: it came from a telephone, not from a short code or a name. `media` counts pictures and the like.
    """

    sid: str
    number_hash: str
    body: str
    now: datetime
    opt_out_type: str | None = None
    media: int = 0
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A known sender: the ids to write to, and what their answer depends on, with the rows it was all made of.

    `everywhere` are the enrolments of the number in all clinics: what concerns the phone concerns them all. A YES
    confirms all `invited`.
    """

    rows: tuple[Any, ...]
    everywhere: tuple[EnrolmentFacts, ...]
    invited: tuple[EnrolmentFacts, ...]
    participant_id: int
    first_name: str | None
    enrolment: EnrolmentFacts
    clinic: str
    contact: str | None
    country: str
    language: str
    cadence: str
    check_in_id: int | None
    person: Person
    suppressed: bool


def find_rows(connection: Connection, number_hash: str, at: datetime) -> tuple[Any, ...]:
    """Who has this number and what they were last asked; of several clinics, first the one that texted it last.

    On PostgreSQL their enrolments stay locked. Every text heard changes one, and so does whatever decides an answer.
    """
    rows = find_all(connection, CORRESPONDENT, number=number_hash, read_by=at + CLOCKS_DIFFER)
    if len(rows) < 2:
        return tuple(rows)
    texted_at = dict(find_all(connection, LAST_TEXTED, number=number_hash))
    never = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(rows, key=lambda row: texted_at.get(row.enrolment_id, never), reverse=True))


def find_correspondent(
    connection: Connection, number_hash: str, catalogue: Catalogue, now: datetime
) -> Correspondent | None:
    """Who has this number, with their days so far: see `find_rows`."""
    rows = find_rows(connection, number_hash, now)
    if not rows:
        return None
    row, enrolments = rows[0], tuple(enrolment_from(one, catalogue) for one in rows)
    stopped = [one.name for one in rows if one.status == "stopped"]
    return Correspondent(
        rows,
        enrolments,
        _invited(connection, number_hash, enrolments),
        row.participant_id,
        row.first_name,
        enrolments[0],
        " and ".join(stopped) if stopped else row.name,
        row.contact,
        row.country,
        row.language,
        row.cadence,
        row.check_in_id,
        _person(connection, row, enrolments[0], now),
        row.suppressed_at is not None,
    )


def _invited(
    connection: Connection, number_hash: str, enrolments: Sequence[EnrolmentFacts]
) -> tuple[EnrolmentFacts, ...]:
    """Whom a YES confirms: who is talked with, and the number's others whose invitation can have been read."""
    ids, others = {enrolments[0].id}, enrolments[1:]
    if any(one.status == "invited" for one in others):
        ids |= {row.id for row in find_all(connection, OPEN_INVITATIONS, number=number_hash)}
    return tuple(one for one in enrolments if one.status == "invited" and one.id in ids)


def _person(connection: Connection, row: Any, enrolment: EnrolmentFacts, now: datetime) -> Person:
    today = local_date_of(now, enrolment.timing.time_zone)
    asked_on = row.asked_on or today
    monday = asked_on - timedelta(days=asked_on.weekday())
    first = min(monday, today - timedelta(days=6))
    since = now - SILENT_MEANS_DELIVERED
    days = find_all(connection, DAYS, enrolment=row.enrolment_id, first=first, last=today, silent_since=since)
    check_in = OpenCheckIn(
        row.asked_on,
        row.step_decision_id is not None,
        row.score,
        row.habit,
        row.asked_again_at is not None,
        overtaken=row.in_doubt_on is not None and row.asked_on is not None and row.in_doubt_on > row.asked_on,
    )
    return Person(
        status=row.status,
        held_for=None if row.held_for == DEAD_NUMBER else row.held_for,  # it has just written: it is not dead
        timing=enrolment.timing,
        today=today,
        check_in=check_in if row.check_in_id else None,
        week=_days_so_far([day for day in days if monday <= day.asked_on], row),
        last_7_days=_days_so_far([day for day in days if day.asked_on > today - timedelta(days=7)], row),
        question=_question(row, now),
    )


def _question(row: Any, now: datetime) -> Question | None:
    """What we asked back, unless it has lapsed or a check-in was asked since."""
    if not row.open_question or row.open_until_at <= now:
        return None
    asked_at = row.open_until_at - lapses_after(row.open_question)
    overtaken = row.reached_at is not None and row.reached_at > asked_at
    return None if overtaken else Question(row.open_question, row.open_value)


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
    connection: Connection, found: Correspondent | None, taken: Taken, carrier_answers: bool, default_country: str
) -> State:
    """The state of the conversation before this text."""
    now, number = taken.now, taken.number_hash
    suppressed = found.suppressed if found else find_first(connection, SUPPRESSED, number=number) is not None
    before = find_all(connection, BEFORE, number=number, since=now - STRANGER_ANSWER_EVERY)
    flagged = find_all(connection, FLAGGED, number=number, since=now - FLAGGED_LATELY)
    return State(
        person=found.person if found else None,
        suppressed=suppressed,
        carrier_answers=carrier_answers or taken.opt_out_type is not None,
        carrier_stopped=taken.opt_out_type == "STOP",
        country=found.country if found else default_country,
        pager=_pager(find_all(connection, PAGED, number=number), taken.body),
        answerable=taken.answerable,
        in_vain_hour=sum(row.in_vain and row.received_at > now - timedelta(hours=1) for row in before),
        in_vain_day=sum(row.in_vain for row in before),
        flagged=frozenset(row.kind for row in flagged),
        answered_today=any(row.answered for row in before),
        media=taken.media,
        invited_elsewhere=found is not None and any(one is not found.enrolment for one in found.invited),
    )


def _pager(rows: Sequence[Any], body: str) -> Pager | None:
    if not rows:
        return None
    typed = CODE.search(body)
    codes = {row.code: row.flag_id for row in rows if row.code}
    return Pager(rows[0].coach_id, codes, typed[0] if typed else None)
