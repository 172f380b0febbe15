"""Compute summaries each morning for the past week, and again soon after a late answer.

The week is first stored on Monday at six. On later mornings delivery reports, or 72 hours without one, lead to new
versions of the summaries whose numbers change.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy import Connection, Engine, delete, exists, select, tuple_

from coach.adherence.counts import BASELINE_DAYS
from coach.database.tables import StaleWeek, WeeklySummary
from coach.summaries.compute import store_some, stored_batches, take_turns
from schedules.database.apart import isolate_failures
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import set_aside, setting_aside
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant
from schedules.database.upsert import insert_or_ignore
from schedules.timing.local_time import dates_of_week, iso_week_of, local_date_of, local_time_of
from schedules.worker.periodic import PeriodicRunner

# By Monday at six in the clinic's zone, Sunday evening is over in every zone of its country.
COMPUTED_AT = time(6)
LATE_BATCH = 500


def store_summaries(periods: PeriodicRunner) -> int:
    """Store everything due: late answers, then the past week. Returns how many summaries were stored."""
    return store_late_answers(periods.engine, periods.now()) + store_due_weeks(periods)


def store_due_weeks(periods: PeriodicRunner) -> int:
    """Store the past week, each morning from six in each clinic's zone. Returns how many were stored."""
    now, stored = periods.now(), 0
    with read_transaction(periods.engine) as connection:
        clinics = connection.execute(select(Clinic.id, Clinic.time_zone)).all()
    for clinic in clinics:
        with setting_aside(periods.engine, "summaries", clinic.id, now):
            week = last_full_week(now, clinic.time_zone)
            batches = stored_batches(periods.engine, week, now, Participant.clinic_id == clinic.id)
            steps = (count for _, count in batches)
            stored += periods.run(job_name(clinic.id), latest_morning(now, clinic.time_zone), steps)
    return stored


def job_name(clinic_id: int) -> str:
    """Return the name of the job that stores a clinic's week; its periods are mornings."""
    return f"summaries:{clinic_id}"


def latest_morning(now: datetime, zone_name: str) -> str:
    """Return the latest date on which 6 a.m. has passed in a zone."""
    today = local_date_of(now, zone_name)
    return (today - timedelta(days=local_time_of(now, zone_name) < COMPUTED_AT)).isoformat()


def last_full_week(now: datetime, zone_name: str) -> str:
    """Return the latest ISO week that is over, once it is past Monday 6 a.m., in a zone."""
    today = local_date_of(now, zone_name)
    if today.isoweekday() == 1 and local_time_of(now, zone_name) < COMPUTED_AT:
        today -= timedelta(days=1)
    return iso_week_of(today - timedelta(days=today.isoweekday()))


def record_late_answer(connection: Connection, participant_id: int, week: str) -> None:
    """Mark a past week as stale after a late answer, in the caller's transaction."""
    mark = {"participant_id": participant_id, "week": week}
    insert_or_ignore(connection, StaleWeek, mark, key=tuple(mark))


def store_late_answers(engine: Engine, now: datetime) -> int:
    """Recompute what late answers made stale: their week, and the weeks whose baseline includes it.

    Only weeks already stored are recomputed. Returns how many new versions were stored.
    """
    with read_transaction(engine) as connection:
        if not connection.execute(select(exists().select_from(StaleWeek))).scalar():
            return 0
    stored = 0
    with write_transaction(engine) as connection:
        take_turns(connection)
        oldest = select(StaleWeek.participant_id, StaleWeek.week).order_by(StaleWeek.participant_id).limit(LATE_BATCH)
        marks = [(id, week) for id, week in connection.execute(oldest)]
        stored += sum(
            isolate_failures(connection, marks, partial(_store, connection, now), partial(_aside, connection, now))
        )
        connection.execute(delete(StaleWeek).where(tuple_(StaleWeek.participant_id, StaleWeek.week).in_(marks)))
    return stored


def _store(connection: Connection, now: datetime, marks: Sequence[tuple[int, str]]) -> int:
    stale = sorted(_stale(connection, marks).items())
    return sum(store_some(connection, week, now, sorted(participants)) for week, participants in stale)


def _aside(connection: Connection, now: datetime, mark: tuple[int, str], error: Exception) -> int:
    set_aside(connection, "summary", mark[0], error, now)
    return 0


def _stale(connection: Connection, marks: Sequence[tuple[int, str]]) -> dict[str, set[int]]:
    """Return the stored weeks that late answers affect, and the participants concerned."""
    mondays: dict[int, set[date]] = defaultdict(set)
    for id, week in marks:
        mondays[id].add(dates_of_week(week)[0])
    stored = connection.execute(
        select(WeeklySummary.participant_id, WeeklySummary.week).where(
            WeeklySummary.participant_id.in_(mondays), WeeklySummary.version == 1
        )
    ).all()
    stale: dict[str, set[int]] = defaultdict(set)
    for id, week in stored:
        monday = dates_of_week(week)[0]
        if any(timedelta(0) <= monday - landed <= timedelta(days=BASELINE_DAYS) for landed in mondays[id]):
            stale[week].add(id)
    return stale
