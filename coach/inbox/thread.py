"""A conversation as two sides of texts, each with what became of it in plain words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from coach.adherence.reasons import words_for_text
from schedules.gateway.error_codes import failure_of

Side = Literal["ours", "theirs"]
# What became of a text of ours, by its state; those that did not arrive say why from the provider's code.
STATES: Mapping[str, str] = {
    "queued": "Waiting to be sent",
    "sending": "Being sent",
    "unknown": "Sending status unknown. Checking with Twilio.",
    "accepted": "Accepted by the provider, not yet sent on",
    "sent": "Sent, delivery not confirmed yet",
    "delivered": "Delivered",
}
UNREADABLE = "(This cannot be decrypted: the database is damaged here.)"
KINDS: Mapping[str, str] = {
    "nudge": "Evening text",
    "welcome": "Welcome",
    "answer": "Your answer",
    "coach": "From a coach",
    "reply": "Answered by the program",
    "reflection": "Their own week",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A text of ours as the outbox has it."""

    at: datetime
    kind: str
    body: str
    state: str
    reason: str | None
    code: int | None


@dataclass(frozen=True, slots=True)
class Received:
    """A text of theirs, how it was read, what it counted as, and the words it was answered with at once."""

    id: int
    at: datetime
    body: str
    read_as: str | None
    why: str | None
    used_as: str | None
    answer: str | None
    open: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text of the conversation. `became` is plain words; `detail` the code behind them, if there is one."""

    side: Side
    at: datetime
    label: str
    body: str
    became: str
    detail: str | None = None
    failed: bool = False
    reply_id: int | None = None
    open: bool = False


def thread(sent: Iterable[Sent], received: Iterable[Received]) -> list[Bubble]:
    """Both sides in order, the oldest first."""
    bubbles = [_ours(one) for one in sent]
    for one in received:
        bubbles.append(_theirs(one))
        if one.answer:
            after = one.at + timedelta(microseconds=1)
            bubbles.append(Bubble("ours", after, KINDS["reply"], one.answer, "Answered at once"))
    return sorted(bubbles, key=lambda bubble: bubble.at)


def fingerprint(bubbles: Sequence[Bubble]) -> str:
    """The same for a conversation that looks the same: it says nothing of what is in it."""
    return sha256(repr(bubbles).encode()).hexdigest()[:16]


def _ours(one: Sent) -> Bubble:
    label = KINDS.get(one.kind, one.kind.capitalize())
    return Bubble("ours", one.at, label, one.body, *became(one.state, one.reason, one.code))


def became(state: str, reason: str | None, code: int | None) -> tuple[str, str | None, bool]:
    """What became of a text in plain words, the code behind them, and whether it did not reach the person."""
    if state in STATES:
        return STATES[state], None, False
    if state in ("expired", "suppressed", "stuck"):
        why = reason + (f", provider code {code}" if code else "") if reason else None
        return words_for_text(state, reason), why, True
    words = f"Not delivered: {failure_of(code).words}" if code else "Not delivered: the carrier gave no reason."
    return words, f"state {state}" + (f", provider code {code}" if code else ""), True


def _theirs(one: Received) -> Bubble:
    counted = {"answer": "Counted as the answer to the check-in", "volunteered": "Kept as a note, counted nowhere"}
    said = counted.get(one.used_as or "") or (f"Read as {one.read_as.replace('_', ' ')}" if one.read_as else "Not read")
    return Bubble("theirs", one.at, "Received", one.body, said, one.why, reply_id=one.id, open=one.open)
