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

from schedules.quiet_hours import QuietHours, is_quiet, next_daytime, permitted_today

# How far along a state is. A receipt moves a message only to a higher rank; a text that was given up for lost and is
# then heard of from the carrier was sent after all.
RANK: Mapping[str, int] = {
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
REACHED_THE_PROVIDER = tuple(state for state, rank in RANK.items() if rank > 0)
MAY_HAVE_BEEN_SEEN = (*REACHED_THE_PROVIDER, "sending", "unknown", "stuck")
NOT_ARRIVED = ("undelivered", "failed")
# A carrier that says nothing for this long after acceptance has delivered (SCIENCE: "Delivered").
SILENT_MEANS_DELIVERED = timedelta(hours=72)
# A request in flight at a crash can surface at the provider after a list query: wait before deciding it is not there.
SURFACES_WITHIN = timedelta(seconds=60)

ErrorClass = Literal["retry", "permanent", "opted_out", "halt", "shown", "operator"]


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What a provider's error code means: how to treat it, and the words for a coach."""

    code: int
    treat_as: ErrorClass
    words: str


ERROR_CODES: Mapping[int, ErrorCode] = {
    row.code: row
    for row in (
        ErrorCode(20003, "halt", "The texting account refused our key: nothing can be sent until it is mended."),
        ErrorCode(20429, "retry", "The texting provider asked us to slow down."),
        ErrorCode(21211, "permanent", "This is not a phone number that can be texted: check it."),
        ErrorCode(21408, "permanent", "Texting to this country is switched off at the provider."),
        ErrorCode(21610, "opted_out", "This person has told the carrier to stop our texts."),
        ErrorCode(21611, "retry", "The sending number's queue is full for the moment."),
        ErrorCode(21614, "permanent", "This is not a mobile number."),
        ErrorCode(21617, "permanent", "The text was too long."),
        ErrorCode(30001, "retry", "The sending number's queue is full for the moment."),
        ErrorCode(30003, "shown", "The phone could not be reached: it may be off or out of range."),
        ErrorCode(30005, "permanent", "The carrier does not know this number."),
        ErrorCode(30006, "permanent", "This is a landline, or a carrier that takes no texts."),
        ErrorCode(30007, "operator", "The carrier filtered the text as unwanted."),
        ErrorCode(30008, "operator", "The carrier gave no reason."),
        ErrorCode(30022, "operator", "The sending number has reached its limit."),
        ErrorCode(30023, "operator", "The sending number has reached its limit for today."),
        ErrorCode(30034, "operator", "The sending number is not registered with the carriers (A2P 10DLC)."),
        ErrorCode(30036, "operator", "The text waited too long at the provider."),
    )
}


def error_code(code: int | None) -> ErrorCode:
    """The row of a code; an unknown one is shown and never resent."""
    return ERROR_CODES.get(code or 0) or ErrorCode(code or 0, "shown", f"Not delivered (provider code {code}).")


@dataclass(frozen=True, slots=True)
class SendFacts:
    """A claimed message and what holds for its participant at this moment."""

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
        ("suppressed", "held", facts.held and facts.kind in PLANNED),
        ("suppressed", "paused", paused and facts.kind in PLANNED),
        ("expired", "window_closed", now >= facts.expires_at),
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


ASKS_AGAIN = timedelta(hours=1)


def wait_for_daytime(facts: SendFacts, now: datetime) -> datetime:
    """When a text without an evening of its own may leave after all.

    Past the clinic's cap, and where the quiet hours leave no time at all, it asks again each hour until it expires.
    """
    later = max(now, min(now + ASKS_AGAIN, facts.expires_at))
    earliest = later if facts.over_cap else now
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
