"""Texts about care that stand in for a step on some evenings: an iron test, and whether symptoms have spread. Pure.

They are no strategies: nothing is drawn, and the evening is not available for a step. Each is due some nights after the
start and again at an interval.
"""

from dataclasses import dataclass
from datetime import date

IRON_TEST, ONSET = "iron_test", "onset"


@dataclass(frozen=True, slots=True)
class CareDates:
    """The dates on which each text was last sent, None if never."""

    iron_test_on: date | None = None
    onset_asked_on: date | None = None


# Nights after the start, and nights between two. Guidelines ask for ferritin at the start, then once or twice a year.
# Symptoms that start earlier in the day or in new places are the first sign that a medicine makes them worse.
IRON_TEST_FROM, IRON_TEST_EVERY = 9, 182
ONSET_FROM, ONSET_EVERY = 20, 30


def due_care_text(starts_on: date, sent: CareDates, on: date) -> str | None:
    """Return the message key of the text that is due on an evening, or None."""
    if _is_due(starts_on, sent.iron_test_on, on, IRON_TEST_FROM, IRON_TEST_EVERY):
        return IRON_TEST
    if _is_due(starts_on, sent.onset_asked_on, on, ONSET_FROM, ONSET_EVERY):
        return ONSET
    return None


def _is_due(starts_on: date, last_on: date | None, on: date, first: int, every: int) -> bool:
    return (on - starts_on).days >= first if last_on is None else (on - last_on).days >= every
