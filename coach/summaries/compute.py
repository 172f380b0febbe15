"""The weekly adherence summary: computed set by set in the database, stored, shown. Decides nothing.

The numbers are `coach.adherence.counts`, the order and the reasons `coach.adherence.triage`. What a coach was shown
stays retrievable: a later computation that differs is stored as a new version beside the old one. Work goes in
batches of participants, each in a transaction of its own, so that memory does not grow with their number.
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
    Batch,
    Span,
    WeekFacts,
    load_batch,
    load_week_facts,
)
from schedules.database.apart import isolate_failures
from schedules.database.engine import write_transaction
from schedules.database.prepared import insert_rows
from schedules.database.set_aside import set_aside
from schedules.database.tables.people import Enrolment, Participant
from schedules.timing.local_time import dates_of_week, local_date_of

BATCH = 5000
COUNTS = Counts._fields
DAY = timedelta(days=1)
NO_FLAGS: frozenset[str] = frozenset()
NOTHING: Mapping[str, int] = {}
STORED = (*COUNTS, "status", "reasons", "not_prompted_for")
# Two workers that store summaries take turns: a version is numbered after the one before it.
ONE_AT_A_TIME = 72


def compute_week(
    connection: Connection, week: str, now: datetime, scope: ColumnElement[bool] | None = None
) -> Iterator[list[Summary]]:
    """The summaries of a week for the participants in scope, in batches, in order of id.

    Raises ValueError for something that is not a week.
    """
    span = Span.of(*dates_of_week(week), now)
    after = 0
    while batch := load_batch(connection, span.sunday, scope, after, BATCH):
        yield _summaries(connection, batch, span)
        after = batch.people[-1].id


def _summaries(connection: Connection, batch: Batch, span: Span) -> list[Summary]:
    facts = load_week_facts(connection, batch, span)
    today = {name: _today(span.now, name) for name in {one.time_zone for one in batch.people}}
    return [_summary(one, facts, span, today[one.time_zone]) for one in batch.people]


def _today(now: datetime, zone_name: str) -> date:
    """Somebody in a zone that no longer exists is counted all the same; `coach doctor` tells of the zone."""
    try:
        return local_date_of(now, zone_name)
    except ValueError:
        return now.date()


def _summary(one: Any, facts: WeekFacts, span: Span, today: date) -> Summary:
    id, clinic_id, coach_id, _, enrolment, programme, status, starts_on, paused_until_on = one
    _, _, prompted, answered, undelivered, steps, done, not_done, score_sum, score_n, asked_on, _ = facts.nights.get(
        enrolment, NO_NIGHTS
    )
    _, baseline_sum, baseline_n = facts.baseline.get(enrolment, NO_SCORES)
    decided_until = max(today - DAY, asked_on, facts.not_asked_last_on.get(enrolment, date.min))
    dates = dates_counted(span.monday, span.sunday, starts_on, decided_until)
    not_prompted = max(0, dates - prompted - undelivered)
    # In the order of their fields, since names cost as much again as the rest of it.
    no_reply = steps - done - not_done
    asked = (prompted, answered, steps, done, not_done, no_reply, undelivered, not_prompted)
    counts = Counts(*asked, score_sum, score_n, baseline_sum, baseline_n)
    logged = facts.not_asked.get(enrolment, NOTHING)
    why = not_prompted_for(not_prompted, logged, status, stopped_before=id in facts.stopped_before)
    paused = paused_until_on is not None and paused_until_on > today
    silent, flags = facts.silent.get(enrolment, 0), facts.flags.get(id, NO_FLAGS)
    return Summary(
        id, counts, judge(TriageFacts(counts, status, paused, silent, flags)), why, coach_id, clinic_id, programme
    )


def stored_batches(
    engine: Engine, week: str, now: datetime, scope: ColumnElement[bool] | None = None
) -> Iterator[tuple[list[Summary], int]]:
    """As `compute_week`, each batch stored before it is handed on, with how many of it were new or differ.

    Raises ValueError for something that is not a week.
    """
    span = Span.of(*dates_of_week(week), now)
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


def _next_ids(connection: Connection, span: Span, scope: ColumnElement[bool] | None, after: int) -> list[int]:
    """As `load_batch` takes them."""
    joined = select(Participant.id).join(Enrolment, Enrolment.participant_id == Participant.id)
    here = joined.where(Enrolment.starts_on <= span.sunday, true() if scope is None else scope)
    return list(connection.execute(here.where(Participant.id > after).order_by(Participant.id).limit(BATCH)).scalars())


def _store_between(
    connection: Connection, week: str, span: Span, scope: ColumnElement[bool] | None, ids: Sequence[int]
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
    """What a batch makes has no cycles and goes by itself: looking for some took a sixth of the time."""
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


def take_turns(connection: Connection) -> None:
    """Wait for whoever else stores summaries; on SQLite a writer has the database to itself anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def store_some(connection: Connection, week: str, now: datetime, participants: Sequence[int]) -> int:
    """Compute and store a week of a few participants, in the caller's transaction, which has taken its turn."""
    span = Span.of(*dates_of_week(week), now)
    batch = load_batch(connection, span.sunday, Participant.id.in_(participants), 0, len(participants))
    return _store(connection, week, batch, _summaries(connection, batch, span), now) if batch else 0


def _store(connection: Connection, week: str, batch: Batch, summaries: Sequence[Summary], now: datetime) -> int:
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
    return len(rows)


def _columns(summary: Summary) -> tuple[Any, ...]:
    judgement = summary.judgement
    return (*summary.counts, judgement.status, list(judgement.reasons), summary.not_prompted_for or None)


def _latest(connection: Connection, week: str, batch: Batch) -> dict[int, tuple[int, tuple[Any, ...]]]:
    """The newest version of each summary that is stored, and its columns."""
    rows = connection.execute(
        select(WeeklySummary.participant_id, WeeklySummary.version, *(getattr(WeeklySummary, name) for name in STORED))
        .where(WeeklySummary.participant_id.in_(batch.participants), WeeklySummary.week == week)
        .order_by(WeeklySummary.version)
    )
    return {row[0]: (row[1], tuple(row[2:])) for row in rows}
