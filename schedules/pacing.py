"""How fast one sending number may go, and when it must not go at all. Pure.

All workers share one `Line` a sender: slots of 1/rate seconds that a claim reserves for its texts, and a breaker that
shuts when the provider refuses the key, is down, or asks for time. After that the line is tried with a few texts first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schedules.delivery import error_code
from schedules.gateway import NotProcessed, Outcome, Refused, Unknown

# Slots are reserved no further ahead than this, so that a death wastes few and an opt-out is not overtaken.
LOOK_AHEAD = timedelta(seconds=2)
PROBES = 3
SHORTEST_SHUT, LONGEST_SHUT = timedelta(seconds=5), timedelta(minutes=5)
LONGEST_ASKED_FOR = timedelta(hours=1)
# Down: at least so many of the texts of one round met no provider, or an answer that says nothing, and more than half.
FEWEST_FAILURES = 5
# Too fast: more than one text in so many was asked to come later. A single one waits by itself.
MANY_ASKED = 5


@dataclass(frozen=True, slots=True)
class Line:
    """The state of one sender: see `schedules.models_of_work.Sender`."""

    next_free_at: datetime | None = None
    shut_until_at: datetime | None = None
    shut_for: str | None = None
    trips: int = 0

    def is_shut(self, now: datetime) -> bool:
        """Whether nothing may leave now. An instant further ahead than any shutting lasts is a clock that was wrong."""
        return self.shut_until_at is not None and now < self.shut_until_at <= now + LONGEST_ASKED_FOR


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to claim up to `limit` texts: the first may go at `first_at`, each next one `spacing` later.

    `wait` is set when every slot near is taken: how long to wait before asking again.
    """

    limit: int
    first_at: datetime
    spacing: timedelta = timedelta(0)
    wait: timedelta = timedelta(0)


def grant(line: Line, now: datetime, rate: float, room: int, under_way: int) -> Grant:
    """How many texts may be claimed now at `rate` a second (0: no limit), if `room` is for all in hand together."""
    free = room - under_way
    if line.trips:
        free = 0 if under_way else min(room, PROBES)
    if line.is_shut(now) or free <= 0:
        return Grant(0, now)
    if not rate:
        return Grant(free, now)
    spacing = timedelta(seconds=1 / rate)
    first_at = min(max(now, line.next_free_at or now), now + LOOK_AHEAD + spacing)
    if first_at > now + LOOK_AHEAD:
        return Grant(0, first_at, spacing, min(LOOK_AHEAD, first_at - now - LOOK_AHEAD))
    slots = 1 + int((now + LOOK_AHEAD - first_at) / spacing)
    return Grant(min(free, slots), first_at, spacing)


def reserved(line: Line, granted: Grant, claimed: int) -> Line:
    """The line once `claimed` of the granted slots are taken."""
    return replace(line, next_free_at=granted.first_at + claimed * granted.spacing) if claimed else line


def after(line: Line, outcomes: Iterable[Outcome], now: datetime) -> Line:
    """The line after a round of texts: shut, open again, or as it was."""
    seen = list(outcomes)
    if not seen:
        return line
    if any(isinstance(one, Refused) and error_code(one.code).treat_as == "halt" for one in seen):
        return _shut(line, "key_refused", now)
    asked_for = [one.retry_after or 0 for one in seen if isinstance(one, NotProcessed) and one.slow_down]
    if len(asked_for) * MANY_ASKED > len(seen):
        least = timedelta(seconds=min(max(asked_for), LONGEST_ASKED_FOR.total_seconds()))
        return _shut(line, "slow_down", now, max(least, timedelta(seconds=1)))
    failed = sum(1 for one in seen if isinstance(one, NotProcessed | Unknown))
    if failed * 2 > len(seen) and (failed >= FEWEST_FAILURES or line.trips):
        return _shut(line, "provider_down", now)
    return line if failed == len(seen) else replace(line, shut_until_at=None, shut_for=None, trips=0)


def _shut(line: Line, why: str, now: datetime, least: timedelta = SHORTEST_SHUT) -> Line:
    """Shut for longer each time in a row. What a second worker hears in the same round is the same trip."""
    if line.is_shut(now) and line.shut_for == why:
        return replace(line, shut_until_at=max(line.shut_until_at or now, now + least))
    lasts = max(least, min(LONGEST_SHUT, SHORTEST_SHUT * (1 << min(line.trips, 10))))
    if why == "slow_down":
        lasts = least
    return replace(line, shut_until_at=now + lasts, shut_for=why, trips=line.trips + 1)
