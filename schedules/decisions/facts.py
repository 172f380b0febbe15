"""The inputs and the results of a decision: the facts of one due person, the logged choice, the plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from schedules.decisions.care_texts import CareDates
from schedules.decisions.eligibility import Recipient
from schedules.decisions.history import EarlierStep
from schedules.decisions.own_plan import OwnPlan
from schedules.decisions.policies import Beliefs
from schedules.timing.cadence import DrawnStep, Notice
from schedules.timing.quiet_hours import (
    Window,
)
from schedules.timing.slots import Decided, NextDue, Timing

# Why an evening was not available whose step a coach chose.
COACH_CHOSE = "coach_chose"
# Why an evening was not available whose text only asks about the last step's night.
ASKED_ONLY = "asked_only"


@dataclass(frozen=True, slots=True)
class DueFacts:
    """One due enrollment, as the planner found it.

    `last_texted_on` is the last date on which a check-in was sent; `unanswered` counts the questions that reached the
    person since they last wrote. `decided` holds the slots already decided on the same date. `asked_today` is whether
    one of them asked the check-in, `same_evening` whether a text was sent this evening under another zone's date.
    `drawn` holds the latest steps, whose nights may still be asked about. `chosen` is the step that a coach chose for
    this evening; `shared`, for a policy that learns, what the nights of everybody in the program tell of each step.
    `plan` is their own plan, None if they want none.
    """

    enrolment_id: int
    due: NextDue
    timing: Timing
    cadence: str
    policy: str
    starts_on: date
    person: Recipient
    switched_off: frozenset[str]
    suppressed: bool
    held: bool
    paused_until_on: date | None
    earlier: EarlierStep | None
    last_texted_on: date | None
    prior_score: int | None
    unanswered: int = 0
    same_evening: bool = False
    decided: Decided = ()
    asked_today: bool = False
    number_is_dead: bool = False
    care: CareDates = field(default_factory=CareDates)
    drawn: tuple[DrawnStep, ...] = ()
    chosen: str | None = None
    shared: Beliefs = field(default_factory=dict)
    plan: OwnPlan | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The logged decision. `draw` is None if nothing was random; `facts` is what `schedules.decisions.replay` needs.

    `acts_on` is `tonight` or `tomorrow` if there is a step: the night it can act on, and is measured by.
    """

    available: bool
    unavailable_reason: str | None
    eligible: tuple[str, ...] = ()
    probabilities: dict[str, float] | None = None
    draw: float | None = None
    action: str | None = None
    text_id: str | None = None
    text_version: int | None = None
    acts_on: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepOffer:
    """The answer to a request for another step (`schedules.planning.step_on_request`).

    `words` is None if no step is left to offer.
    """

    facts: DueFacts
    choice: Choice
    words: str | None


@dataclass(frozen=True, slots=True)
class TextParts:
    """The parts of a text before they are worded: the step, the check-in, a notice, STOP and HELP.

    `recalled` and `plan_ask` are what it says of their own plan.
    """

    step: str | None
    asks: bool
    notice: Notice | None
    footer: bool = False
    recalled: str | None = None
    plan_ask: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedText:
    """A text for the outbox. `asks`: it carries the check-in. `asks_about`: the decision of the step it asks about."""

    body: str
    window: Window
    asks: bool
    asks_about: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner writes, all or nothing. `cadence` applies from now on.

    `care_text` is the key of the text about care that stands in for a step, if one does; `plan_use` is what the text
    does with their own plan.
    """

    choice: Choice
    text: PlannedText | None
    next_due: NextDue
    covariates: dict[str, int | None]
    cadence: str
    care_text: str | None = None
    plan_use: str | None = None
