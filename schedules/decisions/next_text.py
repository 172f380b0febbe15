"""What a participant gets next, or why they get nothing. Pure.

The next decision point need not lead to a text: a pause, a hold or the cadence may skip it. Pages show the first point
that will, as far as can be known now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from content.catalogue import Slot
from schedules.timing.cadence import DrawnStep, asks_only, is_due
from schedules.timing.slots import NextDue, Timing, instant_of_slot

LOOKAHEAD_DAYS = 75  # longer than the longest pause plus one week
SILENT_REASONS: Mapping[str, str] = {
    "crisis": "Texts are held until someone has spoken with them; then open the flag and mark it as handled",
    "urgent": "Texts are held until someone has spoken with them; then open the flag and mark it as handled",
    "worry": "Texts are held until someone has read what they wrote; then mark the flag as handled",
    "someone_else": "Texts are held: someone else may have this phone, or they may be very ill or have died. Find out",
    "muted": "Texts are held: they asked us not to write, because somebody else reads this phone",
    "dead_number": "No text is sent: their number cannot be texted. Correct it, or confirm that it is right",
    "stop_or_not": "Texts are held: they may have wanted to stop. We asked, and they have not answered yet",
    "invited": "No texts until they answer the welcome with YES",
    "stopped": "No texts: they opted out, and only they can start again, by texting START",
    "ended": "No texts: their program has ended",
}


FLAG_HOLDS = ("crisis", "urgent", "worry")


@dataclass(frozen=True, slots=True)
class NextTextFacts:
    """What the next text depends on. `due` is the stored next decision point, None unless active.
    `someone_else`: the enrollment is held for that reason, whatever else holds the texts. `drawn`: the latest steps."""

    status: str
    held_for: str | None
    paused_until_on: date | None
    cadence: str
    timing: Timing
    due: NextDue | None
    someone_else: bool = False
    drawn: Sequence[DrawnStep] = ()


@dataclass(frozen=True, slots=True)
class NextText:
    """When the next text is due and what is in it, or why there is none."""

    at: datetime | None
    says: str


def next_text(standby: NextTextFacts) -> NextText:
    """Return what comes next for one person."""
    why_silent = _why_silent(standby)
    if why_silent or standby.due is None:
        return NextText(None, why_silent or "No text is planned")
    for due, slot in _texts(standby, standby.due):
        return NextText(due.at, contents(slot, brings_step=_brings_step(standby, slot, due.on)))
    return NextText(None, "No text is planned in the coming weeks")


def next_step_point(standby: NextTextFacts) -> NextDue | None:
    """Return the decision point of the next text with a step, as far as can be known now; None if there is none."""
    if _why_silent(standby) or standby.due is None:
        return None
    return next((due for due, slot in _texts(standby, standby.due) if _brings_step(standby, slot, due.on)), None)


def _why_silent(standby: NextTextFacts) -> str | None:
    ended = SILENT_REASONS.get(standby.status)
    held_for = "someone_else" if standby.someone_else else standby.held_for or ""
    if ended and held_for in FLAG_HOLDS:
        return f"{ended}. Speak with them first: a flag is open"
    return SILENT_REASONS.get(held_for) or ended


def _texts(standby: NextTextFacts, due: NextDue) -> Iterator[tuple[NextDue, Slot]]:
    slots = standby.timing.programme.slots
    for ahead in range(LOOKAHEAD_DAYS):
        on = due.on + timedelta(days=ahead)
        for slot in sorted(slots, key=lambda slot: instant_of_slot(slot, on, standby.timing)):
            at = due.at if (on, slot.id) == (due.on, due.slot) else instant_of_slot(slot, on, standby.timing)
            if at >= due.at and _is_a_text(standby, slot, on):
                yield NextDue(at, on, slot.id), slot


def is_asked_on(standby: NextTextFacts, on: date) -> bool:
    """Whether the question of a date is still to come, as far as can be known now."""
    due = standby.due
    silent = standby.status != "active" or standby.held_for is not None
    if due is None or due.on != on or silent:
        return False
    slots = [slot for slot in standby.timing.programme.slots if slot.asks_check_in and _is_a_text(standby, slot, on)]
    return any(slot.id == due.slot or instant_of_slot(slot, on, standby.timing) > due.at for slot in slots)


def _is_a_text(standby: NextTextFacts, slot: Slot, on: date) -> bool:
    paused = standby.paused_until_on is not None and on < standby.paused_until_on
    return not paused and is_due(standby.timing.programme, standby.cadence, slot, on, standby.drawn)


def _brings_step(standby: NextTextFacts, slot: Slot, on: date) -> bool:
    return slot.sends_step and not asks_only(standby.timing.programme, standby.cadence, slot, on, standby.drawn)


def contents(slot: Slot, *, brings_step: bool) -> str:
    """Describe what a slot's text contains."""
    parts = [word for word, holds in (("a step", brings_step), ("the check-in", slot.asks_check_in)) if holds]
    return " and ".join(parts)


def pause_in_force(paused_until_on: date | None, due: NextDue | None, today: date) -> date | None:
    """Return the date a pause ends on, as long as it still skips an evening."""
    if paused_until_on is None:
        return None
    next_on = due.on if due else today
    return paused_until_on if next_on < paused_until_on else None
