"""Which of the provider's messages is a given text. Pure.

The provider's list shows only number and body, and one number may belong to two clinics or to a coach as well. So a
message is matched only if it cannot be another text to that number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from schedules.gateway.protocol import ProviderMessage
from schedules.outbox.states import SURFACES_WITHIN

# Maximum difference between the provider's clock and ours.
CLOCK_SKEW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class MessageInDoubt:
    """A text that the provider may or may not have accepted."""

    id: int
    attempts: int
    phone: str
    number_hash: str
    coach_id: int | None
    body: str
    claimed_at: datetime
    doubted_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Rival:
    """Another text to the same number that may have been accepted and whose provider id is unknown.

    `body` is None if it cannot be decrypted; `doubted_at` is None unless it is in doubt.
    """

    state: str
    body: str | None
    claimed_at: datetime
    doubted_at: datetime | None

    def may_be(self, one: ProviderMessage) -> bool:
        """Return whether a listed message could be this text; one whose body was removed could be any."""
        return self.claimed_at - CLOCK_SKEW <= one.created_at and (self.body is None or one.body in (self.body, ""))


def match_message(
    message: MessageInDoubt, free: Sequence[ProviderMessage], rivals: Iterable[Rival], now: datetime
) -> ProviderMessage | Literal["not_told_apart", "not_there"]:
    """Return the listed message that is this text, out of those whose id belongs to no other text.

    Texts in doubt with identical bodies to one phone are interchangeable: once the provider has had its time for all of
    them, each gets one of the listed messages, and those left over were not accepted.
    """
    rivals = list(rivals)
    for one in free:
        if not any(rival.may_be(one) for rival in rivals):
            return one
    alike = [one for one in free if one.body == message.body]
    against = [rival for rival in rivals if any(rival.may_be(one) for one in alike)]
    in_doubt = all(rival.state == "unknown" and rival.body == message.body for rival in against)
    if alike and in_doubt and (len(alike) > len(against) or _has_had_time(message, against, now)):
        return alike[0]
    return "not_told_apart" if free else "not_there"


def _has_had_time(message: MessageInDoubt, against: Sequence[Rival], now: datetime) -> bool:
    since = [message.doubted_at, *(rival.doubted_at or now for rival in against)]
    return now >= max(since) + SURFACES_WITHIN
