"""How often a person is texted: their program's cadence, and when to reduce it or offer to. Pure.

Everything comes from the program's data. A notice is added to a text with the check-in, and only once.

Every night that a step can change is asked about. At a cadence below every evening that question is one of the texts
the person wanted: the two evenings after a step belong to it, and it comes on one of them, on whichever weekday.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from content.catalogue import Programme, Slot

LONGEST_PAUSE_DAYS = 60
EVERY_DAY = 7
QUESTION_DAYS = 2  # the question about a step's night comes one day after it, or two for a step for tomorrow
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """An evening on which a step was chosen or withheld, and the date on which the night it acts on is asked about."""

    on: date
    asked_on: date


@dataclass(frozen=True, slots=True)
class CadenceFacts:
    """What the cadence depends on. `unanswered` counts the questions since the person last wrote."""

    programme: Programme
    cadence: str
    starts_on: date
    on: date
    last_asked_on: date | None
    unanswered: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A message key for tonight's text, the cadence it names, and whether that cadence applies from now on."""

    key: str
    cadence: str | None = None
    holds: bool = False


def cadence_days(programme: Programme, cadence: str) -> frozenset[int]:
    """Return the ISO weekdays of a cadence, or of the default if this program does not have it."""
    return programme.cadences.get(cadence) or programme.cadences[programme.default_cadence]


def asks_every_evening(programme: Programme, cadence: str) -> bool:
    """Return whether a cadence leaves out no evening."""
    return len(cadence_days(programme, cadence)) == EVERY_DAY


def is_due(programme: Programme, cadence: str, slot: Slot, on: date, drawn: Sequence[DrawnStep] = ()) -> bool:
    """Return whether a slot is due on a date; a morning question belongs to the evening before.

    Args:
        programme, cadence, slot, on: what is asked about.
        drawn: the person's latest steps; older ones than two days do not matter.
    """
    in_the_morning = programme.check_in_mode == "morning" and not slot.sends_step
    evening = on - DAY if in_the_morning else on
    recent = _unasked(programme, cadence, on, drawn) if slot.asks_check_in else []
    if any(one.asked_on == on for one in recent):
        return True
    moved = [one for one in recent if one.on == evening] if in_the_morning else recent
    return not moved and evening.isoweekday() in cadence_days(programme, cadence)


def asks_only(programme: Programme, cadence: str, slot: Slot, on: date, drawn: Sequence[DrawnStep]) -> bool:
    """Return whether the text of a slot that is due brings no step, because it is there for the last step's night."""
    return slot.sends_step and slot.asks_check_in and bool(_unasked(programme, cadence, on, drawn))


def _unasked(programme: Programme, cadence: str, on: date, drawn: Sequence[DrawnStep]) -> list[DrawnStep]:
    """Return the steps whose question has a text of its own on this date or the next: none if every evening asks."""
    if asks_every_evening(programme, cadence):
        return []
    days = cadence_days(programme, cadence)
    return [one for one in drawn if one.on.isoweekday() in days and 0 < (on - one.on).days <= QUESTION_DAYS]


def notice(facts: CadenceFacts) -> Notice | None:
    """Return what to say tonight: first a step down, then "shall we carry on?", then the offer of a taper."""
    programme = facts.programme
    if facts.unanswered >= programme.step_down_after and _is_less(facts, programme.step_down_to):
        return Notice("stepped_down", programme.step_down_to, holds=True)
    nights, before = nights_since(facts), nights_until_last_asked(facts)
    if nights // programme.carry_on_every_days > before // programme.carry_on_every_days:
        return Notice("carry_on")
    for after, cadence in reversed(programme.taper):
        if before < after <= nights and _is_less(facts, cadence):
            return Notice("taper_offer", cadence)
    return None


def nights_since(facts: CadenceFacts) -> int:
    """Return the nights since the start."""
    return (facts.on - facts.starts_on).days


def nights_until_last_asked(facts: CadenceFacts) -> int:
    """Return the nights from the start to the last question, 0 if there was none: later notices are still unsent."""
    return (facts.last_asked_on - facts.starts_on).days if facts.last_asked_on else 0


def _is_less(facts: CadenceFacts, cadence: str) -> bool:
    return len(facts.programme.cadences[cadence]) < len(cadence_days(facts.programme, facts.cadence))
