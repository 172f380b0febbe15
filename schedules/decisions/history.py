"""What went before for one enrolment, and what follows from it for the next decision. Pure.

The planner fills a `History` from tables, a simulation from its own memory: both reckon with the same functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from schedules.decisions.eligibility import ASKED_SLOTS, PastStep
from schedules.decisions.policies import NONE
from schedules.outbox.states import NOT_ARRIVED

# What was asked and answered longer ago than this says nothing about tonight. Five evenings without an answer, which
# are what a programme steps down after, fit into it even at four evenings a week.
RECENT_DAYS = 14
# The last evening that was due is no further back than this: a cadence has a day in every week.
EARLIER_DAYS = 8
# Two evenings lived are further apart than this: fewer hours lie between them only for who has changed the date.
SAME_EVENING_WITHIN = timedelta(hours=8)
NEVER_SENT = ("expired", "suppressed")
NOT_RECEIVED = (None, *NEVER_SENT, *NOT_ARRIVED)


class PastDecision(NamedTuple):
    """A decision point before. `state` is its text's, empty where there was none, planned at `texted_at`."""

    id: int
    local_on: date
    slot: str
    available: bool
    unavailable_reason: str | None
    action: str | None
    state: str | None
    texted_at: datetime | None = None


class PastCheckIn(NamedTuple):
    """A question asked before. `habit` is whether the step was done, `state` its text's."""

    asked_on: date
    score: int | None
    habit: bool | None
    state: str


@dataclass(frozen=True, slots=True)
class EarlierStep:
    """The last decision point that was due: the strategy it sent, or None if no step went out or none arrived."""

    decision_id: int
    strategy: str | None


@dataclass(frozen=True, slots=True)
class History:
    """What went before, latest first.

    Attributes:
        steps: evenings at which a step was chosen or withheld, as far back as a choice may look.
        decisions: of the last `EARLIER_DAYS` days, at least back to the last before today that `is_step_point`.
        check_ins: of the last `RECENT_DAYS` days, at least back to the last with a score that left.
        heard_on: the local date on which the person last wrote anything.
    """

    steps: Sequence[PastStep] = ()
    decisions: Sequence[PastDecision] = ()
    check_ins: Sequence[PastCheckIn] = ()
    heard_on: date | None = None


def with_scores(steps: Sequence[PastStep], scores: Mapping[date, int]) -> list[PastStep]:
    """Steps with their nights' scores: that of the night of D is the answer to the question of D+1."""
    return [
        step if step.asked else step._replace(score=scores.get(step.local_on + timedelta(days=1))) for step in steps
    ]


def is_step_point(one: PastDecision) -> bool:
    """Whether a decision point offered, or would have offered, a step.

    Days off the cadence do not count, nor does what they asked for beside the evening's step.
    """
    return (
        one.slot not in ASKED_SLOTS
        and one.unavailable_reason != "not_due"
        and not (one.available and one.action is None)
    )


def earlier_step(history: History) -> EarlierStep | None:
    """The last decision point that counts."""
    one = next(filter(is_step_point, history.decisions), None)
    return one and EarlierStep(one.id, one.action if one.state not in NOT_RECEIVED and one.action != NONE else None)


def is_same_evening(history: History, slot: str, at: datetime) -> bool:
    """Whether an evening has been lived already: they crossed the date line, or their zone was set right."""
    texted = (one for one in history.decisions if one.slot == slot and one.state not in (None, *NEVER_SENT))
    last = next((one.texted_at for one in texted), None)
    return last is not None and timedelta(0) <= at - last < SAME_EVENING_WITHIN


def prior_score(history: History) -> int | None:
    """The last score known."""
    return next((check_in.score for check_in in history.check_ins if check_in.score is not None), None)


def last_asked_on(history: History) -> date | None:
    """The last date a question left."""
    return next((check_in.asked_on for check_in in history.check_ins if check_in.state not in NEVER_SENT), None)


def unanswered(history: History) -> int:
    """How many questions in a row reached them, and nothing has been heard since."""
    count = 0
    for check_in in history.check_ins:
        heard = history.heard_on is not None and check_in.asked_on <= history.heard_on
        if heard or check_in.score is not None or check_in.habit is not None:
            break
        count += check_in.state not in NOT_RECEIVED
    return count
