"""Move participants whose evening time falls outside a clinic's new texting hours.

The new hours apply as soon as they are stored (`schedules.timing.quiet_hours.time_on`). Moving the stored times makes
pages and texts show the actual time, and lets tonight's text be sent within the hours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Engine, select

from coach.accounts.clinic_settings import DAYS
from content.catalogue import Catalogue
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, Participant
from schedules.enrolment.lifecycle import (
    ENROLMENT_COLUMNS,
    EnrolmentFacts,
    change_timing,
    enrolment_from,
    load_enrolment,
)
from schedules.timing.quiet_hours import QuietHours, time_on
from schedules.timing.slots import instant_of_slot

BATCH = 50  # people per transaction, to keep write transactions short


@dataclass(frozen=True, slots=True)
class Outside:
    """Someone whose time is outside the hours on some days. `moves_to` is their new time; None if none fits."""

    participant_id: int
    evening_at: time
    moves_to: time | None
    days: tuple[str, ...]

    @property
    def words(self) -> str:
        """Their new time, in words."""
        if self.moves_to is None:
            return "no time is left before their bedtime"
        if self.moves_to != self.evening_at:
            return f"{self.moves_to:%H:%M}"
        return f"sooner on {', '.join(self.days)}"


def find_outside(connection: Connection, clinic_id: int, quiet: QuietHours, catalogue: Catalogue) -> list[Outside]:
    """Find everyone in a clinic whose time is outside the hours on some day."""
    people = (_outside(one, quiet) for one in _people(connection, clinic_id, catalogue))
    return [one for one in people if one is not None]


def _people(connection: Connection, clinic_id: int, catalogue: Catalogue) -> Iterator[EnrolmentFacts]:
    rows: Sequence[Any] = connection.execute(
        select(*ENROLMENT_COLUMNS)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .where(Participant.clinic_id == clinic_id, Enrolment.status.in_(("invited", "active")))
        .order_by(Participant.id)
    ).all()
    return (enrolment_from(row, catalogue) for row in rows if row.programme in catalogue.programmes)


def _outside(one: EnrolmentFacts, quiet: QuietHours) -> Outside | None:
    at, bedtime = one.timing.evening_at, one.timing.bedtime_at
    by_day = {day: time_on(number, at, bedtime, quiet) for number, day in enumerate(DAYS, start=1)}
    days = tuple(day for day, moved in by_day.items() if moved != at)
    if not days:
        return None
    allowed = [moved for moved in by_day.values() if moved is not None]
    return Outside(one.participant_id, at, max(allowed, default=None), days)


def move_inside(engine: Engine, clinic_id: int, catalogue: Catalogue, now: datetime) -> int:
    """Move times and next evenings into a clinic's new hours. Returns how many participants moved.

    No text announces it, because it may be night where they are. Nobody misses texts if the run is interrupted.
    """
    with write_transaction(engine) as connection:
        meant = [one.participant_id for one in _people(connection, clinic_id, catalogue) if _is_moved(one)]
    for first in range(0, len(meant), BATCH):
        with write_transaction(engine) as connection:
            for participant_id in meant[first : first + BATCH]:
                enrolment = load_enrolment(connection, participant_id, catalogue)
                outside = _outside(enrolment, enrolment.timing.quiet)
                moves_to = outside.moves_to if outside else None
                timing = replace(enrolment.timing, evening_at=moves_to or enrolment.timing.evening_at)
                change_timing(connection, enrolment, timing, now)
    return len(meant)


def _is_moved(one: EnrolmentFacts) -> bool:
    """Whether a person's time is outside the hours, or their next evening was computed with the old ones."""
    if _outside(one, one.timing.quiet) is not None:
        return True
    due, slots = one.due, one.timing.programme.slots
    return due is not None and any(
        slot.id == due.slot and instant_of_slot(slot, due.on, one.timing) != due.at for slot in slots
    )
