"""Decide who is paged about an open crisis or urgent flag, and when. Pure.

The participant's coach is paged at once (without one, the clinic's leads), and all leads if nobody has acknowledged it
15 minutes later. A flag is paged at most once per level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

PAGED_KINDS = ("crisis", "urgent")
ESCALATE_AFTER = timedelta(minutes=15)

Level = Literal["first", "escalated"]


@dataclass(frozen=True, slots=True)
class OpenFlag:
    """An unacknowledged flag; `participant_id` is None for an unknown number.

    `code` acknowledges it by text. `opened` is when it was opened, as the database writes it. `stopped`: the number has
    opted out, so somebody has to call. `shared`: somebody else may read or answer the phone, so nobody should.
    """

    id: int
    kind: str
    participant_id: int | None
    coach_id: int | None
    paged_at: datetime | None
    escalated_at: datetime | None
    code: str | None = None
    opened: str = ""
    stopped: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Page these accounts about a flag, at this level."""

    flag: OpenFlag
    level: Level
    coach_ids: tuple[int, ...]


def next_page(flag: OpenFlag, coaches: Sequence[int], leads: Sequence[int], now: datetime) -> Page | None:
    """Return the page that is due for a flag now, if any. `coaches` and `leads` are the clinic's active accounts.

    If there is no account at all, the flag stays unpaged until there is one.
    """
    if flag.kind not in PAGED_KINDS:
        return None
    if flag.paged_at is None:
        own = (flag.coach_id,) if flag.coach_id in coaches else tuple(leads) or tuple(coaches)
        return _to(flag, "first", tuple(id for id in own if id is not None))
    # `abs`: a page stamped in the future came from a fast clock, so its age is unknown.
    if flag.escalated_at is None and abs(now - flag.paged_at) >= ESCALATE_AFTER:
        return _to(flag, "escalated", tuple(leads) or tuple(coaches))
    return None


def _to(flag: OpenFlag, level: Level, coach_ids: tuple[int, ...]) -> Page | None:
    return Page(flag, level, coach_ids) if coach_ids else None
