"""The gateway protocol, its possible outcomes, and the simulated gateways.

Handing over a text has four outcomes, and a gateway returns exactly one of them; it never raises for network errors.
Confusing `NotProcessed` with `Unknown` means no text or two.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from threading import Lock
from typing import Literal, Protocol


class HeldBackError(Exception):
    """A text that might no longer leave when its request was about to: nothing was sent."""


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One text to hand over. `token` comes back in the status callback.

    `valid_seconds` is how long it may wait in the provider's queue; it must not be sent later. `may_leave` is asked
    when the connection is open and nothing remains but to write the request.
    """

    to: str
    body: str
    token: str
    valid_seconds: int | None = None
    may_leave: Callable[[], bool] = field(default=_always, compare=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has accepted it, under its own id."""

    sid: str
    status: str


@dataclass(frozen=True, slots=True)
class NotProcessed:
    """It was certainly not accepted; retrying is safe, after `retry_after` seconds if given.

    `slow_down`: because we send too fast, not because of an outage. `code` is the provider's, if any.
    """

    reason: str
    retry_after: float | None = None
    slow_down: bool = False
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not send it; `code` says whose fault it is (`schedules.gateway.error_codes`)."""

    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have been accepted: find out, never resend blindly."""

    reason: str


Outcome = Accepted | NotProcessed | Refused | Unknown


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """A message as the provider lists it."""

    sid: str
    to: str
    body: str
    status: str
    error_code: int | None
    created_at: datetime


class GatewayDownError(Exception):
    """The provider could not be reached."""


Forgetting = Literal["body", "message"]


class Gateway(Protocol):
    """What dispatch, reconcile and provider deletion need."""

    def send(self, text: OutgoingText) -> Outcome:
        """Hand over one text, from any thread; return within its own timeouts. Raises HeldBackError."""
        ...

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        """Return the provider's messages to a number from an instant on. Raises GatewayDownError."""
        ...

    def ids_with(self, phone: str) -> Iterable[str]:
        """Return the ids of all messages to and from a number. Raises GatewayDownError."""
        ...

    def forget(self, sid: str, what: Forgetting) -> str | None:
        """Delete a message or its body. Returns why not yet, or None once it is gone."""
        ...

    def close(self) -> None:
        """Close connections; further use opens new ones."""
        ...


@dataclass
class SimulatedGateway:
    """Delivers every text at once; the phone page shows them from the outbox. Used without Twilio settings."""

    def send(self, text: OutgoingText) -> Outcome:
        """Deliver at once, under an id made from the token."""
        if not text.may_leave():
            raise HeldBackError
        return Accepted("SM" + text.token, "delivered")

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        """Return nothing: no text is ever in doubt here."""
        return ()

    def ids_with(self, phone: str) -> Iterable[str]:
        """Return nothing: it keeps nothing."""
        return ()

    def forget(self, sid: str, what: Forgetting) -> str | None:
        """Return None: it keeps nothing."""
        return None

    def close(self) -> None:
        """Do nothing: nothing is open."""


@dataclass
class MemoryGateway:
    """A provider in memory, for tests: remembers what it accepted, and can be given other answers to return."""

    now: Callable[[], datetime]
    taken: list[ProviderMessage] = field(default_factory=list)
    answers: list[Outcome | None] = field(default_factory=list)
    _sids: Iterator[int] = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)

    def send(self, text: OutgoingText) -> Outcome:
        """Accept the text, or return the next prepared answer; `Accepted` and `Unknown` answers accept it as well."""
        if not text.may_leave():
            raise HeldBackError
        with self._lock:
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, NotProcessed | Refused):
                return answer
            sid = f"SM{next(self._sids):032x}"
            self.taken.append(ProviderMessage(sid, text.to, text.body, "sent", None, self.now()))
            return answer or Accepted(sid, "queued")

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        """Return everything accepted for a number."""
        return [message for message in self.taken if message.to == phone and message.created_at >= since]

    def ids_with(self, phone: str) -> Iterable[str]:
        """Return the ids of everything accepted for a number."""
        return [message.sid for message in self.taken if message.to == phone]

    def forget(self, sid: str, what: Forgetting) -> str | None:
        """Delete at once."""
        if what == "message":
            self.taken[:] = [one for one in self.taken if one.sid != sid]
        else:
            self.taken[:] = [replace(one, body="") if one.sid == sid else one for one in self.taken]
        return None

    def close(self) -> None:
        """Do nothing: nothing is open."""
