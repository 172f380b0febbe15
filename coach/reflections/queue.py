"""Queue the Sunday summaries that are due, in batches. `coach.reflections.decide` decides.

The text and the next Sunday are written in one transaction, and (enrolment, slot, date) is unique, so each is sent once
whatever fails.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, Engine, bindparam, select, update

from coach.adherence.counts import DayTally, tally_days
from coach.adherence.queries import nights
from coach.reflections.decide import (
    SLOT,
    ReflectionFacts,
    ReflectionText,
    decide_reflection,
    may_have_reflections,
    next_reflection,
)
from content.catalogue import Catalogue
from content.wording import fill
from schedules.database.apart import isolate_failures
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import clear_set_aside, load_set_aside, set_aside
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import held_for
from schedules.decisions.eligibility import pick_text
from schedules.outbox.queue import NewMessage, enqueue_all
from schedules.timing.local_time import local_date_of
from schedules.timing.slots import Timing, timing_of

BATCH = 1000


class DueEnrolment(NamedTuple):
    """An enrolment whose Sunday summary is due."""

    id: int
    programme: str
    status: str
    evening_at: time
    bedtime_at: time | None
    paused_until_on: date | None
    held_for: str | None
    language: str
    time_zone: str
    quiet_hours: list[object] | None
    suppressed_at: datetime | None


def queue_reflections(engine: Engine, catalogue: Catalogue, keys: InstallationKeys, now: datetime) -> int:
    """Queue everything due. Returns how many texts were queued."""
    queued = 0
    with read_transaction(engine) as connection:
        let_be, before = load_set_aside(connection, SLOT, now)
        if not _due_ids(connection, now, let_be, 1):
            return 0
    while True:
        with write_transaction(engine) as connection:
            due = _due_ids(connection, now, let_be, BATCH)
            if not due:
                return queued
            failures: list[tuple[int, Exception]] = []

            def note(id: int, error: Exception, failures: list[tuple[int, Exception]] = failures) -> int:
                failures.append((id, error))
                return 0

            queued += sum(isolate_failures(connection, due, partial(_queue, connection, catalogue, keys, now), note))
            for id, error in failures:
                set_aside(connection, SLOT, id, error, now)
                let_be.add(id)
            clear_set_aside(connection, SLOT, before - let_be & set(due))


def _queue(
    connection: Connection, catalogue: Catalogue, keys: InstallationKeys, now: datetime, ids: Sequence[int]
) -> int:
    rows = _load(connection, ids)
    weeks = _weeks(connection, rows, now)
    texts = []
    for row in rows:
        timing = timing_of(row, catalogue)
        reflection = decide_reflection(_facts(row, timing, weeks.get(row.id, DayTally())), now)
        if reflection:
            texts.append(_message(row, reflection, catalogue, keys, now))
    enqueue_all(connection, texts)
    _move_on(connection, rows, catalogue, now)
    return len(texts)


def set_reflections(connection: Connection, enrolment_id: int, timing: Timing, now: datetime, *, wanted: bool) -> None:
    """Start or stop someone's Sunday summaries, in the caller's transaction."""
    at = next_reflection(timing, now) if wanted and may_have_reflections(timing) else None
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(next_reflection_at=at))


def _due_ids(connection: Connection, now: datetime, let_be: Collection[int], limit: int) -> list[int]:
    """Lock and return the enrolments that are due; only ids, which need no decryption."""
    due = (
        select(Enrolment.id)
        .where(Enrolment.next_reflection_at <= now)
        .order_by(Enrolment.next_reflection_at, Enrolment.id)
        .limit(limit + len(let_be))
        .with_for_update(skip_locked=True)
    )
    return [id for id in connection.execute(due).scalars() if id not in let_be]


def _load(connection: Connection, ids: Sequence[int]) -> list[DueEnrolment]:
    rows = connection.execute(
        select(
            Enrolment.id,
            Enrolment.programme,
            Enrolment.status,
            Enrolment.evening_at,
            Enrolment.bedtime_at,
            Enrolment.paused_until_on,
            held_for(),
            Participant.language,
            Participant.time_zone,
            Clinic.quiet_hours,
            Suppression.since_at.label("suppressed_at"),
        )
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
        .where(Enrolment.id.in_(ids))
        .order_by(Enrolment.next_reflection_at, Enrolment.id)
    )
    return [DueEnrolment(*row) for row in rows]


def _facts(row: DueEnrolment, timing: Timing, week: DayTally) -> ReflectionFacts:
    held, suppressed = row.held_for is not None, row.suppressed_at is not None
    return ReflectionFacts(timing, row.status, suppressed, held, row.paused_until_on, week)


def _weeks(connection: Connection, rows: Sequence[DueEnrolment], now: datetime) -> dict[int, DayTally]:
    """Tally the seven days before today by enrolment; one query for each local date among the rows."""
    by_date: dict[date, list[int]] = {}
    for row in rows:
        by_date.setdefault(local_date_of(now, row.time_zone), []).append(row.id)
    days: dict[int, list[tuple[str, int | None]]] = {}
    for today, ids in by_date.items():
        first, last = today - timedelta(days=7), today - timedelta(days=1)
        for night in connection.execute(nights(first, last, now).where(CheckIn.enrolment_id.in_(ids))):
            days.setdefault(night.enrolment_id, []).append((night.state, night.score))
    return {id: tally_days(of_one) for id, of_one in days.items()}


def _message(
    row: DueEnrolment, reflection: ReflectionText, catalogue: Catalogue, keys: InstallationKeys, now: datetime
) -> NewMessage:
    text = pick_text(catalogue.texts_for(reflection.key, row.language), keys.draw(row.id, SLOT, reflection.local_on))
    return NewMessage(
        enrolment_id=row.id,
        kind=SLOT,
        slot=SLOT,
        local_on=reflection.local_on,
        body=fill(catalogue, text, reflection.values),
        text_id=text.id,
        text_version=text.version,
        token=keys.token(row.id, SLOT, reflection.local_on),
        expires_at=reflection.window.closes_at,
        created_at=now,
    )


def _move_on(connection: Connection, rows: Sequence[DueEnrolment], catalogue: Catalogue, now: datetime) -> None:
    connection.execute(
        update(Enrolment).where(Enrolment.id == bindparam("enrolment")).values(next_reflection_at=bindparam("at")),
        [{"enrolment": row.id, "at": next_reflection(timing_of(row, catalogue), now)} for row in rows],
    )
