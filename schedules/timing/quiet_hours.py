"""When a text may arrive. Pure.

Three bounds, the narrowest wins: the federal 8-21 local (47 CFR 64.1200(c)(1)), the clinic's own table by weekday
(some US states: until 20, or Sunday from 12), and the person's bedtime. Within them the default is 9-20:30; a person
may choose a later evening time themselves, up to the outer bound. Answers to a text just received are exempt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from schedules.timing.local_time import instant_of, local_date_of, parse_wall_time

OUTER_START, OUTER_END = time(8), time(21)
DEFAULT_START, DEFAULT_END = time(9), time(20, 30)
# A person who chose 20:25 still hears at 20:50 after a short outage; the outer bound holds all the same.
AFTER_CHOSEN_TIME = timedelta(hours=1)
# A "bedtime" after this is an evening one; before it, it is past midnight and binds nothing on the evening itself.
EVENING_BEGINS = time(17)
# A time that nobody chose is at least this much before the evening closes.
LEAVES_ROOM = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Window:
    """Two UTC instants; a text may be handed over at `opens_at <= now < closes_at`."""

    opens_at: datetime
    closes_at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether `now` is inside."""
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The permitted wall times of a clinic: one (start, end) per ISO weekday, Monday first."""

    by_weekday: tuple[tuple[time, time], ...] = ((OUTER_START, OUTER_END),) * 7

    def permitted(self, local_on: date) -> tuple[time, time]:
        """The earliest and the latest wall time of a date."""
        return self.by_weekday[local_on.isoweekday() - 1]


def quiet_hours_from(table: Sequence[Mapping[str, Any]] | None) -> QuietHours:
    """Read a clinic's table `[{"days": [1..7], "start": "08:00", "end": "20:00"}]`; every row can only narrow 8-21.

    Days not named keep the federal bound. Raises ValueError with one clear sentence.
    """
    bounds = [(OUTER_START, OUTER_END)] * 7
    for row in table or ():
        if not {"days", "start", "end"} <= row.keys() or not set(row["days"]) <= set(range(1, 8)):
            raise ValueError("quiet hours: each row needs days (1 Monday to 7 Sunday), start and end")
        start, end = parse_wall_time(row["start"]), parse_wall_time(row["end"])
        if start >= end:
            raise ValueError(f"quiet hours: {row['start']} is not before {row['end']}")
        for day in row["days"]:
            earliest, latest = bounds[day - 1]
            bounds[day - 1] = (max(earliest, start), min(latest, end))
    return QuietHours(tuple(bounds))


def send_window(
    local_on: date, wanted_at: time, time_box: timedelta, bedtime: time | None, zone_name: str, rules: QuietHours
) -> Window | None:
    """When a text wanted at a wall time may be handed over on a date; None if never that day."""
    earliest, latest = rules.permitted(local_on)
    opens = max(wanted_at, earliest)
    closes = min(latest, max(DEFAULT_END, _later(wanted_at, AFTER_CHOSEN_TIME)), _later(opens, time_box))
    closes = min(closes, _before(bedtime))
    if opens >= closes:
        return None
    return Window(instant_of(local_on, opens, zone_name), instant_of(local_on, closes, zone_name))


def _later(wall: time, by: timedelta) -> time:
    """The same evening, never past midnight."""
    later = datetime.combine(date.min, wall) + by
    return later.time() if later.date() == date.min else time.max


def next_daytime(now: datetime, bedtime: time | None, zone_name: str, rules: QuietHours) -> Window | None:
    """The window now open, or the next one to open, for a text that has no time of its own (a welcome, a page).

    None if the quiet hours and the bedtime leave no time on any day.
    """
    local_on = local_date_of(now, zone_name)
    for ahead in range(15):
        earliest, latest = rules.permitted(local_on + timedelta(days=ahead))
        opens, closes = max(DEFAULT_START, earliest), min(DEFAULT_END, latest, _before(bedtime))
        if opens < closes:
            day = local_on + timedelta(days=ahead)
            window = Window(instant_of(day, opens, zone_name), instant_of(day, closes, zone_name))
            if now < window.closes_at:
                return window
    return None


def is_quiet(now: datetime, bedtime: time | None, zone_name: str, rules: QuietHours) -> bool:
    """Whether nothing may be sent at this instant, whoever chose what: the outer bound, checked again when sending."""
    window = permitted_today(now, bedtime, zone_name, rules)
    return window is None or not window.holds(now)


def permitted_today(now: datetime, bedtime: time | None, zone_name: str, rules: QuietHours) -> Window | None:
    """The outer bound of the local date of an instant; None if nobody may be texted on it."""
    local_on = local_date_of(now, zone_name)
    earliest, latest = rules.permitted(local_on)
    latest = min(latest, _before(bedtime))
    if earliest >= latest:
        return None
    return Window(instant_of(local_on, earliest, zone_name), instant_of(local_on, latest, zone_name))


def time_on(weekday: int, wanted: time, bedtime: time | None, rules: QuietHours) -> time | None:
    """When someone who wants a time is texted on an ISO weekday: sooner, where it is too late; None if never that day.

    So nobody falls silent whose hours were narrowed after they chose. A time too early simply waits for them to begin.
    """
    earliest, latest = rules.by_weekday[weekday - 1]
    latest = min(latest, _before(bedtime))
    if earliest >= latest:
        return None
    if wanted < latest:
        return wanted
    return max(earliest, (datetime.combine(date(2000, 1, 2), latest) - LEAVES_ROOM).time())


def why_not_an_evening_time(evening_at: time, bedtime: time | None, rules: QuietHours) -> str | None:
    """One sentence if a person cannot have this evening time, else None."""
    earliest = max(start for start, _ in rules.by_weekday)
    latest = min(end for _, end in rules.by_weekday)
    if not earliest <= evening_at < latest:
        return f"{evening_at:%H:%M} is in quiet hours: choose a time from {earliest:%H:%M} until before {latest:%H:%M}"
    if evening_at >= _before(bedtime):
        return f"{evening_at:%H:%M} is not before the bedtime {bedtime:%H:%M}: choose an earlier evening time"
    return None


def _before(bedtime: time | None) -> time:
    return bedtime if bedtime is not None and bedtime >= EVENING_BEGINS else time.max
