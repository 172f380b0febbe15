"""Stored summaries as they stood at an instant, without recomputing: what coaches were shown."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, Row, Subquery, and_, exists, func, select, true

from coach.adherence.counts import Counts
from coach.adherence.triage import Judgement, Summary
from coach.database.tables import WeeklySummary
from coach.summaries.compute import COUNTS, STORED
from schedules.database.engine import read_transaction
from schedules.database.tables.people import Enrolment, Participant
from schedules.timing.local_time import dates_of_week, iso_week_of

WEEKS_BESIDE = 4
AT_ONCE = 1000


def _newest(weeks: Sequence[str], as_of: datetime) -> Subquery:
    return (
        select(WeeklySummary.participant_id, WeeklySummary.week, func.max(WeeklySummary.version).label("version"))
        .where(WeeklySummary.week.in_(weeks), WeeklySummary.computed_at <= as_of)
        .group_by(WeeklySummary.participant_id, WeeklySummary.week)
        .subquery()
    )


def _is(newest: Subquery) -> ColumnElement[bool]:
    return and_(
        WeeklySummary.participant_id == newest.c.participant_id,
        WeeklySummary.week == newest.c.week,
        WeeklySummary.version == newest.c.version,
    )


def load_week_as_of(
    connection: Connection, week: str, as_of: datetime, scope: ColumnElement[bool] | None = None
) -> Iterator[list[Summary]]:
    """Yield the summaries of a week as of an instant, in batches, in order of id.

    Raises ValueError for something that is not a week.
    """
    after = 0
    dates_of_week(week)
    while batch := _next(connection, week, as_of, scope, after):
        yield batch
        after = batch[-1].participant_id


def load_week_apart(engine: Engine, week: str, as_of: datetime, scope: ColumnElement[bool]) -> Iterator[list[Summary]]:
    """As `load_week_as_of`, each batch in a transaction of its own: whoever reads them may be slow."""
    after = 0
    while True:
        with read_transaction(engine) as connection:
            batch = _next(connection, week, as_of, scope, after)
        if not batch:
            return
        yield batch
        after = batch[-1].participant_id


def _next(
    connection: Connection, week: str, as_of: datetime, scope: ColumnElement[bool] | None, after: int
) -> list[Summary]:
    """Load a batch of the participants after an id; none at the end."""
    newer = WeeklySummary.__table__.alias("newer")
    has_newer = exists().where(
        newer.c.participant_id == WeeklySummary.participant_id,
        newer.c.week == WeeklySummary.week,
        newer.c.version > WeeklySummary.version,
        newer.c.computed_at <= as_of,
    )
    stored = (
        select(
            Participant.id,
            Participant.coach_id,
            Participant.clinic_id,
            Enrolment.programme,
            *(getattr(WeeklySummary, name) for name in STORED),
        )
        .join(Participant, Participant.id == WeeklySummary.participant_id)
        .join(Enrolment, Enrolment.participant_id == WeeklySummary.participant_id)
        .where(WeeklySummary.week == week, WeeklySummary.computed_at <= as_of, ~has_newer)
        .where(WeeklySummary.participant_id > after, true() if scope is None else scope)
        .order_by(WeeklySummary.participant_id)
        .limit(AT_ONCE)
    )
    return [_from_stored(row) for row in connection.execute(stored)]


def _from_stored(row: Row[object]) -> Summary:
    counts = Counts(*(getattr(row, name) for name in COUNTS))
    judgement = Judgement(row.status, tuple(row.reasons))
    return Summary(row.id, counts, judgement, row.not_prompted_for or {}, row.coach_id, row.clinic_id, row.programme)


def load_totals(
    connection: Connection, weeks: Sequence[str], as_of: datetime, scope: ColumnElement[bool] | None = None
) -> dict[str, tuple[int, Counts]]:
    """Return by week the number of participants and their total counts; weeks not stored are left out."""
    newest = _newest(weeks, as_of)
    sums = (
        select(WeeklySummary.week, func.count(), *(func.sum(getattr(WeeklySummary, name)) for name in COUNTS))
        .join(newest, _is(newest))
        .join(Participant, Participant.id == WeeklySummary.participant_id)
        .where(true() if scope is None else scope)
        .group_by(WeeklySummary.week)
    )
    return {row[0]: (row[1], Counts(*map(int, row[2:]))) for row in connection.execute(sums)}


def weeks_before(week: str, number: int = WEEKS_BESIDE) -> list[str]:
    """List the weeks before a week, latest first."""
    monday: date = dates_of_week(week)[0]
    return [iso_week_of(monday - timedelta(weeks=back)) for back in range(1, number + 1)]
