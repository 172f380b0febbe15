"""What is sent to an endpoint, and when it is tried again. Pure.

Requests have the form of Standard Webhooks (https://www.standardwebhooks.com), which many libraries can verify.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

SECRET_PREFIX = "whsec_"  # noqa: S105  (no secret: what every secret begins with)
# From one failed try to the next; the last one repeats.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180))
TRIED_FOR = timedelta(days=3)
# An endpoint that gives no answer, or refuses this many in a row, is left alone for a minute.
REFUSED_IN_A_ROW = 5
REST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event that is to be sent."""

    id: int
    participant_id: int
    type: str
    at: datetime
    data: Mapping[str, object]
    attempts: int
    tried_since_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP status of an endpoint, or None and why there was none."""

    status: int | None
    trouble: str = ""

    @property
    def took_it(self) -> bool:
        """Whether the event was received: nothing but a 2xx says so."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of an event after a try."""

    state: Literal["waiting", "delivered", "failed"]
    due_at: datetime


def after_try(event: Event, answer: Answer, now: datetime) -> Next:
    """Decide whether an event is delivered, tried again or given up."""
    if answer.took_it:
        return Next("delivered", now)
    until = (event.tried_since_at or now) + TRIED_FOR
    if now >= until:
        return Next("failed", now)
    pause = PAUSES[min(event.attempts, len(PAUSES) - 1)]
    return Next("waiting", min(now + pause, until))


def needs_rest(answer: Answer, refused_in_a_row: int) -> bool:
    """Whether to leave an endpoint alone for a while: the next request would most likely fail too."""
    return answer.status is None or refused_in_a_row >= REFUSED_IN_A_ROW


def trouble_of(answer: Answer) -> str | None:
    """Say in a few words why an event was not taken."""
    if answer.took_it:
        return None
    return f"HTTP {answer.status}" if answer.status is not None else answer.trouble


def message_id(event: Event) -> str:
    """Return the id of an event, the same for every try. The time keeps it unique after a backup is restored."""
    return f"evt_{event.id}_{int(event.at.timestamp())}"


def body_of(event: Event) -> bytes:
    """Return the JSON that is sent."""
    data = {"participant": event.participant_id, **event.data}
    told = {"type": event.type, "timestamp": event.at.isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(told, separators=(",", ":")).encode()


def headers_of(event: Event, body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """Return the headers by which the receiver knows the event, its age and its sender."""
    id, timestamp = message_id(event), str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "rls-coach",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature_of(secret, id, timestamp, body)}",
    }


def signature_of(secret: str, id: str, timestamp: str, body: bytes) -> str:
    """Return the base64 HMAC-SHA256 of `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return base64.b64encode(signed).decode()
