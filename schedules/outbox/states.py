"""The life of an outbox message as tables, and the last check before it is sent. Pure.

    queued -> sending -> accepted -> sent -> delivered | undelivered | failed
                 |-> unknown -> (found) accepted … | (not there) queued again | expired
    queued -> expired | suppressed
    any of these -> stuck

`failed` means that the provider refused it or gave up; `undelivered` that the carrier did; `stuck` that we could not
continue: it may have been accepted (`accepted_at` says whether it was), and is never resent automatically.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from schedules.timing.quiet_hours import QuietHours, is_quiet, next_daytime, permitted_today

# How far along a state is. A receipt only moves a message to a higher rank: if a carrier reports on a text we had given
# up for lost, it was sent after all.
STATE_RANK: Mapping[str, int] = {
    "queued": 0,
    "sending": 0,
    "unknown": 0,
    "expired": 0,
    "suppressed": 0,
    "stuck": 0,
    "accepted": 1,
    "sent": 2,
    "delivered": 3,
    "undelivered": 3,
    "failed": 3,
}
# The provider's statuses and our states.
STATE_OF_STATUS: Mapping[str, str] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "receiving": "sent",
    "received": "delivered",
    "read": "delivered",
    "delivered": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
REACHED_THE_PROVIDER = tuple(state for state, rank in STATE_RANK.items() if rank > 0)
MAY_HAVE_BEEN_SEEN = (*REACHED_THE_PROVIDER, "sending", "unknown", "stuck")
NOT_ARRIVED = ("undelivered", "failed")
NEVER_ARRIVED = (*NOT_ARRIVED, "expired", "suppressed")
# Without a receipt for this long after acceptance, a text counts as delivered (SCIENCE: "Delivered").
SILENT_MEANS_DELIVERED = timedelta(hours=72)
# A request in flight during a crash may appear in the provider's list later: wait before concluding that it is absent.
SURFACES_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SendFacts:
    """A claimed message and its recipient's circumstances at this moment.

    `number_is_dead` is the one hold that also stops a welcome: see `schedules.database.tables.safety.DeadNumber`.
    `has_written`: whether anything came from their number since they were invited by it.
    """

    kind: str
    local_on: date | None
    expires_at: datetime
    status: str
    suppressed: bool
    held: bool
    paused_until_on: date | None
    bedtime_at: time | None
    time_zone: str
    quiet: QuietHours
    over_cap: bool = False
    number_is_dead: bool = False
    has_written: bool = True


# The enrollment states in which a kind of text may be sent.
PERMITTED_STATUS: Mapping[str, tuple[str, ...]] = {
    "welcome": ("invited",),
    "nudge": ("active",),
    "reflection": ("active",),
    "coach": ("invited", "active"),
    "answer": ("invited", "active"),
    "page": ("active",),
}
# Texts that belong to one evening: they are not postponed, and not sent during a pause.
PLANNED = ("nudge", "reflection")
# A coach's prompt answer and a page to a coach do not wait for the day.
AT_ANY_HOUR = ("answer", "page")
# How long a request may be under way (`schedules.gateway.http_client.ANSWER_SECONDS`), and the shortest time in its
# queue that the provider accepts. A request starts early enough for both to be over before the hours or the window end.
UNDER_WAY, SHORTEST_WAIT = timedelta(seconds=15), timedelta(seconds=5)
LAST_START = UNDER_WAY + SHORTEST_WAIT
# Why a coach's own text was not sent: they took it back.
TAKEN_BACK = "taken_back"
# Texts that a human wrote or must see are never capped.
NEVER_CAPPED = ("answer", "coach", "page")


def why_not_to_send(facts: SendFacts, now: datetime) -> tuple[str, str] | None:
    """Return the state and reason to settle a claimed message with instead of sending it; None to send.

    `queued` is for texts that belong to no evening (a welcome, a coach's message): they wait for the daytime.
    """
    arrives = now if facts.kind in AT_ANY_HOUR else now + LAST_START
    paused = facts.paused_until_on is not None and facts.local_on is not None and facts.local_on < facts.paused_until_on
    rules = (
        ("suppressed", "opted_out", facts.suppressed or facts.status in ("stopped", "ended")),
        ("suppressed", "not_confirmed", not _has_agreed_to(facts)),
        ("suppressed", "dead_number", facts.number_is_dead and facts.kind in (*PLANNED, "welcome")),
        ("suppressed", "held", facts.held and facts.kind in PLANNED),
        ("suppressed", "paused", paused and facts.kind in PLANNED),
        ("expired", "window_closed", arrives >= facts.expires_at),
        ("queued", "held", facts.held and facts.kind == "welcome"),  # no cheerful text during a crisis
        ("suppressed" if facts.kind in PLANNED else "queued", "over_cap", facts.over_cap),
        (
            "expired" if facts.kind in PLANNED else "queued",
            "quiet_hours",
            facts.kind not in AT_ANY_HOUR and (_is_quiet(facts, now) or _is_quiet(facts, arrives)),
        ),
    )
    return next(((state, reason) for state, reason, holds in rules if holds), None)


def _has_agreed_to(facts: SendFacts) -> bool:
    """Whether this kind may be sent before YES, or they said it. A coach's words before it only answer theirs."""
    permitted = facts.status in PERMITTED_STATUS.get(facts.kind, ())
    return permitted and (facts.status != "invited" or facts.kind == "welcome" or facts.has_written)


def _is_quiet(facts: SendFacts, at: datetime) -> bool:
    return is_quiet(at, facts.bedtime_at, facts.time_zone, facts.quiet)


def seconds_left(facts: SendFacts, now: datetime) -> int:
    """Return how long a text sent now may wait in the provider's queue: never into the quiet hours."""
    leave_by, longest = facts.expires_at, 36_000  # the most that the provider accepts
    if facts.kind not in AT_ANY_HOUR:
        today = permitted_today(now, facts.bedtime_at, facts.time_zone, facts.quiet)
        leave_by = min(leave_by, today.closes_at) if today and today.holds(now) else leave_by
    left = leave_by - now - UNDER_WAY  # the provider counts from when it has the text
    return min(longest, int(max(SHORTEST_WAIT, left).total_seconds()))


RECHECK_AFTER = timedelta(hours=1)


def wait_for_daytime(facts: SendFacts, now: datetime) -> datetime:
    """Return when a text that belongs to no evening may be sent.

    Beyond the cap, during a hold, or if the quiet hours leave no time, it is checked again hourly until it expires.
    """
    later = max(now, min(now + RECHECK_AFTER, facts.expires_at))
    earliest = later if facts.over_cap or facts.held else now
    window = next_daytime(earliest + LAST_START, facts.bedtime_at, facts.time_zone, facts.quiet)
    return max(earliest, window.opens_at) if window else later


Verdict = Literal["wait", "resend", "give_up"]


def when_not_found(doubted_at: datetime, expires_at: datetime, now: datetime) -> Verdict:
    """Return what to do with a message that the provider does not list, by when it came into doubt.

    That is when a request ended without an answer, or when an expired lease was noticed. The end of the lease itself
    does not count: if the clock has jumped ahead, a request may still be running.
    """
    if now < doubted_at + SURFACES_WITHIN:
        return "wait"
    return "resend" if now < expires_at else "give_up"
