"""When a text may arrive. Pure.

Three limits, of which the narrowest applies: the federal 8-21 local (47 CFR 64.1200(c)(1)), the clinic's own table by
weekday (some US states: until 20, or Sunday from 12), and the person's bedtime. Within them the default is 9-20:30; a
person may choose an earlier evening time. Replies to a text just received are exempt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from schedules.timing.local_time import instant_of, local_date_of, parse_wall_time

OUTER_START, OUTER_END = time(8), time(21)
DEFAULT_START, DEFAULT_END = time(9), time(20, 30)
# Someone who chose 20:25 still gets the text at 20:50 after a short outage; the outer limit applies all the same.
AFTER_CHOSEN_TIME = timedelta(hours=1)
# An earlier "bedtime" is one past midnight and does not limit the evening itself.
EVENING_BEGINS = time(17)
# Chosen times are at least this long before the evening closes: a worker that is started every ten minutes must still
# get the text out.
LEAST_ROOM = timedelta(minutes=15)
USUAL_EXAMPLE = time(20, 30)  # in "time 8:30pm"
# Times that nobody chose leave more, for a worker that was down for a moment.
LEAVES_ROOM = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Window:
    """Two UTC instants; a text may be sent at `opens_at <= now < closes_at`."""

    opens_at: datetime
    closes_at: datetime

    def holds(self, now: datetime) -> bool:
        """Return whether `now` is inside."""
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A clinic's permitted wall times: one (start, end) per ISO weekday, Monday first."""

    by_weekday: tuple[tuple[time, time], ...] = ((OUTER_START, OUTER_END),) * 7

    def permitted(self, local_on: date) -> tuple[time, time]:
        """Return the earliest and the latest wall time of a date."""
        return self.by_weekday[local_on.isoweekday() - 1]


def quiet_hours_from(table: Sequence[Mapping[str, Any]] | None) -> QuietHours:
    """Parse a clinic's table `[{"days": [1..7], "start": "08:00", "end": "20:00"}]`; rows can only narrow 8-21.

    Days not named keep the federal limit. Raises ValueError with one clear sentence.
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
    """Return when a text wanted at a wall time may be sent on a date; None if never that day."""
    earliest, latest = rules.permitted(local_on)
    opens = max(wanted_at, earliest)
    closes = min(latest, max(DEFAULT_END, _later(wanted_at, AFTER_CHOSEN_TIME)), _later(opens, time_box))
    closes = min(closes, _before(bedtime))
    if opens >= closes:
        return None
    return Window(instant_of(local_on, opens, zone_name), instant_of(local_on, closes, zone_name))


def _later(wall: time, by: timedelta) -> time:
    """Return a later time of the same evening, never past midnight."""
    later = datetime.combine(date.min, wall) + by
    return later.time() if later.date() == date.min else time.max


def next_daytime(now: datetime, bedtime: time | None, zone_name: str, rules: QuietHours) -> Window | None:
    """Return the window now open, or the next one, for a text without a time of its own (a welcome, a page).

    None if quiet hours and bedtime leave no time on any day.
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
    """Return whether nothing may be sent now, whoever chose what: the outer limit, checked again when sending."""
    window = permitted_today(now, bedtime, zone_name, rules)
    return window is None or not window.holds(now)


def permitted_today(now: datetime, bedtime: time | None, zone_name: str, rules: QuietHours) -> Window | None:
    """Return the outer limit of the local date of an instant; None if nobody may be texted on it."""
    local_on = local_date_of(now, zone_name)
    earliest, latest = rules.permitted(local_on)
    latest = min(latest, _before(bedtime))
    if earliest >= latest:
        return None
    return Window(instant_of(local_on, earliest, zone_name), instant_of(local_on, latest, zone_name))


def time_on(weekday: int, wanted: time, bedtime: time | None, rules: QuietHours) -> time | None:
    """Return when someone is texted on an ISO weekday: earlier if their time is too late, None if never that day.

    This way nobody falls silent whose hours were narrowed after they chose, or who goes to bed soon after their time. A
    time too early waits for the hours to begin.
    """
    earliest, latest = rules.by_weekday[weekday - 1]
    latest = min(latest, _before(bedtime))
    if earliest >= latest:
        return None
    return wanted if wanted <= _last_time(earliest, latest, LEAST_ROOM) else _last_time(earliest, latest, LEAVES_ROOM)


def _last_time(earliest: time, latest: time, room: timedelta) -> time:
    """Return the last time that leaves room before the hours end, if they are long enough for it."""
    return max(earliest, (datetime.combine(date(2000, 1, 2), latest) - room).time())


def latest_evening_time(rules: QuietHours) -> time:
    """Return the latest evening time that a person can have on every day."""
    return min(_last_time(start, end, LEAST_ROOM) for start, end in rules.by_weekday)


def example_time(bedtime: time | None, rules: QuietHours) -> time:
    """Return a time for an example in our texts: the usual one, or the last one that a person can have."""
    if why_not_an_evening_time(USUAL_EXAMPLE, bedtime, rules) is None:
        return USUAL_EXAMPLE
    latest = latest_evening_time(rules)
    return min(latest, (datetime.combine(date(2000, 1, 2), _before(bedtime)) - LEAST_ROOM).time())


def why_not_an_evening_time(evening_at: time, bedtime: time | None, rules: QuietHours) -> str | None:
    """Return one sentence if a person cannot have this evening time, else None."""
    earliest = max(start for start, _ in rules.by_weekday)
    latest = latest_evening_time(rules)
    if not earliest <= evening_at <= latest:
        ends = min(end for _, end in rules.by_weekday)
        why = "is too close to quiet hours" if latest < evening_at < ends else "is in quiet hours"
        return f"{evening_at:%H:%M} {why}: choose a time from {earliest:%H:%M} to {latest:%H:%M}"
    if evening_at >= _before(bedtime):
        return f"{evening_at:%H:%M} is not before the bedtime {bedtime:%H:%M}: choose an earlier evening time"
    return None


def _before(bedtime: time | None) -> time:
    return bedtime if bedtime is not None and bedtime >= EVENING_BEGINS else time.max
