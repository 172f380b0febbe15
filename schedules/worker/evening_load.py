"""Gathers what is due in the coming day for `schedules.worker.forecast`. Decides nothing."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, func, select

from content.catalogue import Catalogue
from schedules.database.engine import read_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, Participant
from schedules.timing.quiet_hours import QuietHours, Window, quiet_hours_from
from schedules.timing.slots import NextDue, slot_window, timing_of
from schedules.worker.forecast import Backlog, DueGroup, worst_backlog
from schedules.worker.periodic import PeriodicRunner

HORIZON = timedelta(hours=24)

log = structlog.get_logger(__name__)


def coming_backlog(connection: Connection, catalogue: Catalogue, now: datetime, rate: float) -> Backlog | None:
    """Return the coming day's worst backlog at `rate` texts per second over all clinics; None without a rate."""
    return worst_backlog(_groups(connection, catalogue, now), rate) if rate else None


def warn_of_backlog(periods: PeriodicRunner, catalogue: Catalogue, rate: float) -> int:
    """Once an hour, across all workers, log which texts will be late while something can still be done about it."""
    return periods.run("forecast", f"{periods.now():%Y-%m-%dT%H}", _warnings(periods, catalogue, rate)) if rate else 0


def _warnings(periods: PeriodicRunner, catalogue: Catalogue, rate: float) -> Iterator[int]:
    with read_transaction(periods.engine) as connection:
        backlog = coming_backlog(connection, catalogue, periods.now(), rate)
    if backlog and backlog.too_late:
        log.warning("texts_will_be_too_late", told=backlog.words(rate), starts_at=backlog.starts_at.isoformat())
    yield int(backlog is not None and backlog.too_late > 0)


def _groups(connection: Connection, catalogue: Catalogue, now: datetime) -> list[DueGroup]:
    timing = (
        *(Enrolment.next_due_at, Enrolment.next_due_on, Enrolment.next_slot, Enrolment.programme),
        *(Enrolment.evening_at, Enrolment.bedtime_at, Participant.time_zone, Participant.clinic_id),
    )
    rows = connection.execute(
        select(*timing, func.count().label("texts"))
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Enrolment.next_due_at > now, Enrolment.next_due_at <= now + HORIZON)
        .group_by(*timing)
    )
    quiet = {row.id: row.quiet_hours for row in connection.execute(select(Clinic.id, Clinic.quiet_hours))}
    found: Counter[tuple[datetime, datetime]] = Counter()
    for row in rows:
        try:
            window = _window(row, catalogue, quiet_hours_from(quiet[row.clinic_id]))
        except (LookupError, ValueError, AttributeError, TypeError):
            continue  # the planner will set this one aside
        if window is not None:
            found[max(row.next_due_at, window.opens_at), window.closes_at] += row.texts
    return [DueGroup(due_at, closes_at, texts) for (due_at, closes_at), texts in found.items()]


def _window(row: Any, catalogue: Catalogue, quiet: QuietHours) -> Window | None:
    timing = timing_of(row, catalogue, quiet)
    slot = {slot.id: slot for slot in timing.programme.slots}[row.next_slot]
    return slot_window(slot, NextDue(row.next_due_at, row.next_due_on, row.next_slot), timing)
