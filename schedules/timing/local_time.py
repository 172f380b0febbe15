"""Wall times in IANA zones, and the instants they fall on. Pure: `now` is always an argument.

A wall time happens exactly once on every local date: one that is skipped by a clock change happens at the first instant
after the gap, and one that is repeated happens the first time. Instants are aware datetimes in UTC.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

NOON = time(12)
WEDNESDAY, SUNDAY = 3, 7  # ISO weekdays


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return every zone name a participant may have: IANA names without POSIX and machine-local variants."""
    return frozenset(
        name for name in available_timezones() if not name.startswith(("posix/", "right/")) and name != "localtime"
    )


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. Raises ValueError with one clear sentence for anything else."""
    try:
        if name in zone_names():
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise ValueError(f"'{name}' is not a time zone: use an IANA name such as America/New_York")


@lru_cache(maxsize=200_000)
def instant_of(local_on: date, local_at: time, zone_name: str) -> datetime:
    """Return the UTC instant at which a wall time happens on a local date."""
    tz = zone(zone_name)
    wall = datetime.combine(local_on, local_at)
    instant = wall.replace(tzinfo=tz).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) == wall:
        return instant
    return _end_of_gap(wall, tz)


def _end_of_gap(wall: datetime, tz: ZoneInfo) -> datetime:
    """Return the first instant after the gap that skips `wall`, to the second.

    Inside a gap, fold=1 applies the offset after the change and lands before it; fold=0 lands after.
    """
    before = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    offset_before = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(tz).utcoffset() == offset_before:
            before = middle
        else:
            after = middle
    return after


def local_date_of(instant: datetime, zone_name: str) -> date:
    """Return the local calendar date at an instant."""
    return instant.astimezone(zone(zone_name)).date()


def local_time_of(instant: datetime, zone_name: str) -> time:
    """Return the local wall time at an instant."""
    return instant.astimezone(zone(zone_name)).time()


def next_occurrence(after: datetime, local_at: time, zone_name: str) -> tuple[date, datetime]:
    """Return the first local date, and its instant, at which a wall time happens strictly after an instant."""
    local_on = local_date_of(after, zone_name) - timedelta(days=1)
    while instant_of(local_on, local_at, zone_name) <= after:
        local_on += timedelta(days=1)
    return local_on, instant_of(local_on, local_at, zone_name)


def night_of(instant: datetime, zone_name: str) -> date:
    """Return the night an instant belongs to, by the date of its evening; noon is the cutoff."""
    local = instant.astimezone(zone(zone_name))
    return local.date() if local.time() >= NOON else local.date() - timedelta(days=1)


def parse_wall_time(text: str) -> time:
    """Parse `HH:MM` on the 24-hour clock. Raises ValueError with one clear sentence."""
    hours, colon, minutes = text.strip().partition(":")
    well_formed = colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and len(hours) <= 2
    if well_formed and int(hours) < 24 and int(minutes) < 60:
        return time(int(hours), int(minutes))
    raise ValueError(f"'{text}' is not a time: write HH:MM on the 24-hour clock, such as 20:30")


def iso_week_of(day: date) -> str:
    """Return the ISO week of a date, as `2026-W47`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def dates_of_week(week: str) -> tuple[date, date]:
    """Return Monday and Sunday of an ISO week such as `2026-W47`. Raises ValueError with one clear sentence."""
    try:
        year, _, number = week.partition("-W")
        if not (year.isdecimal() and number.isdecimal() and len(year) == 4 and len(number) == 2):
            raise ValueError
        monday = date.fromisocalendar(int(year), int(number), 1)
        return monday, monday + timedelta(days=6)
    except (ValueError, OverflowError):
        raise ValueError(f"'{week}' is not a week: write it as 2026-W47") from None


def next_weekday(weekday: int, first: date) -> date:
    """Return the first date from `first` on with this ISO weekday."""
    return first + timedelta(days=(weekday - first.isoweekday()) % 7)
