"""How often a person is texted: their program's cadence, and when to reduce it or offer to. Pure.

Everything comes from the program's data. A notice is added to a text with the check-in, and only once.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from content.catalogue import Programme, Slot

LONGEST_PAUSE_DAYS = 60


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


def is_due(programme: Programme, cadence: str, slot: Slot | None, on: date) -> bool:
    """Return whether a slot is due on a date; a morning question belongs to the evening before."""
    asks_of_evening_before = slot is not None and programme.check_in_mode == "morning" and not slot.sends_step
    evening = on - timedelta(days=1) if asks_of_evening_before else on
    return evening.isoweekday() in cadence_days(programme, cadence)


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
