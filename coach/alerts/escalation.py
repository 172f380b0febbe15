"""Who is told of an open crisis or urgent sign, and when. Pure.

The participant's coach at once (or, without one, whoever leads the clinic); everyone who leads it if nobody has
acknowledged a quarter of an hour later. A flag is never told twice at the same level.
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
    """A flag nobody has acknowledged; `participant_id` is empty for a number that is nobody's.

    `code` acknowledges it by text. `stopped`: the number takes no texts of ours, so that somebody has to call.
    """

    id: int
    kind: str
    participant_id: int | None
    coach_id: int | None
    paged_at: datetime | None
    escalated_at: datetime | None
    code: str | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Tell these accounts about a flag, at this level."""

    flag: OpenFlag
    level: Level
    coach_ids: tuple[int, ...]


def next_page(flag: OpenFlag, coaches: Sequence[int], leads: Sequence[int], now: datetime) -> Page | None:
    """The page that is due for a flag now, if any. `coaches` and `leads` are the clinic's active accounts.

    Where there is nobody at all the flag stays as one of which nobody has been told, until there is somebody.
    """
    if flag.kind not in PAGED_KINDS:
        return None
    if flag.paged_at is None:
        own = (flag.coach_id,) if flag.coach_id in coaches else tuple(leads) or tuple(coaches)
        return _to(flag, "first", tuple(id for id in own if id is not None))
    # Paged later than now: by a clock that was ahead, and nobody knows how long ago.
    if flag.escalated_at is None and abs(now - flag.paged_at) >= ESCALATE_AFTER:
        return _to(flag, "escalated", tuple(leads) or tuple(coaches))
    return None


def _to(flag: OpenFlag, level: Level, coach_ids: tuple[int, ...]) -> Page | None:
    return Page(flag, level, coach_ids) if coach_ids else None
