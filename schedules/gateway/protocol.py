"""The way out to a phone: what any gateway must do, the answers it may give, and the simulated ones.

Handing a text over has four honest outcomes, and a gateway returns exactly one of them; it never raises for what a
network does. The difference between `NotProcessed` and `Unknown` is the difference between none and two texts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from threading import Lock
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One text to hand over. `token` comes back in the status callback.

    `valid_seconds` is how long it may wait in the provider's queue; later it must not leave any more.
    """

    to: str
    body: str
    token: str
    valid_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it, under its own id."""

    sid: str
    status: str


@dataclass(frozen=True, slots=True)
class NotProcessed:
    """It certainly was not taken; trying again is safe, after `retry_after` seconds if given.

    `slow_down`: because we go too fast, not because nobody is there. `code` is the provider's, if it gave one.
    """

    reason: str
    retry_after: float | None = None
    slow_down: bool = False
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not send it; `code` is its error code, which says whose fault it is.

    `schedules.gateway.error_codes`.
    """

    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have been taken: find out, never resend blindly."""

    reason: str


Outcome = Accepted | NotProcessed | Refused | Unknown


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """A message as the provider knows it."""

    sid: str
    to: str
    body: str
    status: str
    error_code: int | None
    created_at: datetime


class GatewayDownError(Exception):
    """The provider could not be asked."""


Forgetting = Literal["body", "message"]


class Gateway(Protocol):
    """What dispatch, reconcile and forgetting need."""

    def send(self, text: OutgoingText) -> Outcome:
        """Hand one text over, in whatever thread; return within its own time-outs."""
        ...

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        """What the provider has for a number from an instant on. Raises GatewayDownError."""
        ...

    def ids_with(self, phone: str) -> Iterable[str]:
        """The ids of everything the provider has to and from a number. Raises GatewayDownError."""
        ...

    def forget(self, sid: str, what: Forgetting) -> str | None:
        """Have a message's words or the whole of it removed. Returns why not yet, or None when it is gone."""
        ...

    def close(self) -> None:
        """Let go of connections; using it again opens new ones."""
        ...


@dataclass
class SimulatedGateway:
    """Texts go nowhere and arrive at once: the phone page shows them from the outbox. Used without Twilio settings."""

    def send(self, text: OutgoingText) -> Outcome:
        """Delivered at once, under an id made from the token."""
        return Accepted("SM" + text.token, "delivered")

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        """Nothing is ever in doubt here."""
        return ()

    def ids_with(self, phone: str) -> Iterable[str]:
        """It keeps nothing."""
        return ()

    def forget(self, sid: str, what: Forgetting) -> str | None:
        """It keeps nothing."""
        return None

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class MemoryGateway:
    """A whole provider in memory, for tests: remembers what it took, and can be told to answer otherwise."""

    now: Callable[[], datetime]
    taken: list[ProviderMessage] = field(default_factory=list)
    answers: list[Outcome | None] = field(default_factory=list)
    _sids: Iterator[int] = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)

    def send(self, text: OutgoingText) -> Outcome:
        """Take it, or give the next prepared answer; an `Accepted` or `Unknown` answer takes it as well."""
        with self._lock:
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, NotProcessed | Refused):
                return answer
            sid = f"SM{next(self._sids):032x}"
            self.taken.append(ProviderMessage(sid, text.to, text.body, "sent", None, self.now()))
            return answer or Accepted(sid, "queued")

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        """Everything taken for a number."""
        return [message for message in self.taken if message.to == phone and message.created_at >= since]

    def ids_with(self, phone: str) -> Iterable[str]:
        """Everything taken for a number."""
        return [message.sid for message in self.taken if message.to == phone]

    def forget(self, sid: str, what: Forgetting) -> str | None:
        """At once."""
        if what == "message":
            self.taken[:] = [one for one in self.taken if one.sid != sid]
        else:
            self.taken[:] = [replace(one, body="") if one.sid == sid else one for one in self.taken]
        return None

    def close(self) -> None:
        """Nothing is open."""
