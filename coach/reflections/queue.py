"""Queue the Sunday texts that are due, in batches. Decides nothing: `coach.reflections.decide` does.

The text and the next Sunday are written in one transaction, and (enrolment, slot, date) is unique: once a week,
whatever dies when.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, select, update

from coach.adherence.counts import Week
from coach.adherence.queries import nights
from coach.reflections.decide import (
    SLOT,
    ReflectionFacts,
    Said,
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
STEP_STATES = ("done", "not_done", "no_reply")


def queue_reflections(engine: Engine, catalogue: Catalogue, keys: InstallationKeys, now: datetime) -> int:
    """Queue everything due. Returns how many texts."""
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
        said = decide_reflection(_facts(row, timing, weeks.get(row.id, Week())), now)
        if said:
            texts.append(_text(row, said, catalogue, keys, now))
    enqueue_all(connection, texts)
    _move_on(connection, rows, catalogue, now)
    return len(texts)


def set_reflections(connection: Connection, enrolment_id: int, timing: Timing, now: datetime, *, wanted: bool) -> None:
    """Begin or end someone's Sunday texts, in the caller's transaction."""
    at = next_reflection(timing, now) if wanted and may_have_reflections(timing) else None
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(next_reflection_at=at))


def _due_ids(connection: Connection, now: datetime, let_be: Collection[int], limit: int) -> list[int]:
    """Whose Sunday text is due, locked for this transaction. No more than ids, which can always be read."""
    due = (
        select(Enrolment.id)
        .where(Enrolment.next_reflection_at <= now)
        .order_by(Enrolment.next_reflection_at, Enrolment.id)
        .limit(limit + len(let_be))
        .with_for_update(skip_locked=True)
    )
    return [id for id in connection.execute(due).scalars() if id not in let_be]


def _load(connection: Connection, ids: Sequence[int]) -> Sequence[Any]:
    return connection.execute(
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
    ).all()


def _facts(row: Any, timing: Timing, week: Week) -> ReflectionFacts:
    held, suppressed = row.held_for is not None, row.suppressed_at is not None
    return ReflectionFacts(timing, row.status, suppressed, held, row.paused_until_on, week)


def _weeks(connection: Connection, rows: Sequence[Any], now: datetime) -> dict[int, Week]:
    """Each person's seven days before today; one query for each date that it is somewhere."""
    weeks: dict[int, Week] = {}
    by_date: dict[date, list[int]] = {}
    for row in rows:
        by_date.setdefault(local_date_of(now, row.time_zone), []).append(row.id)
    for today, ids in by_date.items():
        first, last = today - timedelta(days=7), today - timedelta(days=1)
        night = nights(first, last, now).where(CheckIn.enrolment_id.in_(ids)).subquery()
        for id, state, count, total, scored in connection.execute(
            select(
                night.c.enrolment_id, night.c.state, func.count(), func.sum(night.c.score), func.count(night.c.score)
            ).group_by(night.c.enrolment_id, night.c.state)
        ):
            weeks[id] = _with(weeks.get(id, Week()), state, count, (total or 0, scored))
    return weeks


def _with(week: Week, state: str, count: int, scores: tuple[int, int]) -> Week:
    total, scored = (week.score_mean or 0) * week.score_n + scores[0], week.score_n + scores[1]
    return Week(
        done=week.done + (count if state == "done" else 0),
        steps_asked=week.steps_asked + (count if state in STEP_STATES else 0),
        score_mean=total / scored if scored else None,
        score_n=scored,
    )


def _text(row: Any, said: Said, catalogue: Catalogue, keys: InstallationKeys, now: datetime) -> NewMessage:
    text = pick_text(catalogue.texts_for(said.key, row.language), keys.draw(row.id, SLOT, said.local_on))
    return NewMessage(
        enrolment_id=row.id,
        kind=SLOT,
        slot=SLOT,
        local_on=said.local_on,
        body=fill(catalogue, text, said.values),
        text_id=text.id,
        text_version=text.version,
        token=keys.token(row.id, SLOT, said.local_on),
        expires_at=said.window.closes_at,
        created_at=now,
    )


def _move_on(connection: Connection, rows: Sequence[Any], catalogue: Catalogue, now: datetime) -> None:
    connection.execute(
        update(Enrolment).where(Enrolment.id == bindparam("enrolment")).values(next_reflection_at=bindparam("at")),
        [{"enrolment": row.id, "at": next_reflection(timing_of(row, catalogue), now)} for row in rows],
    )
