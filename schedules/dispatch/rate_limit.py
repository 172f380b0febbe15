"""How fast one sending number may go, and when it must not go at all. Pure.

All workers share one `Line` a sender: slots of 1/rate seconds that a claim reserves for its texts, and a breaker that
shuts when the account or the sender is refused, or the provider is down or asks for time. After that the line is tried
with a few texts first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schedules.gateway.error_codes import failure_of
from schedules.gateway.protocol import Accepted, NotProcessed, Outcome, Refused, Unknown
from schedules.outbox.outcomes import SETTLES, then

# Slots are reserved no further ahead than this, so that a death wastes few and an opt-out is not overtaken.
LOOK_AHEAD = timedelta(seconds=2)
PROBES = 3
SHORTEST_SHUT, LONGEST_SHUT = timedelta(seconds=5), timedelta(minutes=5)
LONGEST_ASKED_FOR = timedelta(hours=1)
# Down: at least so many of the texts of one round met no provider, or an answer that says nothing, and more than half.
FEWEST_FAILURES = 5
# Refused for a fault of the account or the sender: so many texts in a row. One alone may be a slip of the provider's.
IN_A_ROW = 3
# What a line is shut for that only the operator can mend. `texts_lost`: the provider takes the texts, and its receipts
# say that all are lost for such a fault.
HALTED = ("key_refused", "account_refused", "texts_lost")
KEY = 20003
# Too fast: more than one text in so many was asked to come later. A single one waits by itself.
MANY_ASKED = 5


@dataclass(frozen=True, slots=True)
class Line:
    """The state of one sender: see `schedules.database.tables.work.Sender`."""

    next_free_at: datetime | None = None
    shut_until_at: datetime | None = None
    shut_for: str | None = None
    trips: int = 0
    refusals: int = 0
    refused_code: int | None = None

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


def after(line: Line, outcomes: Iterable[Outcome], now: datetime, *, losing: bool = False) -> Line:
    """The line after a round of texts: shut, open again, or as it was.

    `losing`: the latest receipts say that what is taken is lost, so that to be taken proves nothing.
    """
    seen = list(outcomes)
    line = _refused(line, seen)
    taken = any(isinstance(one, Accepted) for one in seen)
    shut = _refused_for(line, seen, taken=taken, losing=losing) or _asked_for(seen) or _down(line, seen)
    if shut:
        return _shut(line, shut[0], now, shut[1])
    if taken or any(then(one) in SETTLES for one in seen):
        return replace(line, shut_until_at=None, shut_for=None, trips=0)
    return line


# Why to shut a line, and for how long at least.
Shut = tuple[str, timedelta]


def _refused_for(line: Line, seen: Sequence[Outcome], *, taken: bool, losing: bool) -> Shut | None:
    if line.refusals >= IN_A_ROW and not taken and any(then(one) == "shut" for one in seen):
        return ("key_refused" if line.refused_code == KEY else "account_refused"), SHORTEST_SHUT
    return ("texts_lost", SHORTEST_SHUT) if losing and taken and line.shut_for == "texts_lost" else None


def _asked_for(seen: Sequence[Outcome]) -> Shut | None:
    asked = [one.retry_after or 0 for one in seen if isinstance(one, NotProcessed) and one.slow_down]
    if len(asked) * MANY_ASKED <= len(seen):
        return None
    longest = min(max(asked), LONGEST_ASKED_FOR.total_seconds())
    return "slow_down", timedelta(seconds=max(longest, 1))


def _down(line: Line, seen: Sequence[Outcome]) -> Shut | None:
    failed = sum(1 for one in seen if isinstance(one, NotProcessed | Unknown))
    many = failed * 2 > len(seen) and (failed >= FEWEST_FAILURES or line.trips)
    return ("provider_down", SHORTEST_SHUT) if many else None


def _refused(line: Line, seen: Iterable[Outcome]) -> Line:
    """The line with the refusals in a row that were the account's or the sender's. One text that is taken ends them."""
    for one in seen:
        if isinstance(one, Accepted):
            line = replace(line, refusals=0, refused_code=None)
        elif isinstance(one, Refused) and then(one) == "shut":
            line = replace(line, refusals=line.refusals + 1, refused_code=one.code)
    return line


def after_loss(line: Line, code: int, now: datetime) -> Line:
    """The line once the latest receipts all say that texts are lost for a fault of the account or the sender."""
    return _shut(replace(line, refused_code=code), "texts_lost", now, SHORTEST_SHUT)


def is_halted(line: Line, now: datetime) -> bool:
    """Whether nothing leaves until the operator has mended something."""
    return line.is_shut(now) and line.shut_for in HALTED


def told_of(line: Line) -> str:
    """What the operator is told of a line that is shut, and what to do: plain words."""
    if line.shut_for in HALTED and line.refused_code is not None:
        failure = failure_of(line.refused_code)
        return f"{failure.words} {failure.to_do} (code {failure.code})"
    return WORDS.get(line.shut_for or "", "")


WORDS: Mapping[str, str] = {
    "provider_down": "Twilio does not answer, or something before it does. Nothing to do here: it is tried again.",
    "slow_down": "Twilio asked us to slow down. If it stays so, lower SMS_PER_SECOND.",
}


def _shut(line: Line, why: str, now: datetime, least: timedelta) -> Line:
    """Shut for longer each time in a row. What a second worker hears in the same round is the same trip."""
    if line.is_shut(now) and line.shut_for == why:
        return replace(line, shut_until_at=max(line.shut_until_at or now, now + least))
    lasts = max(least, min(LONGEST_SHUT, SHORTEST_SHUT * (1 << min(line.trips, 10))))
    if why == "slow_down":
        lasts = least
    return replace(line, shut_until_at=now + lasts, shut_for=why, trips=line.trips + 1)
