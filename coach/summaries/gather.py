"""Load a week's facts for a batch of participants, in a fixed number of queries.

Only unanswered check-ins are joined with the outbox. What is rare (silence, dates without a question) is queried only
for the participants concerned.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, ScalarSelect, exists, func, select, true

from coach.adherence.counts import BASELINE_DAYS
from coach.adherence.queries import UNANSWERED, nights, scores, silent_nights, week_nights
from coach.adherence.triage import SILENT_DAYS
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from schedules.database.tables.safety import Flag


class WeekNights(NamedTuple):
    """A row of `coach.adherence.queries.week_nights`."""

    enrolment_id: int = 0
    asked: int = 0
    delivered: int = 0
    answered: int = 0
    undelivered: int = 0
    steps_asked: int = 0
    done: int = 0
    not_done: int = 0
    score_sum: int = 0
    score_n: int = 0
    last_asked_on: date = date.min
    last_answered_on: date | None = None


class ScoreSum(NamedTuple):
    """A row of `coach.adherence.queries.scores`."""

    enrolment_id: int = 0
    total: int = 0
    nights: int = 0


class BatchMember(NamedTuple):
    """A participant whose week is computed."""

    id: int
    clinic_id: int
    coach_id: int | None
    time_zone: str
    enrolment_id: int
    programme: str
    status: str
    starts_on: date
    paused_until_on: date | None


# Stand in for an enrolment without rows; the id is not used.
NO_NIGHTS = WeekNights()
NO_SCORES = ScoreSum()


@dataclass(frozen=True, slots=True)
class WeekSpan:
    """A week, the start of its baseline, and the instant it is computed at."""

    first: date
    monday: date
    sunday: date
    now: datetime

    @classmethod
    def of(cls, monday: date, sunday: date, now: datetime) -> "WeekSpan":
        """Build the span of the week from `monday` to `sunday`."""
        return cls(monday - timedelta(days=BASELINE_DAYS), monday, sunday, now)


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """The facts of a batch, by enrolment (flags and stops by participant).

    `baseline` and `nights` are rows of `coach.adherence.queries`. `not_asked` counts the dates without a delivered
    question by reason, and `not_asked_last_on` is the last of them with a decision. `silent` counts the questions
    delivered since the last answer, for those silent long enough to be reported.
    """

    baseline: dict[int, ScoreSum]
    nights: dict[int, WeekNights]
    not_asked: dict[int, Counter[str]]
    not_asked_last_on: dict[int, date]
    silent: dict[int, int]
    flags: dict[int, frozenset[str]]
    stopped_before: frozenset[int]


@dataclass(frozen=True, slots=True)
class ParticipantBatch:
    """Participants in order of id, and subqueries that select exactly their enrolments and ids."""

    people: Sequence[BatchMember]
    enrolments: ScalarSelect[int]
    participants: ScalarSelect[int]


def load_batch(
    connection: Connection, until: date, scope: ColumnElement[bool] | None, after: int, limit: int
) -> ParticipantBatch | None:
    """Load the next participants in scope after an id, enrolled by a date; None at the end."""
    here = (Enrolment.starts_on <= until, true() if scope is None else scope)
    rows = connection.execute(
        select(
            Participant.id,
            Participant.clinic_id,
            Participant.coach_id,
            Participant.time_zone,
            Enrolment.id.label("enrolment_id"),
            Enrolment.programme,
            Enrolment.status,
            Enrolment.starts_on,
            Enrolment.paused_until_on,
        )
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(*here, Participant.id > after)
        .order_by(Participant.id)
        .limit(limit)
    )
    people = [BatchMember(*row) for row in rows]
    if not people:
        return None
    joined = Enrolment.participant_id == Participant.id
    # Bound both tables: PostgreSQL does not infer one from the other, and would read every enrolment.
    among = (*here, *(id.between(people[0].id, people[-1].id) for id in (Participant.id, Enrolment.participant_id)))
    return ParticipantBatch(
        people,
        select(Enrolment.id).join(Participant, joined).where(*among).scalar_subquery(),
        select(Participant.id).join(Enrolment, joined).where(*among).scalar_subquery(),
    )


def load_week_facts(connection: Connection, batch: ParticipantBatch, span: WeekSpan) -> WeekFacts:
    """Load everything a week's summaries are computed from."""
    ours = CheckIn.enrolment_id.in_(batch.enrolments)
    sums = connection.execute(scores(span.first, span.monday).where(ours))
    baseline = {row[0]: ScoreSum(*row) for row in sums}
    week = connection.execute(week_nights(span.monday, span.sunday, span.now).where(ours))
    asked = {row[0]: WeekNights(*row) for row in week}
    not_asked, last_on = _not_asked(connection, batch, asked, span)
    flags: dict[int, frozenset[str]] = defaultdict(frozenset)
    for participant_id, kind in connection.execute(
        select(Flag.participant_id, Flag.kind).where(
            Flag.acknowledged_at.is_(None), Flag.participant_id.in_(batch.participants)
        )
    ):
        flags[int(participant_id or 0)] |= {kind}
    stops = select(ConsentEvent.participant_id).where(
        ConsentEvent.participant_id.in_(batch.participants), ConsentEvent.kind == "opted_out"
    )
    return WeekFacts(
        baseline,
        asked,
        not_asked,
        last_on,
        _silent(connection, asked, span),
        flags,
        frozenset(connection.execute(stops).scalars()),
    )


def _not_asked(
    connection: Connection, batch: ParticipantBatch, weeks: dict[int, WeekNights], span: WeekSpan
) -> tuple[dict[int, Counter[str]], dict[int, date]]:
    """Count by reason the dates without a question (one reason per date) and those whose question was not sent."""
    asked = exists().where(CheckIn.enrolment_id == Decision.enrolment_id, CheckIn.asked_on == Decision.local_on)
    days = (
        select(Decision.enrolment_id, Decision.local_on, func.min(Decision.unavailable_reason).label("reason"))
        .where(
            Decision.enrolment_id.in_(batch.enrolments),
            Decision.local_on.between(span.monday, span.sunday),
            Decision.unavailable_reason.is_not(None),
            ~asked,
        )
        .group_by(Decision.enrolment_id, Decision.local_on)
        .subquery()
    )
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    last_on: dict[int, date] = {}
    for id, reason, count, latest in connection.execute(
        select(days.c.enrolment_id, days.c.reason, func.count(), func.max(days.c.local_on)).group_by(
            days.c.enrolment_id, days.c.reason
        )
    ):
        counts[id][reason] = count
        last_on[id] = max(latest, last_on.get(id, latest))
    kept = [id for id, row in weeks.items() if row.asked > row.delivered + row.undelivered]
    if kept:
        night = nights(span.monday, span.sunday, span.now).where(CheckIn.enrolment_id.in_(kept), UNANSWERED).subquery()
        for id, why in connection.execute(select(night.c.enrolment_id, night.c.why).where(night.c.why.is_not(None))):
            counts[id][why] += 1
    return counts, last_on


def _silent(connection: Connection, weeks: dict[int, WeekNights], span: WeekSpan) -> dict[int, int]:
    """Count the questions since the last answer, for those whose latest questions stayed unanswered.

    For those who answered nothing this week the week before counts too; longer silences are not distinguished.
    """
    enough, week = timedelta(days=SILENT_DAYS), timedelta(days=7)
    quiet = [
        id for id, row in weeks.items() if row.last_answered_on and row.last_asked_on - row.last_answered_on >= enough
    ]
    unheard = {id: row.delivered for id, row in weeks.items() if not row.last_answered_on}
    silent = _silent_in(connection, span.monday, span, quiet)
    before = _silent_in(connection, span.monday - week, span, list(unheard))
    return silent | {id: reached + before.get(id, 0) for id, reached in unheard.items()}


def _silent_in(connection: Connection, monday: date, span: WeekSpan, enrolments: Sequence[int]) -> dict[int, int]:
    if not enrolments:
        return {}
    sunday = monday + timedelta(days=6)
    return dict(connection.execute(silent_nights(monday, sunday, span.now, enrolments)).all())
