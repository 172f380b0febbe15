"""What a coach changes about somebody's plan in their own words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from coach.understanding.plans.screening import LONGEST, why_not_kept
from coach.understanding.plans.words import as_kept
from content.catalogue import Catalogue
from schedules.timing.local_time import SUNDAY, next_weekday

OFF = "off"
PLANS = (OFF, "on", "private")
UNFIT = {"long": f"Write the plan in at most {LONGEST} characters."}
UNFIT_OTHERWISE = "A plan goes into a text: write it without medicines, harm, links or phone numbers."


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan in their words, and its step; without words theirs is deleted."""

    words: str | None
    step: str | None


def wanting(wanted: str, before: str, first_evening: date) -> Mapping[str, object]:
    """Return the new columns of the enrollment; the next Sunday's text asks for a plan. Raises ValueError."""
    if wanted not in PLANS:
        raise ValueError(f"'{wanted[:40]}' is no choice for plans: choose from {', '.join(PLANS)}.")
    if wanted == before:
        return {}
    if wanted == OFF:
        return {"plans": None, "plan_due_on": None}
    due = {"plan_due_on": next_weekday(SUNDAY, first_evening)} if before == OFF else {}
    return {"plans": wanted, **due}


def read_plan(given: str, step: str, wanted: str, catalogue: Catalogue) -> NewPlan:
    """Return a plan that they told a coach. Raises ValueError with one sentence."""
    words = as_kept(given)
    if wanted == OFF:
        raise ValueError("They have no plans yet: choose “On” first.")
    if not words:
        return NewPlan(None, None)
    unfit = why_not_kept(words)
    if unfit:
        raise ValueError(UNFIT.get(unfit, UNFIT_OTHERWISE))
    if step and step not in catalogue.strategies:
        raise ValueError(f"'{step[:40]}' is no step: choose from those offered.")
    return NewPlan(words, step or None)
