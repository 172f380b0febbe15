"""Somebody's plan in their own words: when an evening text recalls it, and when it asks for one. Pure.

A step's draw comes first and knows nothing of plans. A plan only adds words to a text that is sent anyway, and what it
added is logged with the decision. Their words never stand in a text's first line: other words of ours and a line break
come before them.
"""

from dataclasses import dataclass
from datetime import date

from content.catalogue import Catalogue
from content.segments import count
from content.wording import fill

PRIVATE = "private"
MOST_PARTS = 4  # of an evening text with their words
# What is logged: their words were said, or in place of ours about the step; private, so only pointed to; or asked for.
RECALLED, INSTEAD, POINTED, ASKED = "recalled", "instead", "pointed", "asked"
KEYS = {RECALLED: "plan_recall", INSTEAD: "plan_instead", POINTED: "plan_pointer", ASKED: "plan_ask"}


@dataclass(frozen=True, slots=True)
class OwnPlan:
    """What somebody wants of plans, and theirs if they have one: see `schedules.database.tables.people`."""

    wanted: str
    due_on: date | None = None
    words: str | None = None
    step: str | None = None
    weekday: int | None = None
    recall_on: date | None = None

    def is_for(self, action: str | None, on: date) -> bool:
        """Whether an evening is the plan's: that of its step, or the one agreed for this week."""
        if not self.words:
            return False
        if self.step is not None:
            return self.step == action
        return self.recall_on is not None and on >= self.recall_on

    def is_due(self, on: date) -> bool:
        """Whether this week's plan is still to be asked for."""
        return self.due_on is not None and on >= self.due_on


def uses_of(plan: OwnPlan, action: str | None, on: date, *, asks: bool) -> tuple[str, ...]:
    """Return what an evening text may do with a plan: the first that leaves it short enough is done."""
    if plan.is_for(action, on):
        said = (RECALLED, INSTEAD, POINTED) if plan.step else (RECALLED, POINTED)
        return (POINTED,) if plan.wanted == PRIVATE else said
    return (ASKED,) if asks and plan.is_due(on) else ()


def words_for(plan: OwnPlan, use: str, catalogue: Catalogue, language: str) -> str:
    """Return what a text says of a plan. Their own words end it, and what follows begins a line."""
    text = catalogue.texts_for(KEYS[use], language)[0]
    values = {"plan": plan.words or ""} if use in (RECALLED, INSTEAD) else {}
    if use == INSTEAD and plan.step:
        values["step"] = plan.step
    return fill(catalogue, text, values) + ("\n" if values else "")


def joined(parts: list[str]) -> str:
    """Join the parts of a text; what follows their words begins a line."""
    return " ".join(parts).replace("\n ", "\n").rstrip("\n")


def is_too_long(body: str) -> bool:
    """Whether a text with their words costs more than it may."""
    return count(body).parts > MOST_PARTS
