"""The authoritative record of what was accepted, and how the API shows one message."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from .errors import receipt_message

API_VERSION = "2010-04-01"
FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})
# A message only moves up this ladder.
RANK = {"accepted": 0, "queued": 1, "sending": 2, "sent": 3} | dict.fromkeys(FINAL, 4)

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("€[]{}~^|\\\f")
_GSM = _GSM_BASIC | _GSM_EXTENDED


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message that the stand-in has taken on; `body` stays as it came, even after a redaction."""

    sid: str
    to: str
    from_: str | None
    messaging_service_sid: str | None
    body: str
    status_callback: str | None
    accepted_at: datetime
    status: str
    updated_at: datetime
    error_code: int | None = None
    date_sent: datetime | None = None
    direction: str = "outbound-api"
    num_media: int = 0
    redacted: bool = False
    deleted: bool = False


class Messages:
    """All messages in the order of their coming, found by sid and by recipient; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Accepted] = []
        self._place: dict[str, int] = {}
        self._places_to: dict[str, list[int]] = {}

    def add(self, message: Accepted) -> None:
        with self._lock:
            place = len(self._all)
            self._all.append(message)
            self._place[message.sid] = place
            self._places_to.setdefault(message.to, []).append(place)

    def change(self, sid: str, **fields: Any) -> Accepted:
        with self._lock:
            place = self._place[sid]
            self._all[place] = changed = replace(self._all[place], **fields)
            return changed

    def advance(self, sid: str, status: str, now: datetime, sender: str, error_code: int | None) -> Accepted | None:
        """Move one message up the ladder (never down) and return it as it is now; None when it is gone."""
        with self._lock:
            place = self._place.get(sid)
            if place is None:
                return None
            message = self._all[place]
            if RANK[status] > RANK[message.status]:
                message = _advanced(message, status, now, sender, error_code)
                self._all[place] = message
            return message

    def get(self, sid: str) -> Accepted | None:
        place = self._place.get(sid)
        return None if place is None else self._all[place]

    def all(self, direction: str | None = None) -> list[Accepted]:
        everything = self._all.copy()
        return [one for one in everything if one.direction == direction] if direction else everything

    def to(self, number: str) -> list[Accepted]:
        return [self._all[place] for place in tuple(self._places_to.get(number, ()))]

    def newest_first(self, to: str | None = None, before: str | None = None) -> Iterator[Accepted]:
        """Every message, or those to one number, older than the message `before` when given."""
        end = self._place[before] if before else len(self._all)
        places = range(end) if to is None else [p for p in self._places_to.get(to, ()) if p < end]
        for place in reversed(places):
            yield self._all[place]

    def clear(self) -> None:
        with self._lock:
            self._all, self._place, self._places_to = [], {}, {}

    def __len__(self) -> int:
        return len(self._all)


def _advanced(message: Accepted, status: str, now: datetime, sender: str, error_code: int | None) -> Accepted:
    sent = message.date_sent or (now if RANK[status] >= RANK["sent"] and status != "failed" else None)
    return replace(
        message,
        status=status,
        updated_at=now,
        date_sent=sent,
        # A messaging service picks its sender when the message leaves `accepted`.
        from_=message.from_ or sender,
        error_code=error_code if status in FINAL else None,
    )


def show(message: Accepted, account_sid: str) -> dict[str, Any]:
    """The JSON of one message, with Twilio's types: numbers as strings, dates as RFC 2822."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    undecided = message.status == "accepted"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": "" if message.redacted else message.body,
        "date_created": rfc2822(message.accepted_at),
        "date_sent": message.date_sent and rfc2822(message.date_sent),
        "date_updated": rfc2822(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": receipt_message(message.error_code),
        "from": message.from_,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(message.num_media),
        "num_segments": "0" if undecided else str(count_segments(message.body)),
        "price": None,
        "price_unit": None if undecided else "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": uri + "/Media.json"},
        "to": message.to,
        "uri": uri + ".json",
    }


def rfc2822(instant: datetime) -> str:
    return _rfc2822_of_second(instant.replace(microsecond=0))


@lru_cache(maxsize=4096)
def _rfc2822_of_second(instant: datetime) -> str:
    return format_datetime(instant.astimezone(UTC))


def count_segments(body: str) -> int:
    """Parts as Twilio would bill them; that a two-unit character never straddles a part is ignored here."""
    characters = set(body)
    if characters <= _GSM:
        units, single, part = len(body) + sum(map(body.count, characters & _GSM_EXTENDED)), 160, 153
    else:
        units, single, part = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= single else -(-units // part)
