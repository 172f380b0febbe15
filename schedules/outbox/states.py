"""The life of an outbox message as tables, and the last check before it is handed over. Pure.

    queued -> sending -> accepted -> sent -> delivered | undelivered | failed
                 |-> unknown -> (found) accepted … | (not there) queued again | expired
    queued -> expired | suppressed
    any of these -> stuck

`failed` means that the provider refused it or gave up; `undelivered` that the carrier did; `stuck` that we could not go
on with it: it may have been taken (`accepted_at` says if it was), and is never sent again by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from schedules.timing.quiet_hours import QuietHours, is_quiet, next_daytime, permitted_today

# How far along a state is. A receipt moves a message only to a higher rank; a text that was given up for lost and is
# then heard of from the carrier was sent after all.
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
# A provider's status, and the state it means for us.
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
# A carrier that says nothing for this long after acceptance has delivered (SCIENCE: "Delivered").
SILENT_MEANS_DELIVERED = timedelta(hours=72)
# A request in flight at a crash can surface at the provider after a list query: wait before deciding it is not there.
SURFACES_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SendFacts:
    """A claimed message and what holds for its participant at this moment.

    `number_is_dead` is the one hold that a welcome waits for as well: see
    `schedules.database.tables.safety.DeadNumber`.
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


# The enrolment states in which a kind of text may leave.
PERMITTED_STATUS: Mapping[str, tuple[str, ...]] = {
    "welcome": ("invited",),
    "nudge": ("active",),
    "reflection": ("active",),
    "coach": ("invited", "active"),
    "answer": ("invited", "active"),
    "page": ("active",),
}
# What belongs to one evening: it waits for nothing, and is not sent to someone who pauses.
PLANNED = ("nudge", "reflection")
# A coach's answer within the hour to what someone just wrote, and a page to a coach, do not wait for the day.
AT_ANY_HOUR = ("answer", "page")
# What a human wrote or must know is sent however many texts have left today.
NEVER_CAPPED = ("answer", "coach", "page")


def why_not_to_send(facts: SendFacts, now: datetime) -> tuple[str, str] | None:
    """The state and reason to settle a claimed message with instead of sending it; None to send.

    `queued` is for a text that belongs to no evening (a welcome, a coach's words): it waits for the daytime.
    """
    paused = facts.paused_until_on is not None and facts.local_on is not None and facts.local_on < facts.paused_until_on
    rules = (
        ("suppressed", "opted_out", facts.suppressed or facts.status in ("stopped", "ended")),
        ("suppressed", "not_confirmed", facts.status not in PERMITTED_STATUS.get(facts.kind, ())),
        ("suppressed", "dead_number", facts.number_is_dead and facts.kind in (*PLANNED, "welcome")),
        ("suppressed", "held", facts.held and facts.kind in PLANNED),
        ("suppressed", "paused", paused and facts.kind in PLANNED),
        ("expired", "window_closed", now >= facts.expires_at),
        ("queued", "held", facts.held and facts.kind == "welcome"),  # nothing cheerful while danger is open
        ("suppressed" if facts.kind in PLANNED else "queued", "over_cap", facts.over_cap),
        (
            "expired" if facts.kind in PLANNED else "queued",
            "quiet_hours",
            facts.kind not in AT_ANY_HOUR and is_quiet(now, facts.bedtime_at, facts.time_zone, facts.quiet),
        ),
    )
    return next(((state, reason) for state, reason, holds in rules if holds), None)


def seconds_left(facts: SendFacts, now: datetime) -> int:
    """How long a text handed over now may wait in the provider's own queue: never into the quiet hours."""
    today = permitted_today(now, facts.bedtime_at, facts.time_zone, facts.quiet)
    leave_by = min(facts.expires_at, today.closes_at) if today and today.holds(now) else facts.expires_at
    shortest, longest = 5, 36_000  # what the provider takes
    return max(shortest, min(longest, int((leave_by - now).total_seconds())))


RECHECK_AFTER = timedelta(hours=1)


def wait_for_daytime(facts: SendFacts, now: datetime) -> datetime:
    """When a text without an evening of its own may leave after all.

    Past the cap, while danger is open, and where the hours leave no time, it asks again each hour until it expires.
    """
    later = max(now, min(now + RECHECK_AFTER, facts.expires_at))
    earliest = later if facts.over_cap or facts.held else now
    window = next_daytime(earliest, facts.bedtime_at, facts.time_zone, facts.quiet)
    return max(earliest, window.opens_at) if window else later


Verdict = Literal["wait", "resend", "give_up"]


def when_not_found(doubted_at: datetime, expires_at: datetime, now: datetime) -> Verdict:
    """What to do with a message that the provider does not list, by when it came into doubt.

    That is when a request ended without an answer, or when somebody saw that its claim's lease had ended. Not the end
    of the lease itself: on a clock that has just jumped ahead, a request may still be running.
    """
    if now < doubted_at + SURFACES_WITHIN:
        return "wait"
    return "resend" if now < expires_at else "give_up"
