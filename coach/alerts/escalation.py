"""Decide who is paged about an open crisis or urgent flag, and when. Pure.

The participant's coach is paged at once (without one, the clinic's leads), and all leads if nobody has acknowledged it
15 minutes later. A flag is paged at most once per level. For somebody on leave their stand-in is paged, without one
whoever comes next; if everybody is on leave, they are paged all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

PAGED_KINDS = ("crisis", "urgent")
ESCALATE_AFTER = timedelta(minutes=15)

Level = Literal["first", "escalated"]
Away = Mapping[int, int | None]  # who is on leave, and who stands in for them


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


def next_page(
    flag: OpenFlag, coaches: Sequence[int], leads: Sequence[int], now: datetime, away: Away | None = None
) -> Page | None:
    """Return the page that is due for a flag now, if any. `coaches` and `leads` are the clinic's active accounts.

    If there is no account at all, the flag stays unpaged until there is one.
    """
    if flag.kind not in PAGED_KINDS:
        return None
    if flag.paged_at is None:
        own = (flag.coach_id,) if flag.coach_id in coaches else ()
        return _to(flag, "first", _there((own, leads), coaches, leads, away or {}))
    # `abs`: a page stamped in the future came from a fast clock, so its age is unknown.
    if flag.escalated_at is None and abs(now - flag.paged_at) >= ESCALATE_AFTER:
        return _to(flag, "escalated", _there((leads,), coaches, leads, away or {}))
    return None


def _there(
    order: Sequence[Sequence[int | None]], coaches: Sequence[int], leads: Sequence[int], away: Away
) -> tuple[int, ...]:
    """Return the first group that has somebody who is there, each of those on leave replaced by their stand-in."""
    active = {*coaches, *leads}
    for group in (*order, coaches):
        instead = (away.get(id) if id in away else id for id in group if id is not None)
        there = tuple(dict.fromkeys(id for id in instead if id in active and id not in away))
        if there:
            return there
    return tuple(leads) or tuple(coaches)


def _to(flag: OpenFlag, level: Level, coach_ids: tuple[int, ...]) -> Page | None:
    return Page(flag, level, coach_ids) if coach_ids else None
