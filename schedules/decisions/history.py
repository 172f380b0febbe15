"""The past of one enrollment, and what follows from it for the next decision. Pure.

The planner fills a `History` from tables, a simulation from memory; both use these functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from schedules.decisions.eligibility import ASKED_SLOTS, PastStep
from schedules.decisions.policies import NONE
from schedules.outbox.states import NOT_ARRIVED

# Older questions say nothing about tonight. The window holds the five unanswered evenings after which a program steps
# down, even at four evenings a week.
RECENT_DAYS = 14
# Every cadence has at least one day a week, so the last due evening lies within this window.
EARLIER_DAYS = 8
# Real evenings are further apart; less time lies between two only if the person changed the date.
SAME_EVENING_WITHIN = timedelta(hours=8)
NEVER_SENT = ("expired", "suppressed")
NOT_RECEIVED = (None, *NEVER_SENT, *NOT_ARRIVED)


class PastDecision(NamedTuple):
    """An earlier decision point. `state` and `texted_at` are its text's, None if there was none."""

    id: int
    local_on: date
    slot: str
    available: bool
    unavailable_reason: str | None
    action: str | None
    state: str | None
    texted_at: datetime | None = None


class PastCheckIn(NamedTuple):
    """A question asked before. `habit` is whether the step was done, `state` the text's."""

    asked_on: date
    score: int | None
    habit: bool | None
    state: str


@dataclass(frozen=True, slots=True)
class EarlierStep:
    """The last step decision: the strategy it sent, or None if no step was sent or none arrived."""

    decision_id: int
    strategy: str | None


@dataclass(frozen=True, slots=True)
class History:
    """The past, latest first.

    Attributes:
        steps: evenings on which a step was chosen or withheld, as far back as a choice may look.
        decisions: of the last `EARLIER_DAYS` days, at least back to the last step decision before today.
        check_ins: of the last `RECENT_DAYS` days, at least back to the last sent one with a score.
        heard_on: the local date on which the person last wrote anything.
    """

    steps: Sequence[PastStep] = ()
    decisions: Sequence[PastDecision] = ()
    check_ins: Sequence[PastCheckIn] = ()
    heard_on: date | None = None


def with_scores(steps: Sequence[PastStep], scores: Mapping[date, int]) -> list[PastStep]:
    """Add each night's score to its step: the score of the night of D is answered on D+1."""
    return [
        step if step.asked else step._replace(score=scores.get(step.local_on + timedelta(days=1))) for step in steps
    ]


def is_step_point(one: PastDecision) -> bool:
    """Return whether a decision point offered, or would have offered, a step.

    Days off the cadence do not count, nor do steps that were requested.
    """
    return (
        one.slot not in ASKED_SLOTS
        and one.unavailable_reason != "not_due"
        and not (one.available and one.action is None)
    )


def earlier_step(history: History) -> EarlierStep | None:
    """Return the last step decision."""
    one = next(filter(is_step_point, history.decisions), None)
    return one and EarlierStep(one.id, one.action if one.state not in NOT_RECEIVED and one.action != NONE else None)


def is_same_evening(history: History, slot: str, at: datetime) -> bool:
    """Return whether this evening has happened already: they crossed the date line, or their zone was corrected."""
    texted = (one for one in history.decisions if one.slot == slot and one.state not in (None, *NEVER_SENT))
    last = next((one.texted_at for one in texted), None)
    return last is not None and timedelta(0) <= at - last < SAME_EVENING_WITHIN


def prior_score(history: History) -> int | None:
    """Return the last known score."""
    return next((check_in.score for check_in in history.check_ins if check_in.score is not None), None)


def last_asked_on(history: History) -> date | None:
    """Return the last date on which a question was sent."""
    return next((check_in.asked_on for check_in in history.check_ins if check_in.state not in NEVER_SENT), None)


def unanswered(history: History) -> int:
    """Return how many questions in a row reached them without any text from them since."""
    count = 0
    for check_in in history.check_ins:
        heard = history.heard_on is not None and check_in.asked_on <= history.heard_on
        if heard or check_in.score is not None or check_in.habit is not None:
            break
        count += check_in.state not in NOT_RECEIVED
    return count
