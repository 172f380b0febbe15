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

# Slots are reserved no further ahead than this, so that a death wastes few and an opt-out is not overtaken.
LOOK_AHEAD = timedelta(seconds=2)
PROBES = 3
SHORTEST_SHUT, LONGEST_SHUT = timedelta(seconds=5), timedelta(minutes=5)
LONGEST_ASKED_FOR = timedelta(hours=1)
# Down: at least so many of the texts of one round met no provider, or an answer that says nothing, and more than half.
FEWEST_FAILURES = 5
# Refused for a fault of the account or the sender: so many texts in a row. One alone may be a slip of the provider's.
REFUSALS_TO_SHUT = 3
# What a line is shut for that only the operator can mend. `texts_lost`: the provider takes the texts, and its receipts
# say that all are lost for such a fault.
HALTED = ("key_refused", "account_refused", "texts_lost")
KEY_REFUSED_CODE = 20003
# Too fast: more than one text in so many was asked to come later. A single one waits by itself.
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


def grant(sender: SenderState, now: datetime, rate: float, room: int, under_way: int) -> Grant:
    """How many texts may be claimed now at `rate` a second (0: no limit), if `room` is for all in hand together."""
    free = room - under_way
    if sender.trips:
        free = 0 if under_way else min(room, PROBES)
    if sender.is_shut(now) or free <= 0:
        return Grant(0, now)
    if not rate:
        return Grant(free, now)
    spacing = timedelta(seconds=1 / rate)
    first_at = min(max(now, sender.next_free_at or now), now + LOOK_AHEAD + spacing)
    if first_at > now + LOOK_AHEAD:
        return Grant(0, first_at, spacing, min(LOOK_AHEAD, first_at - now - LOOK_AHEAD))
    slots = 1 + int((now + LOOK_AHEAD - first_at) / spacing)
    return Grant(min(free, slots), first_at, spacing)


def reserve(sender: SenderState, granted: Grant, claimed: int) -> SenderState:
    """The line once `claimed` of the granted slots are taken."""
    return replace(sender, next_free_at=granted.first_at + claimed * granted.spacing) if claimed else sender


def state_after_round(
    sender: SenderState, outcomes: Iterable[Outcome], now: datetime, *, losing: bool = False
) -> SenderState:
    """The line after a round of texts: shut, open again, or as it was.

    `losing`: the latest receipts say that what is taken is lost, so that to be taken proves nothing.
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


# Why to shut a line, and for how long at least.
ShutFor = tuple[str, timedelta]


def _shut_for_refusals(sender: SenderState, seen: Sequence[Outcome], *, taken: bool, losing: bool) -> ShutFor | None:
    if sender.refusals >= REFUSALS_TO_SHUT and not taken and any(consequence_of(one) == "shut" for one in seen):
        return ("key_refused" if sender.refused_code == KEY_REFUSED_CODE else "account_refused"), SHORTEST_SHUT
    return ("texts_lost", SHORTEST_SHUT) if losing and taken and sender.shut_for == "texts_lost" else None


def _shut_on_request(seen: Sequence[Outcome]) -> ShutFor | None:
    asked = [one.retry_after or 0 for one in seen if isinstance(one, NotProcessed) and one.slow_down]
    if len(asked) * SLOW_DOWN_ONE_IN <= len(seen):
        return None
    longest = min(max(asked), LONGEST_ASKED_FOR.total_seconds())
    return "slow_down", timedelta(seconds=max(longest, 1))


def _shut_if_down(sender: SenderState, seen: Sequence[Outcome]) -> ShutFor | None:
    failed = sum(1 for one in seen if isinstance(one, NotProcessed | Unknown))
    many = failed * 2 > len(seen) and (failed >= FEWEST_FAILURES or sender.trips)
    return ("provider_down", SHORTEST_SHUT) if many else None


def _count_refusals(sender: SenderState, seen: Iterable[Outcome]) -> SenderState:
    """The line with the refusals in a row that were the account's or the sender's. One text that is taken ends them."""
    for one in seen:
        if isinstance(one, Accepted):
            sender = replace(sender, refusals=0, refused_code=None)
        elif isinstance(one, Refused) and consequence_of(one) == "shut":
            sender = replace(sender, refusals=sender.refusals + 1, refused_code=one.code)
    return sender


def state_after_loss(sender: SenderState, code: int, now: datetime) -> SenderState:
    """The line once the latest receipts all say that texts are lost for a fault of the account or the sender."""
    return _shut(replace(sender, refused_code=code), "texts_lost", now, SHORTEST_SHUT)


def is_halted(sender: SenderState, now: datetime) -> bool:
    """Whether nothing leaves until the operator has mended something."""
    return sender.is_shut(now) and sender.shut_for in HALTED


def describe_shut(sender: SenderState) -> str:
    """What the operator is told of a line that is shut, and what to do: plain words."""
    if sender.shut_for in HALTED and sender.refused_code is not None:
        failure = failure_of(sender.refused_code)
        return f"{failure.words} {failure.to_do} (code {failure.code})"
    return SHUT_EXPLANATIONS.get(sender.shut_for or "", "")


SHUT_EXPLANATIONS: Mapping[str, str] = {
    "provider_down": "Twilio does not answer, or something before it does. Nothing to do here: it is tried again.",
    "slow_down": "Twilio asked us to slow down. If it stays so, lower SMS_PER_SECOND.",
}


def _shut(sender: SenderState, why: str, now: datetime, least: timedelta) -> SenderState:
    """Shut for longer each time in a row. What a second worker hears in the same round is the same trip."""
    if sender.is_shut(now) and sender.shut_for == why:
        return replace(sender, shut_until_at=max(sender.shut_until_at or now, now + least))
    lasts = max(least, min(LONGEST_SHUT, SHORTEST_SHUT * (1 << min(sender.trips, 10))))
    if why == "slow_down":
        lasts = least
    return replace(sender, shut_until_at=now + lasts, shut_for=why, trips=sender.trips + 1)
