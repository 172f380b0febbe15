"""Compute and store weekly summaries.

`coach.adherence.counts` defines the numbers, `coach.adherence.triage` the order and the reasons. A result that differs
from the stored one becomes a new version, so that what a coach was shown stays retrievable. Batches of participants,
each in its own transaction, keep memory constant.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select, true

from coach.adherence.counts import Counts, dates_counted, not_prompted_for
from coach.adherence.triage import Summary, TriageFacts, judge
from coach.database.tables import WeeklySummary
from coach.summaries.gather import (
    NO_NIGHTS,
    NO_SCORES,
    BatchMember,
    ParticipantBatch,
    WeekFacts,
    WeekSpan,
    load_batch,
    load_week_facts,
)
from schedules.database.apart import isolate_failures
from schedules.database.engine import write_transaction
from schedules.database.prepared import insert_rows
from schedules.database.set_aside import set_aside
from schedules.database.tables.people import Enrolment, Participant
from schedules.events.record import record_events
from schedules.timing.local_time import dates_of_week, local_date_of

BATCH = 5000
COUNTS = Counts._fields
DAY = timedelta(days=1)
NO_FLAGS: frozenset[str] = frozenset()
NOTHING: Mapping[str, int] = {}
STORED = (*COUNTS, "status", "reasons", "not_prompted_for")
# Advisory lock: workers that store summaries take turns, because versions are numbered in sequence.
ONE_AT_A_TIME = 72


def compute_week(
    connection: Connection, week: str, now: datetime, scope: ColumnElement[bool] | None = None
) -> Iterator[list[Summary]]:
    """Yield the summaries of a week for the participants in scope, in batches, in order of id.

    Raises ValueError for something that is not a week.
    """
    span = WeekSpan.of(*dates_of_week(week), now)
    after = 0
    while batch := load_batch(connection, span.sunday, scope, after, BATCH):
        yield _summaries(connection, batch, span)
        after = batch.people[-1].id


def _summaries(connection: Connection, batch: ParticipantBatch, span: WeekSpan) -> list[Summary]:
    facts = load_week_facts(connection, batch, span)
    today = {name: _today(span.now, name) for name in {one.time_zone for one in batch.people}}
    return [_summary(one, facts, span, today[one.time_zone]) for one in batch.people]


def _today(now: datetime, zone_name: str) -> date:
    """Return today's date; an unknown time zone falls back to UTC and is reported by `coach doctor`."""
    try:
        return local_date_of(now, zone_name)
    except ValueError:
        return now.date()


def _summary(one: BatchMember, facts: WeekFacts, span: WeekSpan, today: date) -> Summary:
    week = facts.nights.get(one.enrolment_id, NO_NIGHTS)
    baseline = facts.baseline.get(one.enrolment_id, NO_SCORES)
    decided_until = max(today - DAY, week.last_asked_on, facts.not_asked_last_on.get(one.enrolment_id, date.min))
    dates = dates_counted(span.monday, span.sunday, one.starts_on, decided_until)
    counts = Counts(
        prompted=week.delivered,
        answered=week.answered,
        steps_asked=week.steps_asked,
        done=week.done,
        not_done=week.not_done,
        no_reply=week.steps_asked - week.done - week.not_done,
        undelivered=week.undelivered,
        not_prompted=max(0, dates - week.delivered - week.undelivered),
        score_sum=week.score_sum,
        score_n=week.score_n,
        baseline_sum=baseline.total,
        baseline_n=baseline.nights,
    )
    logged = facts.not_asked.get(one.enrolment_id, NOTHING)
    stopped_before = one.id in facts.stopped_before
    why = not_prompted_for(counts.not_prompted, logged, one.status, stopped_before=stopped_before)
    paused = one.paused_until_on is not None and one.paused_until_on > today
    silent, flags = facts.silent.get(one.enrolment_id, 0), facts.flags.get(one.id, NO_FLAGS)
    judgement = judge(TriageFacts(counts, one.status, paused, silent, flags))
    return Summary(one.id, counts, judgement, why, one.coach_id, one.clinic_id, one.programme)


def stored_batches(
    engine: Engine, week: str, now: datetime, scope: ColumnElement[bool] | None = None
) -> Iterator[tuple[list[Summary], int]]:
    """Like `compute_week`, but store each batch first; yield it with the number of new versions.

    Raises ValueError for something that is not a week.
    """
    span = WeekSpan.of(*dates_of_week(week), now)
    after = 0
    while True:
        with _collector_at_rest(), write_transaction(engine) as connection:
            take_turns(connection)
            ids = _next_ids(connection, span, scope, after)
            if not ids:
                return
            store = partial(_store_between, connection, week, span, scope)
            parts = isolate_failures(connection, ids, store, partial(_not_summed_up, connection, now))
        yield [one for summaries, _ in parts for one in summaries], sum(stored for _, stored in parts)
        after = ids[-1]


def _next_ids(connection: Connection, span: WeekSpan, scope: ColumnElement[bool] | None, after: int) -> list[int]:
    """As `load_batch` takes them."""
    joined = select(Participant.id).join(Enrolment, Enrolment.participant_id == Participant.id)
    here = joined.where(Enrolment.starts_on <= span.sunday, true() if scope is None else scope)
    return list(connection.execute(here.where(Participant.id > after).order_by(Participant.id).limit(BATCH)).scalars())


def _store_between(
    connection: Connection, week: str, span: WeekSpan, scope: ColumnElement[bool] | None, ids: Sequence[int]
) -> tuple[list[Summary], int]:
    here = and_(Participant.id <= ids[-1], true() if scope is None else scope)
    batch = load_batch(connection, span.sunday, here, ids[0] - 1, len(ids))
    summaries = _summaries(connection, batch, span) if batch else []
    return summaries, _store(connection, week, batch, summaries, span.now) if batch else 0


def _not_summed_up(connection: Connection, now: datetime, id: int, error: Exception) -> tuple[list[Summary], int]:
    set_aside(connection, "summary", id, error, now)
    return [], 0


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Pause the garbage collector: a batch creates no cycles, and looking for them took a sixth of the time."""
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


def take_turns(connection: Connection) -> None:
    """Wait for other workers that store summaries; SQLite has a single writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def store_some(connection: Connection, week: str, now: datetime, participants: Sequence[int]) -> int:
    """Compute and store a week for a few participants; the caller's transaction holds the turn."""
    span = WeekSpan.of(*dates_of_week(week), now)
    batch = load_batch(connection, span.sunday, Participant.id.in_(participants), 0, len(participants))
    return _store(connection, week, batch, _summaries(connection, batch, span), now) if batch else 0


def _store(
    connection: Connection, week: str, batch: ParticipantBatch, summaries: Sequence[Summary], now: datetime
) -> int:
    latest = _latest(connection, week, batch)
    rows = []
    for summary in summaries:
        columns = _columns(summary)
        version, before = latest.get(summary.participant_id, (0, None))
        if before != columns:
            rows.append((summary.participant_id, version + 1, *columns))
    if rows:
        names = ("participant_id", "version", *STORED)
        insert_rows(connection, WeeklySummary, names, rows, week=week, computed_at=now)
        told = [(row[0], {"week": week, "version": row[1]}) for row in rows]
        record_events(connection, "summary.stored", now, told)
    return len(rows)


def _columns(summary: Summary) -> tuple[Any, ...]:
    judgement = summary.judgement
    return (*summary.counts, judgement.status, list(judgement.reasons), summary.not_prompted_for or None)


def _latest(connection: Connection, week: str, batch: ParticipantBatch) -> dict[int, tuple[int, tuple[object, ...]]]:
    """Return the newest stored version of each summary, and its columns."""
    rows = connection.execute(
        select(WeeklySummary.participant_id, WeeklySummary.version, *(getattr(WeeklySummary, name) for name in STORED))
        .where(WeeklySummary.participant_id.in_(batch.participants), WeeklySummary.week == week)
        .order_by(WeeklySummary.version)
    )
    return {row[0]: (row[1], tuple(row[2:])) for row in rows}
