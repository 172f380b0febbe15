"""When a person's slots happen: their wall times, their instants, and the next one due. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from content.catalogue import Catalogue, Programme, Slot
from schedules.timing.local_time import instant_of, local_date_of, local_time_of
from schedules.timing.quiet_hours import (
    DEFAULT_END,
    EVENING_BEGINS,
    LEAVES_ROOM,
    QuietHours,
    Window,
    quiet_hours_from,
    send_window,
    time_on,
)

Decided = Collection[tuple[date, str]]  # the slots of an enrolment's last decided date: (local date, slot)


@dataclass(frozen=True, slots=True)
class Timing:
    """Everything that determines when a person's slots happen."""

    programme: Programme
    time_zone: str
    evening_at: time
    bedtime_at: time | None
    quiet: QuietHours


@dataclass(frozen=True, slots=True)
class NextDue:
    """A decision point: a slot on a local date, and its instant."""

    at: datetime
    on: date
    slot: str


def timing_of(row: Any, catalogue: Catalogue, quiet: QuietHours | None = None) -> Timing:
    """Build the timing from a row of an enrollment, its participant and its clinic.

    If `quiet` is given the row needs no `quiet_hours`: batch jobs parse those once per clinic.
    """
    hours = quiet_hours_from(row.quiet_hours) if quiet is None else quiet
    return Timing(catalogue.programmes[row.programme], row.time_zone, row.evening_at, row.bedtime_at, hours)


def asks_in_the_morning(timing: Timing, slot: str) -> bool:
    """Return whether a slot asks before the day has been lived: a step for that day cannot have been done yet."""
    return any(one.id == slot and not one.sends_step for one in timing.programme.slots)


def slot_time(slot: Slot, timing: Timing) -> time:
    """Return a slot's wall time for a person: relative to bedtime, their evening time, or the slot's default."""
    if slot.anchor == "bedtime" and timing.bedtime_at is not None:
        return _from_bedtime(timing.bedtime_at, slot.offset_minutes, timing.quiet)
    own = timing.evening_at if slot.sends_step or slot.default_time is None else slot.default_time
    return own if slot.anchor == "bedtime" else _shifted(own, timedelta(minutes=slot.offset_minutes)).time()


def _time_on(slot: Slot, local_on: date, timing: Timing) -> time:
    """Return a slot's wall time within the hours of a date; if there are none, the wanted time."""
    wanted = slot_time(slot, timing)
    return time_on(local_on.isoweekday(), wanted, timing.bedtime_at, timing.quiet) or wanted


def _from_bedtime(bedtime: time, offset_minutes: int, quiet: QuietHours) -> time:
    """Return a time before bedtime while the evening is open, or after it the next morning.

    A bedtime past midnight counts as late.
    """
    wanted = _shifted(bedtime, timedelta(days=bedtime < EVENING_BEGINS, minutes=offset_minutes))
    if offset_minutes >= 0:
        return wanted.time()
    closes = min(DEFAULT_END, *(_shifted(end, -LEAVES_ROOM).time() for _, end in quiet.by_weekday))
    return min(wanted, _shifted(closes, timedelta(0))).time()


def _shifted(wall: time, by: timedelta) -> datetime:
    return datetime.combine(date(2000, 1, 2), wall) + by


def slot_window(slot: Slot, due: NextDue, timing: Timing) -> Window | None:
    """Return when the text of a decision point may be sent; None if never that day.

    For someone who moved their time to an hour already past, the window counts from the old time.
    """
    wanted = _time_on(slot, due.on, timing)
    if due.at > instant_of_slot(slot, due.on, timing):
        if local_date_of(due.at, timing.time_zone) != due.on:
            return None  # moved to a zone where that date is over
        wanted = local_time_of(due.at, timing.time_zone)
    box = timedelta(minutes=slot.time_box_minutes)
    return send_window(due.on, wanted, box, timing.bedtime_at, timing.time_zone, timing.quiet)


def instant_of_slot(slot: Slot, local_on: date, timing: Timing) -> datetime:
    """Return the instant of a slot on a date."""
    return instant_of(local_on, _time_on(slot, local_on, timing), timing.time_zone)


def next_due(timing: Timing, *, since: datetime, decided: Decided) -> NextDue:
    """Return the first decision point from an instant on that is neither decided nor before the last decided date."""
    day = max([local_date_of(since, timing.time_zone) - timedelta(days=1), *(on for on, _ in decided)])
    while True:
        points = [NextDue(instant_of_slot(slot, day, timing), day, slot.id) for slot in timing.programme.slots]
        coming = [point for point in points if point.at >= since and (point.on, point.slot) not in decided]
        if coming:
            return min(coming, key=lambda point: point.at)
        day += timedelta(days=1)
