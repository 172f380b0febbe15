"""A conversation as a list of texts of both sides, each with its status in plain words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from coach.adherence.reasons import words_for_text
from schedules.gateway.error_codes import failure_of
from schedules.outbox.states import TAKEN_BACK

Side = Literal["ours", "theirs"]
# The status of our texts by state; for texts that did not arrive it is worded from the provider's code.
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
    """A text of ours as stored in the outbox; `by` is the email of the coach who took it back at `settled_at`."""

    at: datetime
    kind: str
    body: str
    state: str
    reason: str | None
    code: int | None
    settled_at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A text of theirs: how it was read, what it was used for, and the automatic reply."""

    id: int
    at: datetime
    body: str
    read_as: str | None
    why: str | None
    used_as: str | None
    answer: str | None
    open: bool


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One text of the conversation. `became` is its status in words; `detail` the code behind it, if any.

    `taken_back` says that a coach took it back, at `at`, and `by` which one, if that is known.
    """

    side: Side
    at: datetime
    label: str
    body: str
    became: str
    detail: str | None = None
    failed: bool = False
    reply_id: int | None = None
    open: bool = False
    taken_back: bool = False
    by: str | None = None

    @property
    def waits(self) -> bool:
        """Whether it is a text of ours that has not left."""
        return self.became == STATES["queued"]


def thread(sent: Iterable[Sent], received: Iterable[Received]) -> list[ThreadEntry]:
    """Merge both sides, oldest first."""
    entries = [_ours(one) for one in sent]
    for one in received:
        entries.append(_entry_received(one))
        if one.answer:
            after = one.at + timedelta(microseconds=1)
            entries.append(ThreadEntry("ours", after, KINDS["reply"], one.answer, "Answered at once"))
    return sorted(entries, key=lambda entry: entry.at)


def fingerprint(entries: Sequence[ThreadEntry]) -> str:
    """Return a hash of what the conversation page shows, to detect changes without exposing content."""
    return sha256(repr(entries).encode()).hexdigest()[:16]


def _ours(one: Sent) -> ThreadEntry:
    label = KINDS.get(one.kind, one.kind.capitalize())
    if one.state == "suppressed" and one.reason == TAKEN_BACK:
        words = words_for_text(one.state, one.reason)
        return ThreadEntry("ours", one.settled_at or one.at, label, one.body, words, taken_back=True, by=one.by)
    return ThreadEntry("ours", one.at, label, one.body, *became(one.state, one.reason, one.code))


def became(state: str, reason: str | None, code: int | None) -> tuple[str, str | None, bool]:
    """Return a text's status in words, the code behind it, and whether it failed to arrive."""
    if state in STATES:
        return STATES[state], None, False
    if state == "suppressed" and reason == TAKEN_BACK:
        return words_for_text(state, reason), None, False
    if state in ("expired", "suppressed", "stuck"):
        why = reason + (f", provider code {code}" if code else "") if reason else None
        return words_for_text(state, reason), why, True
    words = f"Not delivered: {failure_of(code).words}" if code else "Not delivered: the carrier gave no reason."
    return words, f"state {state}" + (f", provider code {code}" if code else ""), True


def _entry_received(one: Received) -> ThreadEntry:
    counted = {
        "answer": "Counted as the answer to the check-in",
        "volunteered": "Kept as a note, counted nowhere",
        "night_help": "Asked for help with the legs at once",
    }
    status = counted.get(one.used_as or "") or (
        f"Read as {one.read_as.replace('_', ' ')}" if one.read_as else "Not read"
    )
    return ThreadEntry("theirs", one.at, "Received", one.body, status, one.why, reply_id=one.id, open=one.open)
