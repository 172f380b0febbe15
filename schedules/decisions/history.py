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
from schedules.timing.cadence import DAY, QUESTION_DAYS, DrawnStep

# Older questions say nothing about tonight. The window holds the five unanswered evenings after which a program steps
# down, even at four evenings a week.
RECENT_DAYS = 14
# Every cadence has at least one day a week, so the last due evening lies within this window.
EARLIER_DAYS = 8
STEP_POINTS = 2  # a morning question may be about the last step but one
# Real evenings are further apart; less time lies between two only if the person changed the date.
SAME_EVENING_WITHIN = timedelta(hours=8)
NEVER_SENT = ("expired", "suppressed")
NOT_RECEIVED = (None, *NEVER_SENT, *NOT_ARRIVED)


class PastDecision(NamedTuple):
    """An earlier decision point. `state` and `texted_at` are its text's, None if there was none.

    `acts_on` is the action's, None if no step was sent.
    """

    id: int
    local_on: date
    slot: str
    available: bool
    unavailable_reason: str | None
    action: str | None
    state: str | None
    texted_at: datetime | None = None
    acts_on: str | None = None


class PastCheckIn(NamedTuple):
    """A question asked before. `habit` is whether the step was done, `state` the text's.

    `step` is the decision of the step it asked about, None if it asked for the score only.
    """

    asked_on: date
    score: int | None
    habit: bool | None
    state: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class EarlierStep:
    """The step decision to ask about: the strategy it sent, or None if no step was sent or none arrived."""

    decision_id: int
    strategy: str | None


@dataclass(frozen=True, slots=True)
class History:
    """The past, latest first.

    Attributes:
        steps: evenings on which a step was chosen or withheld, as far back as a choice may look.
        decisions: of the last `EARLIER_DAYS` days, at least back to the second last step decision before today.
        check_ins: of the last `RECENT_DAYS` days, at least back to the last sent one with a score.
        heard_on: the local date on which the person last wrote anything.
    """

    steps: Sequence[PastStep] = ()
    decisions: Sequence[PastDecision] = ()
    check_ins: Sequence[PastCheckIn] = ()
    heard_on: date | None = None


def with_scores(steps: Sequence[PastStep], scores: Mapping[date, int]) -> list[PastStep]:
    """Add to each step the score of the night it can act on. `scores` are by the date they were asked on."""
    return [
        step if step.asked else step._replace(score=scores.get(asked_on(outcome_night(step.local_on, step.acts_on))))
        for step in steps
    ]


def outcome_night(local_on: date, acts_on: str | None) -> date:
    """Return the date whose night a decision can change: what is done tomorrow cannot change tonight."""
    return local_on + DAY if acts_on == "tomorrow" else local_on


def asked_on(night_on: date) -> date:
    """Return the date on which a night's score is asked for."""
    return night_on + DAY


def drawn_lately(history: History, on: date) -> tuple[DrawnStep, ...]:
    """Return the steps, chosen or withheld, whose night may be asked about on a date."""
    since = on - DAY * QUESTION_DAYS
    return tuple(
        drawn_step(one.local_on, one.acts_on)
        for one in history.decisions
        if one.action is not None and one.slot not in ASKED_SLOTS and since <= one.local_on < on
    )


def drawn_step(local_on: date, acts_on: str | None) -> DrawnStep:
    """Return the step of an evening with the date on which its night is asked about."""
    return DrawnStep(local_on, asked_on(outcome_night(local_on, acts_on)))


def is_step_point(one: PastDecision) -> bool:
    """Return whether a decision point offered, or would have offered, a step.

    Days off the cadence do not count, nor do steps that were requested.
    """
    return (
        one.slot not in ASKED_SLOTS
        and one.unavailable_reason != "not_due"
        and not (one.available and one.action is None)
    )


def step_to_ask_about(history: History, on: date, *, in_the_morning: bool) -> EarlierStep | None:
    """Return the step decision that a question on a date is about: the last one whose step can have been done by then.

    In the morning a step for that very day cannot have been: it is asked about the next time, in place of the step
    that came after it.
    """
    points = [one for one in history.decisions if is_step_point(one) and one.local_on < on][:STEP_POINTS]
    if in_the_morning and points and _is_for_the_day(points[0], on):
        points = [one for one in points[1:] if _is_pending(one, history)]
    elif in_the_morning and len(points) > 1 and _is_pending(points[1], history):
        points = points[1:]
    return _step_of(points[0]) if points else None


def _is_for_the_day(one: PastDecision, on: date) -> bool:
    return one.acts_on == "tomorrow" and one.local_on == on - DAY


def _is_pending(one: PastDecision, history: History) -> bool:
    """Return whether a step for the day after has not been asked about."""
    asked = any(check_in.step == one.id for check_in in history.check_ins)
    return one.acts_on == "tomorrow" and _step_of(one).strategy is not None and not asked


def _step_of(one: PastDecision) -> EarlierStep:
    return EarlierStep(one.id, one.action if one.state not in NOT_RECEIVED and one.action != NONE else None)


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
