"""Every zone's changes of offset from 2020 to 2035, found by looking, not by asking the code under test."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schedules.timing.local_time import zone_names

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
# No zone has gone there and back within this time.
STEP = timedelta(days=5)


@dataclass(frozen=True)
class Change:
    """The first instant with the new offset."""

    at: datetime
    before: timedelta
    after: timedelta


def offset(tz: ZoneInfo, instant: datetime) -> timedelta:
    found = instant.astimezone(tz).utcoffset()
    assert found is not None
    return found


def changes_of(name: str) -> tuple[Change, ...]:
    tz, found, here = ZoneInfo(name), [], FIRST
    before = offset(tz, here)
    while here < LAST:
        there = here + STEP
        after = offset(tz, there)
        if after != before:
            found.append(Change(_first_with(tz, after, here, there), before, after))
        here, before = there, after
    return tuple(found)


def _first_with(tz: ZoneInfo, wanted: timedelta, low: datetime, high: datetime) -> datetime:
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (low, middle) if offset(tz, middle) == wanted else (middle, high)
    return high


@lru_cache(maxsize=1)
def zones_by_behaviour() -> dict[tuple[timedelta, tuple[Change, ...]], list[str]]:
    """Zone names that show the same clock all the time, together."""
    found: dict[tuple[timedelta, tuple[Change, ...]], list[str]] = {}
    for name in sorted(zone_names()):
        found.setdefault((offset(ZoneInfo(name), FIRST), changes_of(name)), []).append(name)
    return found
