"""Repairs what a clock that was ahead has left behind: future evenings, and people waiting for them.

A clock that shows another month for one minute makes the worker decide every evening until then, and once it is
corrected nobody would be texted before that month. Decisions dated after now are undone; a text that was sent meanwhile
counts for the evening on which it was actually sent. Runs only while our own clock is confirmed: a clock that is behind
would make valid evenings look like future ones.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, delete, exists, func, or_, select, update

from content.catalogue import Catalogue
from schedules.database.apart import is_database_failure, load_apart
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import clear_set_aside, set_aside
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.decisions.eligibility import ASKED_SLOTS
from schedules.enrolment.lifecycle import CLOCK_TOLERANCE, ENROLMENT_COLUMNS, enrolment_from
from schedules.outbox.states import MAY_HAVE_BEEN_SEEN, PLANNED
from schedules.timing.local_time import instant_of, local_date_of
from schedules.timing.slots import Timing, next_due

# No next evening is further ahead than this, nor is a text that waits for the daytime.
FURTHEST_AHEAD = timedelta(hours=48)
FURTHEST_REFLECTION = timedelta(days=8)
NEWEST_DECISIONS, BATCH = 200, 200

log = structlog.get_logger(__name__)


def reanchor(engine: Engine, catalogue: Catalogue, keys: InstallationKeys, now: datetime) -> int:
    """Repair everything dated further ahead than possible. Returns how many people were affected."""
    with read_transaction(engine) as connection:
        ids = _affected_enrolments(connection, now)
        other = connection.execute(select(func.count()).where(_too_far_ahead(now))).scalar_one()
    if other:
        with write_transaction(engine) as connection:
            _reset_future_times(connection, now)
    moved = 0
    for first in range(0, len(ids), BATCH):
        with write_transaction(engine) as connection:
            moved += _reanchor_some(connection, ids[first : first + BATCH], catalogue, keys, now)
    if moved:
        log.warning("taken_back_from_a_clock_ahead", people=moved)
    return moved


def _affected_enrolments(connection: Connection, now: datetime) -> list[int]:
    """Return enrollments due too far ahead or never, and those with decisions dated after now.

    Compares in the database: a damaged time is none to the driver.
    """
    later = Decision.decided_at > now + CLOCK_TOLERANCE
    newest = select(Decision.decided_at).order_by(Decision.id.desc()).limit(NEWEST_DECISIONS).subquery()
    latest_later = select(exists().where(newest.c.decided_at > now + CLOCK_TOLERANCE))
    date_later = select(exists().where(Decision.local_on > _latest_date(now)))
    wait = select(Enrolment.id).where(Enrolment.next_due_at > now + FURTHEST_AHEAD)
    forgotten = select(Enrolment.id).where(Enrolment.status == "active", Enrolment.next_due_at.is_(None))
    without_next = connection.execute(forgotten).scalars().all()
    if without_next:
        log.error("no_next_evening", enrolments=without_next)
    found = {*connection.execute(wait).scalars(), *without_next}
    if connection.execute(latest_later).scalar() or connection.execute(date_later).scalar():
        found.update(connection.execute(select(Decision.enrolment_id).where(later).distinct()).scalars())
    return sorted(found)


def _latest_date(now: datetime) -> date:
    """Return the latest date on any calendar in the world."""
    return (now + timedelta(hours=14)).astimezone(UTC).date()


def _too_far_ahead(now: datetime) -> Any:
    """Match unplanned texts due too far ahead, and claims made while the clock was ahead."""
    far = now + FURTHEST_AHEAD
    waits = (OutboxMessage.state == "queued") & (OutboxMessage.due_at > far) & OutboxMessage.kind.not_in(PLANNED)
    # A coach's text may be meant for a later day: only one written while the clock was ahead is due too late.
    waits &= or_(OutboxMessage.kind != "coach", OutboxMessage.created_at > now + CLOCK_TOLERANCE)
    in_hand = OutboxMessage.state.in_(("sending", "unknown"))
    return or_(waits, in_hand & (OutboxMessage.lease_until_at > far), in_hand & (OutboxMessage.doubted_at > far))


def _reset_future_times(connection: Connection, now: datetime) -> None:
    far, at = now + FURTHEST_AHEAD, {"due_at": now, "lease_until_at": now, "doubted_at": now}
    for name, value in at.items():
        column = getattr(OutboxMessage, name)
        connection.execute(update(OutboxMessage).where(_too_far_ahead(now), column > far).values({name: value}))


def _reanchor_some(
    connection: Connection, ids: Sequence[int], catalogue: Catalogue, keys: InstallationKeys, now: datetime
) -> int:
    moved = 0
    for row in load_apart(connection, ids, partial(_load, connection), partial(_set_unread_aside, connection, now)):
        try:
            with connection.begin_nested():
                moved += _reanchor_one(connection, row, enrolment_from(row, catalogue).timing, keys, now)
                clear_set_aside(connection, "planning", [row.id])
        except Exception as error:  # a failure affects only this enrollment
            if is_database_failure(error):
                raise
            set_aside(connection, "planning", row.id, error, now)
    return moved


def _load(connection: Connection, ids: Sequence[int]) -> Sequence[Any]:
    return connection.execute(
        select(Enrolment.id, Enrolment.next_reflection_at, *ENROLMENT_COLUMNS)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .where(Enrolment.id.in_(ids))
        .order_by(Enrolment.id)
        .with_for_update(of=Enrolment)
    ).all()


def _set_unread_aside(connection: Connection, now: datetime, id: int, error: Exception) -> None:
    """Set somebody aside whose times cannot be read, without a next evening: if that is all, it is computed again."""
    nothing = {"next_due_at": None, "next_due_on": None, "next_slot": None}
    connection.execute(update(Enrolment).where(Enrolment.id == id).values(nothing))
    set_aside(connection, "planning", id, error, now)


def _reanchor_one(connection: Connection, row: Any, timing: Timing, keys: InstallationKeys, now: datetime) -> bool:
    today = local_date_of(now, timing.time_zone)
    since = min([today, *_take_back(connection, row.id, today, keys, now)])
    values: dict[str, object] = {}
    if row.status == "active":
        begins = instant_of(since, time(0), timing.time_zone)
        following = next_due(timing, since=begins, decided=_decided_from(connection, row.id, since))
        values |= {"next_due_at": following.at, "next_due_on": following.on, "next_slot": following.slot}
    if row.next_reflection_at and row.next_reflection_at > now + FURTHEST_REFLECTION:
        values["next_reflection_at"] = now + timedelta(days=1)  # it then computes the next Sunday
    if values:
        connection.execute(update(Enrolment).where(Enrolment.id == row.id).values(**values))
    return bool(values.get("next_due_at", row.next_due_at) != row.next_due_at)


@dataclass(frozen=True, slots=True)
class _FutureDecision:
    """A decision dated after now; `left` if its text may have been read."""

    id: int
    slot: str
    local_on: date
    message_id: int | None
    left: bool


def _take_back(
    connection: Connection, enrolment_id: int, today: date, keys: InstallationKeys, now: datetime
) -> list[date]:
    """Undo decisions dated after now. Returns the dates that are open again."""
    rows = connection.execute(
        select(Decision.id, Decision.slot, Decision.local_on, OutboxMessage.id, OutboxMessage.state)
        .outerjoin(OutboxMessage, OutboxMessage.decision_id == Decision.id)
        .where(Decision.enrolment_id == enrolment_id, Decision.decided_at > now + CLOCK_TOLERANCE)
        .order_by(Decision.local_on, Decision.id)
    ).all()
    found = [
        _FutureDecision(id, slot, on, message, state in MAY_HAVE_BEEN_SEEN or slot in ASKED_SLOTS)
        for id, slot, on, message, state in rows
    ]
    gone = [one for one in found if not one.left]
    _forget(connection, gone)
    _redate(connection, enrolment_id, [one for one in found if one.left], today, keys, now)
    return [one.local_on for one in gone]


def _forget(connection: Connection, gone: Sequence[_FutureDecision]) -> None:
    """Delete decisions whose texts were never sent."""
    ids, messages = [one.id for one in gone], [one.message_id for one in gone if one.message_id]
    connection.execute(delete(CheckIn).where(CheckIn.outbox_message_id.in_(messages)))
    connection.execute(update(CheckIn).where(CheckIn.step_decision_id.in_(ids)).values(step_decision_id=None))
    connection.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(messages)))
    connection.execute(delete(Decision).where(Decision.id.in_(ids)))


def _redate(
    connection: Connection,
    enrolment_id: int,
    left: Sequence[_FutureDecision],
    today: date,
    keys: InstallationKeys,
    now: datetime,
) -> None:
    """Move the last sent decision to today at the latest, and earlier ones back by as many days.

    A date that already has a text pushes to the next one, so that nobody is texted twice and no answer is lost.
    """
    here = select(Decision.slot, Decision.local_on).where(Decision.enrolment_id == enrolment_id)
    taken: dict[str, set[date]] = defaultdict(set)
    for slot, on in connection.execute(here):
        taken[slot].add(on)
    too_late = max([timedelta(0), *(one.local_on - today for one in left)])
    for one in left:
        on = one.local_on - too_late
        while on in taken[one.slot] - {one.local_on}:
            on += timedelta(days=1)
        taken[one.slot].add(on)
        # Dated now, or it would be undone again and again.
        connection.execute(update(Decision).where(Decision.id == one.id).values(local_on=on, decided_at=now))
        if one.message_id:
            token = keys.token_of(on, enrolment_id, one.slot)
            moved = update(OutboxMessage).where(OutboxMessage.id == one.message_id, OutboxMessage.local_on != on)
            connection.execute(moved.values(local_on=on, token=token))
            asked = update(CheckIn).where(CheckIn.outbox_message_id == one.message_id)
            connection.execute(asked.values(asked_on=on))


def _decided_from(connection: Connection, enrolment_id: int, since: date) -> frozenset[tuple[date, str]]:
    here = select(Decision.local_on, Decision.slot).where(Decision.enrolment_id == enrolment_id)
    return frozenset((on, slot) for on, slot in connection.execute(here.where(Decision.local_on >= since)))
