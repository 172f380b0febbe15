"""Load the sender of a text: what they were asked, and their days so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Date, bindparam, exists, func, select

from coach.adherence.counts import STEPS_ASKED, DayTally, tally_days
from coach.adherence.queries import nights_between
from coach.alerts.shared_phones import FOR_LONG
from coach.conversation.state import OpenCheckIn, OpenQuestion, SenderState, lapses_after
from coach.database.tables import InboundReply
from content.catalogue import Catalogue
from schedules.database.prepared import find_all, in_constants
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Joining, Participant, Suppression
from schedules.database.tables.safety import DEAD_NUMBER, MUTED, SOMEONE_ELSE, Flag, held_for
from schedules.database.types import UtcInstant, readable
from schedules.decisions.care_texts import ONSET
from schedules.decisions.next_text import NextTextFacts, is_asked_on
from schedules.enrolment.lifecycle import ENROLMENT_COLUMNS, EnrolmentFacts, enrolment_from
from schedules.enrolment.policy_choice import RANDOMISED
from schedules.outbox.states import SILENT_MEANS_DELIVERED
from schedules.planning.drawn_steps import with_drawn_steps
from schedules.timing.local_time import local_date_of

STRANGER_ANSWER_EVERY = timedelta(days=1)
CAN_HAVE_BEEN_READ = ("accepted", "sent", "delivered", "stuck")  # "stuck" only with `accepted_at`
IN_DOUBT = ("sending", "unknown")
CLOCKS_DIFFER = timedelta(minutes=1)  # between two machines


# Built once: composing a statement takes several times as long as running it.
def _latest(column: Any, states: Sequence[str], *which: Any) -> Any:
    """Select a column of an enrolment's newest check-in whose text is in one of these states."""
    return (
        select(column)
        .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
        .where(CheckIn.enrolment_id == Enrolment.id, in_constants(OutboxMessage.state, states), *which)
        .order_by(CheckIn.asked_on.desc())
        .limit(1)
        .correlate(Enrolment)
        .scalar_subquery()
    )


# An answer belongs to the last check-in that may have been read, unless that has lapsed (`OpenCheckIn.is_lapsed`).
LATEST_CHECK_IN = _latest(
    CheckIn.id, CAN_HAVE_BEEN_READ, OutboxMessage.accepted_at <= bindparam("read_by", type_=UtcInstant)
)
SINCE = bindparam("since", type_=UtcInstant)
RECENT = (InboundReply.number_hash == bindparam("number"), InboundReply.received_at > SINCE)
OPEN_FLAG = (Flag.number_hash == bindparam("number"), Flag.acknowledged_at.is_(None))
_FLAGGED_LATELY = (
    Flag.number_hash == bindparam("number"),
    Flag.opened_at > bindparam("marked_since", type_=UtcInstant),
)
_COACH = (CoachAccount.number_hash == bindparam("number"), CoachAccount.active)
CORRESPONDENT = (
    select(
        *ENROLMENT_COLUMNS,
        readable(Participant.first_name),
        held_for(),
        Enrolment.held_for.label("own_hold"),
        Enrolment.cadence,
        *(Enrolment.policy, Enrolment.plans),
        Enrolment.exclude,
        Enrolment.paused_until_on,
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
        Decision.action.label("step"),
        CheckIn.score,
        CheckIn.habit,
        CheckIn.score_at,
        CheckIn.habit_at,
        CheckIn.asked_again_at,
        OutboxMessage.accepted_at.label("reached_at"),
        _latest(CheckIn.asked_on, IN_DOUBT).label("in_doubt_on"),
        # What `load_state` need not look for, as a rule.
        exists().where(*RECENT).label("wrote_before"),
        exists().where(*OPEN_FLAG).label("has_flag"),
        exists().where(*_FLAGGED_LATELY).label("flagged_lately"),
        exists().where(*_COACH).label("is_coach"),
    )
    .join(Participant, Participant.id == Enrolment.participant_id)
    .join(Clinic, Clinic.id == Participant.clinic_id)
    .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
    .outerjoin(CheckIn, CheckIn.id == LATEST_CHECK_IN)
    .outerjoin(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
    .outerjoin(Decision, Decision.id == CheckIn.step_decision_id)
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
# A YES can confirm any invitation that may have been read.
OPEN_INVITATIONS = (
    select(Enrolment.id)
    .join(Participant, Participant.id == Enrolment.participant_id)
    .join(OutboxMessage, OutboxMessage.enrolment_id == Enrolment.id)
    .where(Participant.number_hash == bindparam("number"), Enrolment.status == "invited")
    .where(OutboxMessage.kind == "welcome", OutboxMessage.accepted_at.is_not(None))
    .where(in_constants(OutboxMessage.state, CAN_HAVE_BEEN_READ))
)
# The welcome of whoever joined by text was our reply to it.
JOINED = (
    select(Joining.participant_id)
    .join(Participant, Participant.id == Joining.participant_id)
    .where(Participant.number_hash == bindparam("number"))
)
DAYS = nights_between(
    bindparam("first", type_=Date()), bindparam("last", type_=Date()), bindparam("silent_since", type_=UtcInstant())
).where(CheckIn.enrolment_id == bindparam("enrolment"))


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text as stored. `opt_out_type` is the keyword the provider handled (STOP, START, HELP), if any.

    `answerable`: the sender is a phone number, not a short code or a name. `media` counts attachments. `sender` is
    not stored, except with a text that joins and could not be applied yet.
    """

    sid: str
    number_hash: str
    body: str
    now: datetime
    opt_out_type: str | None = None
    media: int = 0
    answerable: bool = True
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A known sender: ids, settings and state, with the rows they were loaded from.

    `everywhere` holds the number's enrolments in all clinics, because what concerns the phone concerns them all. A YES
    confirms all of `invited`.
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
    person: SenderState
    suppressed: bool


def find_rows(connection: Connection, number_hash: str, at: datetime) -> tuple[Any, ...]:
    """Load the number's participants and what they were last asked; the clinic that texted last comes first.

    On PostgreSQL the enrolments stay locked. Every inbound text changes one, and so does whatever a reply depends on.
    """
    times = {"read_by": at + CLOCKS_DIFFER, "since": at - STRANGER_ANSWER_EVERY, "marked_since": at - FOR_LONG}
    rows = find_all(connection, CORRESPONDENT, number=number_hash, **times)
    if len(rows) < 2:
        return tuple(rows)
    texted_at = dict(find_all(connection, LAST_TEXTED, number=number_hash))
    never = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(rows, key=lambda row: texted_at.get(row.enrolment_id, never), reverse=True))


def find_correspondent(
    connection: Connection, number_hash: str, catalogue: Catalogue, now: datetime
) -> Correspondent | None:
    """Load the sender with their days so far: see `find_rows`."""
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
        _person(connection, row, enrolments[0], catalogue, now),
        row.suppressed_at is not None,
    )


def _invited(
    connection: Connection, number_hash: str, enrolments: Sequence[EnrolmentFacts]
) -> tuple[EnrolmentFacts, ...]:
    """Return what a YES confirms: the current enrolment, and other invitations that may have been read."""
    ids, others = {enrolments[0].id}, enrolments[1:]
    if any(one.status == "invited" for one in others):
        ids |= {row.id for row in find_all(connection, OPEN_INVITATIONS, number=number_hash)}
        joined = {row.participant_id for row in find_all(connection, JOINED, number=number_hash)}
        ids |= {one.id for one in others if one.participant_id in joined}
    return tuple(one for one in enrolments if one.status == "invited" and one.id in ids)


def _person(
    connection: Connection, row: Any, enrolment: EnrolmentFacts, catalogue: Catalogue, now: datetime
) -> SenderState:
    today = local_date_of(now, enrolment.timing.time_zone)
    asked_on = row.asked_on or today
    monday = asked_on - timedelta(days=asked_on.weekday())
    first, since = min(monday, today - timedelta(days=6)), now - SILENT_MEANS_DELIVERED
    days = find_all(connection, DAYS, enrolment=row.enrolment_id, first=first, last=today, silent_since=since)
    check_in = OpenCheckIn(
        row.asked_on or today,
        row.step_decision_id is not None,
        row.step if row.step in catalogue.strategies else None,
        row.step in catalogue.strategies and catalogue.strategies[row.step].abstains,
        row.score,
        row.habit,
        scored_on=_day_of(row.score_at, enrolment),
        told_on=_day_of(row.habit_at, enrolment),
        asked_again=row.asked_again_at is not None,
        overtaken=row.in_doubt_on is not None and row.asked_on is not None and row.in_doubt_on > row.asked_on,
        score_before=_last_score(days, before=asked_on),
    )
    return SenderState(
        status=row.status,
        held_for=None if row.held_for in (DEAD_NUMBER, MUTED) else row.held_for,  # what they write is read all the same
        timing=enrolment.timing,
        today=today,
        check_in=check_in if row.check_in_id and not check_in.is_lapsed(today) else None,
        lapsed=row.check_in_id is not None and check_in.is_lapsed(today),
        question_due=is_asked_on(_standby(connection, row, enrolment), today),
        week=_tally([day for day in days if monday <= day.asked_on], row),
        last_7_days=_tally([day for day in days if day.asked_on > today - timedelta(days=7)], row),
        question=_question(row, now),
        exclude=frozenset(row.exclude),
        randomised=row.policy in RANDOMISED,
        paused_until=row.paused_until_on,
        someone_else=row.own_hold == SOMEONE_ELSE,
        stop_asked=row.own_hold == "stop_or_not",
    )


def _last_score(days: Sequence[Any], before: date) -> int | None:
    scored = ((day.asked_on, day.score) for day in days if day.asked_on < before and day.score is not None)
    return max(scored, default=(None, None))[1]


def _standby(connection: Connection, row: Any, enrolment: EnrolmentFacts) -> NextTextFacts:
    one = NextTextFacts(row.status, row.held_for, row.paused_until_on, row.cadence, enrolment.timing, enrolment.due)
    return with_drawn_steps(connection, {enrolment.id: one})[enrolment.id]


def _day_of(at: datetime | None, enrolment: EnrolmentFacts) -> date | None:
    return None if at is None else local_date_of(at, enrolment.timing.time_zone)


def _question(row: Any, now: datetime) -> OpenQuestion | None:
    """Return our open question, unless it has lapsed or a check-in was sent since."""
    if not row.open_question or row.open_until_at <= now:
        return None
    if row.open_question == ONSET:  # part of an evening text, and open until another yes or no is asked for
        overtaken = row.step_decision_id is not None and row.asked_on > date.fromisoformat(row.open_value)
    else:
        asked_at = row.open_until_at - lapses_after(row.open_question)
        overtaken = row.reached_at is not None and row.reached_at > asked_at
    return None if overtaken else OpenQuestion(row.open_question, row.open_value)


def _tally(days: Sequence[Any], correspondent: Any) -> DayTally:
    """Add up some days. The step being answered counts as asked even before its delivery receipt arrives."""
    open_on: date | None = correspondent.asked_on if correspondent.step_decision_id else None
    pending = {day.asked_on for day in days if day.asked_on == open_on and day.state not in STEPS_ASKED}
    return tally_days(("no_reply" if day.asked_on in pending else day.state, day.score) for day in days)
