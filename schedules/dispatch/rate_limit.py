"""How fast one sending number may go, and when it must not go at all. Pure.

All workers share one `SenderState` per sender: slots of 1/rate seconds that a claim reserves for its texts, and a
circuit breaker that shuts when the account or the sender is refused, or when the provider is down or asks us to slow
down. Once the pause is over, the sender is first tried with a few texts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schedules.gateway.error_codes import failure_of
from schedules.gateway.protocol import Accepted, NotProcessed, Outcome, Refused, Unknown
from schedules.outbox.outcomes import SETTLING, consequence_of

# Reserve slots no further ahead, so that a crash wastes few and an opt-out is not overtaken.
LOOK_AHEAD = timedelta(seconds=2)
PROBES = 3
SHORTEST_SHUT, LONGEST_SHUT = timedelta(seconds=5), timedelta(minutes=5)
# A time further ahead than this was written by a clock that was set wrong: machines differ by up to two minutes.
CLOCK_TOLERANCE = timedelta(minutes=2)
# Provider down: at least this many texts of a round, and more than half, failed or got no clear answer.
FEWEST_FAILURES = 5
# Shut after this many refusals in a row for a fault of the account or the sender; one may be the provider's slip.
REFUSALS_TO_SHUT = 3
# Reasons that only the operator can fix. `texts_lost`: the provider accepts texts, but all receipts say that they are
# lost for such a fault.
HALTED = ("key_refused", "account_refused", "texts_lost")
KEY_REFUSED_CODE = 20003
# Shut if the provider asks to slow down for more than one text in this many. A single text just waits.
SLOW_DOWN_ONE_IN = 5


@dataclass(frozen=True, slots=True)
class SenderState:
    """The state of one sender: see `schedules.database.tables.work.Sender`."""

    next_free_at: datetime | None = None
    shut_until_at: datetime | None = None
    shut_for: str | None = None
    trips: int = 0
    refusals: int = 0
    refused_code: int | None = None

    def is_shut(self, now: datetime) -> bool:
        """Return whether nothing may be sent now. An instant too far ahead comes from a wrong clock and is ignored."""
        return self.shut_until_at is not None and now < self.shut_until_at <= now + LONGEST_SHUT + CLOCK_TOLERANCE


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to claim up to `limit` texts: the first may be sent at `first_at`, each next one `spacing` later.

    `wait` is set if all near slots are taken: how long to wait before asking again.
    """

    limit: int
    first_at: datetime
    spacing: timedelta = timedelta(0)
    wait: timedelta = timedelta(0)


def grant(sender: SenderState, now: datetime, rate: float, room: int, under_way: int) -> Grant:
    """Return how many texts may be claimed now at `rate` per second (0: no limit), with `room` for all in flight."""
    free = room - under_way
    if sender.trips:
        free = 0 if under_way else min(room, PROBES)
    if sender.is_shut(now) or free <= 0:
        return Grant(0, now)
    if not rate:
        return Grant(free, now)
    spacing = timedelta(seconds=1 / rate)
    furthest = now + LOOK_AHEAD + spacing
    free_at = sender.next_free_at or now
    if free_at > furthest + CLOCK_TOLERANCE:
        free_at = now
    first_at = min(max(now, free_at), furthest)
    if first_at > now + LOOK_AHEAD:
        return Grant(0, first_at, spacing, min(LOOK_AHEAD, first_at - now - LOOK_AHEAD))
    slots = 1 + int((now + LOOK_AHEAD - first_at) / spacing)
    return Grant(min(free, slots), first_at, spacing)


def reserve(sender: SenderState, granted: Grant, claimed: int) -> SenderState:
    """Return the state once `claimed` of the granted slots are taken."""
    return replace(sender, next_free_at=granted.first_at + claimed * granted.spacing) if claimed else sender


def state_after_round(
    sender: SenderState, outcomes: Iterable[Outcome], now: datetime, *, losing: bool = False
) -> SenderState:
    """Return the state after a round of texts: shut, open again, or unchanged.

    `losing`: the latest receipts say that accepted texts are lost, so acceptance proves nothing.
    """
    seen = list(outcomes)
    sender = _count_refusals(sender, seen)
    taken = any(isinstance(one, Accepted) for one in seen)
    shut = (
        _shut_for_refusals(sender, seen, taken=taken, losing=losing)
        or _shut_on_request(seen)
        or _shut_if_down(sender, seen)
    )
    if shut:
        return _shut(sender, shut[0], now, shut[1])
    if taken or any(consequence_of(one) in SETTLING for one in seen):
        return replace(sender, shut_until_at=None, shut_for=None, trips=0)
    return sender


# Why to shut a sender, and for how long at least.
ShutFor = tuple[str, timedelta]


def _shut_for_refusals(sender: SenderState, seen: Sequence[Outcome], *, taken: bool, losing: bool) -> ShutFor | None:
    if sender.refusals >= REFUSALS_TO_SHUT and not taken and any(consequence_of(one) == "shut" for one in seen):
        return ("key_refused" if sender.refused_code == KEY_REFUSED_CODE else "account_refused"), SHORTEST_SHUT
    return ("texts_lost", SHORTEST_SHUT) if losing and taken and sender.shut_for == "texts_lost" else None


def _shut_on_request(seen: Sequence[Outcome]) -> ShutFor | None:
    asked = [one.retry_after or 0 for one in seen if isinstance(one, NotProcessed) and one.slow_down]
    if len(asked) * SLOW_DOWN_ONE_IN <= len(seen):
        return None
    longest = min(max(asked), LONGEST_SHUT.total_seconds())
    return "slow_down", timedelta(seconds=max(longest, 1))


def _shut_if_down(sender: SenderState, seen: Sequence[Outcome]) -> ShutFor | None:
    failed = sum(1 for one in seen if isinstance(one, NotProcessed | Unknown))
    many = failed * 2 > len(seen) and (failed >= FEWEST_FAILURES or sender.trips)
    return ("provider_down", SHORTEST_SHUT) if many else None


def _count_refusals(sender: SenderState, seen: Iterable[Outcome]) -> SenderState:
    """Count consecutive refusals for a fault of the account or the sender. One accepted text resets them."""
    for one in seen:
        if isinstance(one, Accepted):
            sender = replace(sender, refusals=0, refused_code=None)
        elif isinstance(one, Refused) and consequence_of(one) == "shut":
            sender = replace(sender, refusals=sender.refusals + 1, refused_code=one.code)
    return sender


def state_after_loss(sender: SenderState, code: int, now: datetime) -> SenderState:
    """Return the state once all of the latest receipts report texts lost for a fault of the account or the sender."""
    return _shut(replace(sender, refused_code=code), "texts_lost", now, SHORTEST_SHUT)


def is_halted(sender: SenderState, now: datetime) -> bool:
    """Return whether nothing is sent until the operator has fixed something."""
    return sender.is_shut(now) and sender.shut_for in HALTED


def describe_shut(sender: SenderState) -> str:
    """Describe to the operator why a sender is shut, and what to do."""
    if sender.shut_for in HALTED and sender.refused_code is not None:
        failure = failure_of(sender.refused_code)
        return f"{failure.words} {failure.to_do} (code {failure.code})"
    return SHUT_EXPLANATIONS.get(sender.shut_for or "", "")


SHUT_EXPLANATIONS: Mapping[str, str] = {
    "provider_down": "Twilio does not answer, or something before it does. Nothing to do here: it is tried again.",
    "slow_down": "Twilio asked us to slow down. If it stays so, lower SMS_PER_SECOND.",
}


def _shut(sender: SenderState, why: str, now: datetime, least: timedelta) -> SenderState:
    """Shut the sender, for longer each time in a row. The same finding by a second worker is the same trip."""
    if sender.is_shut(now) and sender.shut_for == why:
        return replace(sender, shut_until_at=max(sender.shut_until_at or now, now + least))
    lasts = max(least, min(LONGEST_SHUT, SHORTEST_SHUT * (1 << min(sender.trips, 10))))
    if why == "slow_down":
        lasts = least
    return replace(sender, shut_until_at=now + lasts, shut_for=why, trips=sender.trips + 1)
