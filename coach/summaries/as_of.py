"""Stored summaries as they stood at an instant, without recomputing: what coaches were shown."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, Subquery, and_, func, select, true

from coach.adherence.counts import Counts
from coach.adherence.triage import Judgement, Summary
from coach.database.tables import WeeklySummary
from coach.summaries.compute import BATCH, COUNTS, STORED
from schedules.database.tables.people import Enrolment, Participant
from schedules.timing.local_time import dates_of_week, iso_week_of

WEEKS_BESIDE = 4


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
    dates_of_week(week)
    newest = _newest([week], as_of)
    stored = (
        select(
            Participant.id,
            Participant.coach_id,
            Participant.clinic_id,
            Enrolment.programme,
            *(getattr(WeeklySummary, name) for name in STORED),
        )
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .join(newest, newest.c.participant_id == Participant.id)
        .join(WeeklySummary, _is(newest))
        .where(true() if scope is None else scope)
        .order_by(Participant.id)
    )
    rows = connection.execute(stored, execution_options={"stream_results": True})
    for batch in rows.partitions(BATCH):
        yield [_from_stored(row) for row in batch]


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
