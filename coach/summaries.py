"""The weekly adherence summary: computed set by set in the database, stored, shown. Decides nothing.

The numbers are `coach.adherence`, the order and the reasons `coach.triage`. What a coach was shown stays retrievable:
a later computation that differs is stored as a new version beside the old one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, insert, select, true

from coach.adherence import Counts, dates_counted
from coach.models import Flag, WeeklySummary
from coach.nights import week_counts
from coach.triage import Summary, TriageFacts, judge
from schedules.db import reading, writing
from schedules.local_time import dates_of_week, iso_week_of, local_date_of, local_time_of
from schedules.models import Clinic, Enrolment, Participant
from schedules.periodic import Periods

BATCH = 1000
# By six on Monday in the clinic's zone the last Sunday evening is over in every zone of its country.
COMPUTED_AT = time(6)
COUNTED_IN_SQL = tuple(field.name for field in fields(Counts) if field.name != "not_prompted")


def compute_week(
    connection: Connection, week: str, now: datetime, scope: ColumnElement[bool] | None = None
) -> Iterator[list[Summary]]:
    """The summaries of a week for the participants in scope, in batches, in order of id.

    Raises ValueError for something that is not a week.
    """
    monday, sunday = dates_of_week(week)
    for rows in connection.execute(_week_rows(monday, sunday, now, scope)).partitions(BATCH):
        flags = _open_flags(connection, [row.participant_id for row in rows])
        yield [_summary(row, flags.get(row.participant_id, frozenset()), monday, sunday, now) for row in rows]


def _week_rows(monday: date, sunday: date, now: datetime, scope: ColumnElement[bool] | None) -> Any:
    counts = week_counts(monday, sunday, now)
    return (
        select(
            Participant.id.label("participant_id"),
            Participant.time_zone,
            Enrolment.status,
            Enrolment.starts_on,
            Enrolment.paused_until_on,
            Enrolment.next_due_on,
            *(func.coalesce(counts.c[name], 0).label(name) for name in (*COUNTED_IN_SQL, "silent")),
        )
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .outerjoin(counts, counts.c.enrolment_id == Enrolment.id)
        .where(Enrolment.starts_on <= sunday, true() if scope is None else scope)
        .order_by(Participant.id)
    )


def _open_flags(connection: Connection, participant_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    flags: dict[int, frozenset[str]] = {}
    for participant_id, kind in connection.execute(
        select(Flag.participant_id, Flag.kind).where(
            Flag.acknowledged_at.is_(None), Flag.participant_id.in_(participant_ids)
        )
    ):
        flags[participant_id] = flags.get(participant_id, frozenset()) | {kind}
    return flags


def _summary(row: Row[Any], flags: frozenset[str], monday: date, sunday: date, now: datetime) -> Summary:
    today = local_date_of(now, row.time_zone)
    today_is_decided = row.next_due_on is not None and row.next_due_on > today
    dates = dates_counted(monday, sunday, row.starts_on, today if today_is_decided else today - timedelta(days=1))
    asked = {name: int(getattr(row, name)) for name in COUNTED_IN_SQL}
    not_prompted = max(0, dates - asked["prompted"] - asked["undelivered"])
    counts = Counts(**asked, not_prompted=not_prompted)
    paused = row.paused_until_on is not None and row.paused_until_on > today
    return Summary(row.participant_id, counts, judge(TriageFacts(counts, row.status, paused, int(row.silent), flags)))


def store_week(engine: Engine, week: str, now: datetime, scope: ColumnElement[bool] | None = None) -> Iterator[int]:
    """Compute and store a week, batch by batch; each step counts those that are new or differ."""
    with reading(engine) as source:
        for summaries in compute_week(source, week, now, scope):
            with writing(engine) as connection:
                stored = _store(connection, week, summaries, now)
            yield stored


def _store(connection: Connection, week: str, summaries: Sequence[Summary], now: datetime) -> int:
    latest = {
        row.participant_id: row
        for row in connection.execute(
            select(WeeklySummary.__table__)
            .where(
                WeeklySummary.week == week,
                WeeklySummary.participant_id.in_([summary.participant_id for summary in summaries]),
            )
            .order_by(WeeklySummary.version)
        )
    }
    rows = []
    for summary in summaries:
        columns = {
            **asdict(summary.counts),
            "status": summary.judgement.status,
            "reasons": list(summary.judgement.reasons),
        }
        before = latest.get(summary.participant_id)
        if before is None or any(getattr(before, name) != value for name, value in columns.items()):
            version = before.version + 1 if before else 1
            rows.append(
                columns
                | {"participant_id": summary.participant_id, "week": week, "version": version, "computed_at": now}
            )
    if rows:
        connection.execute(insert(WeeklySummary), rows)
    return len(rows)


def store_due_weeks(periods: Periods) -> int:
    """Store the week that has ended, once for each clinic, from six on Monday in its zone. Returns how many rows."""
    now, stored = periods.now(), 0
    with reading(periods.engine) as connection:
        clinics = connection.execute(select(Clinic.id, Clinic.time_zone)).all()
    for clinic in clinics:
        week = last_full_week(now, clinic.time_zone)
        steps = store_week(periods.engine, week, now, Participant.clinic_id == clinic.id)
        stored += periods.run(f"summary:{clinic.id}", week, steps)
    return stored


def last_full_week(now: datetime, zone_name: str) -> str:
    """The latest ISO week that is over, and a Monday six o'clock past, in a zone."""
    today = local_date_of(now, zone_name)
    if today.isoweekday() == 1 and local_time_of(now, zone_name) < COMPUTED_AT:
        today -= timedelta(days=1)
    return iso_week_of(today - timedelta(days=today.isoweekday()))
