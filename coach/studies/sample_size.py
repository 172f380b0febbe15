"""How many people a micro-randomized trial needs, by the formula of Liao, Klasnja, Tewari & Murphy (2016). Pure.

The test is of no proximal effect: F with p and N - p - q degrees of freedom, p parameters of the effect and q of the
outcome without treatment, and noncentrality N d'Qd. Because the effect lies in the span of the p columns, d'Qd is the
sum of availability * probability * (1 - probability) * effect^2 over all decision points. As in the authors' calculator
(MRT-SS), days count from 0, the peak is the day's number counted from 1, and fewer than 10 people are never planned.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from coach.studies.noncentral_f import power

OUTCOME_PARAMETERS = 3  # q: the outcome without treatment is modeled as quadratic in time
EFFECT_PARAMETERS = {"constant": 1, "linear": 2, "quadratic": 3}  # p
FEWEST, MOST = 10, 1_000_000


class PlanError(ValueError):
    """The plan is not possible; the message is one sentence that names the option."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The design of a trial.

    Attributes:
        effect: the mean of the standardized proximal effect over all days.
        initial: the effect on the first day; not used if the shape is constant.
        peak_day: the day of the largest effect, counted from 1; used if the shape is quadratic.
        power: the power to reach.
    """

    effect: float
    days: int
    occasions: int
    probability: float
    availability: float
    power: float
    alpha: float = 0.05
    shape: str = "constant"
    initial: float = 0.0
    peak_day: int = 28


def participants(plan: Plan) -> int:
    """Return the smallest number of people, at least 10, with which the plan reaches its power. Raises PlanError."""
    check(plan)
    low, high = FEWEST, FEWEST
    while power_of(plan, high) < plan.power:
        if high == MOST:
            raise PlanError(f"--effect: {plan.effect} is too small: more than {MOST} people would be needed.")
        low, high = high + 1, min(2 * high, MOST)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(plan, middle) >= plan.power else (middle + 1, high)
    return low


def power_of(plan: Plan, people: int) -> float:
    """Return the power of the plan with a number of people, at least 10."""
    parameters = EFFECT_PARAMETERS[plan.shape]
    treated = plan.occasions * plan.availability * plan.probability * (1 - plan.probability)
    noncentrality = people * treated * sum(effect**2 for effect in effects_by_day(plan))
    return power(parameters, people - parameters - OUTCOME_PARAMETERS, noncentrality, plan.alpha)


def effects_by_day(plan: Plan) -> list[float]:
    """Return the standardized effect on each day; the mean is `plan.effect`."""
    if plan.shape == "constant":
        return [plan.effect] * plan.days
    mean_day, more = (plan.days - 1) / 2, plan.effect - plan.initial
    if plan.shape == "linear":
        return [plan.initial + more * day / mean_day for day in range(plan.days)]
    # slope * day + bend * day^2 has its top on the peak and the mean `more`.
    bend = more / _mean_of_bend(plan)
    return [plan.initial + bend * (day**2 - 2 * (plan.peak_day - 1) * day) for day in range(plan.days)]


def _mean_of_bend(plan: Plan) -> float:
    """Return the mean over the days of day^2 - 2 * peak * day; negative if the curve has a top and not a bottom."""
    last = plan.days - 1
    return last * (2 * last + 1) / 6 - (plan.peak_day - 1) * last


def check(plan: Plan) -> None:
    """Raise PlanError if the plan is impossible."""
    for reason in _impossible(plan):
        raise PlanError(reason)


def _impossible(plan: Plan) -> Iterator[str]:
    for option in ("effect", "probability", "power", "alpha"):
        if not 0 < getattr(plan, option) < 1:
            yield f"--{option}: {getattr(plan, option)} must be greater than 0 and less than 1."
    if not 0 < plan.availability <= 1:
        yield f"--availability: {plan.availability} must be greater than 0 and at most 1."
    for option in ("days", "occasions", "peak_day"):
        if getattr(plan, option) < 1:
            yield f"--{option.replace('_', '-')}: {getattr(plan, option)} must be at least 1."
    yield from _impossible_shape(plan)


def _impossible_shape(plan: Plan) -> Iterator[str]:
    if plan.shape not in EFFECT_PARAMETERS:
        yield f"--shape: '{plan.shape}' must be one of {', '.join(EFFECT_PARAMETERS)}."
    elif plan.days < EFFECT_PARAMETERS[plan.shape]:
        yield f"--days: a {plan.shape} effect needs at least {EFFECT_PARAMETERS[plan.shape]} days."
    if plan.shape != "constant" and not -1 < plan.initial < 1:
        yield f"--initial: {plan.initial} must be greater than -1 and less than 1."
    if plan.shape == "quadratic":
        if not 0 <= plan.initial <= plan.effect:
            yield f"--initial: {plan.initial} must be at least 0 and at most the effect."
        if _mean_of_bend(plan) >= 0:
            yield f"--peak-day: {plan.peak_day} is too early for {plan.days} days: no such curve has its top there."
