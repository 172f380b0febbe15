"""Whose a message is that the provider lists. Pure.

It has no mark of ours on it but its words and its number, and one number can be in two clinics, or be a coach's too. So
it is taken for a text only if no other text to that number can be it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from schedules.gateway.protocol import ProviderMessage
from schedules.outbox.states import SURFACES_WITHIN

# The provider's clock and ours may differ by this much.
CLOCK_SKEW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class MessageInDoubt:
    """A message that may or may not have been taken."""

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
    """Another text to the same number that may have been taken, and of which no id is known.

    `body` is empty if it cannot be decrypted; `doubted_at` unless it is in doubt.
    """

    state: str
    body: str | None
    claimed_at: datetime
    doubted_at: datetime | None

    def may_be(self, one: ProviderMessage) -> bool:
        """Whether a listed message can be this text; one whose words were removed can be any."""
        return self.claimed_at - CLOCK_SKEW <= one.created_at and (self.body is None or one.body in (self.body, ""))


def match_message(
    message: MessageInDoubt, free: Sequence[ProviderMessage], rivals: Iterable[Rival], now: datetime
) -> ProviderMessage | Literal["not_told_apart", "not_there"]:
    """The listed message that is this text, of those that are no other text's by their id.

    Texts in doubt with the very same words to one phone are interchangeable: once the provider has had its time for
    all of them, each gets one of the listed, and what is left over was not taken.
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
