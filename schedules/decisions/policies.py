"""The policies: from what could be offered and what is known, the probability of every arm. Pure.

A policy is a name and a version. What a version computes never changes, for old rows are replayed with it; a better
idea is a new version beside it. Each looks at nothing but `PolicyInputs`, which is logged with the decision.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from math import erfc, exp, fsum, sqrt
from operator import mul

NONE = "none"  # the arm of a micro-randomised evening that asks the check-in and offers no step
RECENT_STEPS = 4  # rotation: a strategy stands back while it is one of this many last steps
NO_STEP_PROBABILITY = 0.4  # micro-randomised: the constant probability of no step

# Adaptive. A floor of 0.1 holds for five arms and leaves half of the probability to what was learned.
FLOOR = 0.1
CANDIDATES = 5
BEST_SO_FAR = 3
# Prior beliefs in points of the 0-10 score: how far a person's steps differ, and how far one night from the next.
STEPS_SD = 1.0
NIGHTS_SD = 2.0
# The quadrature reaches five SDs beyond the outermost means; its interval is near the least SD that 56 nights can give.
GRID_STEPS = 40
GRID_SDS = 5
SQRT_HALF = sqrt(0.5)


@dataclass(frozen=True, slots=True)
class PolicyInputs:
    """All that a policy looks at.

    Attributes:
        recent: strategies of the last evenings that had a step, latest first, at most `RECENT_STEPS`.
        outcomes: strategy to (nights scored, sum of their scores) while it was the evening's step, over the window.
        offered_on: strategy to the last date it was offered, over the window.
        tie_draw: number in [0, 1) that settles which of equals comes first.
    """

    recent: tuple[str, ...] = ()
    outcomes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    offered_on: Mapping[str, date] = field(default_factory=dict)
    tie_draw: float = 0.0


Policy = Callable[[Sequence[str], PolicyInputs], dict[str, float]]


def rotation(eligible: Sequence[str], known: PolicyInputs) -> dict[str, float]:
    """Uniform over the eligible strategies that are not among the last four; over all of them if none is left."""
    fresh = [id for id in eligible if id not in known.recent] or list(eligible)
    return dict.fromkeys(fresh, 1 / len(fresh))


def micro_randomised(eligible: Sequence[str], _known: PolicyInputs) -> dict[str, float]:
    """No step with a constant 0.4; the rest is shared equally by the eligible strategies, whatever happened before."""
    return dict.fromkeys(eligible, (1 - NO_STEP_PROBABILITY) / len(eligible)) | {NONE: NO_STEP_PROBABILITY}


def adaptive(eligible: Sequence[str], known: PolicyInputs) -> dict[str, float]:
    """Thompson sampling over at most five candidates, none of them below 0.1; the other strategies have no probability.

    A normal model of each person alone: the mean score of a step's nights varies between steps with SD 1 around the
    person's own mean, a night around it with SD 2. The chance that a Thompson draw would choose a step is the
    posterior probability that its mean is the lowest; it is computed, not simulated, so that sampling from this
    vector is Thompson sampling (mixed with the floor) and the vector needs no seed to be computed again.
    """
    arms = candidates(eligible, known)
    beliefs = [posterior(arm, known) for arm in arms]
    free = 1 - FLOOR * len(arms)
    return {arm: FLOOR + free * chance for arm, chance in zip(arms, chances_of_lowest(beliefs), strict=True)}


def candidates(eligible: Sequence[str], known: PolicyInputs) -> tuple[str, ...]:
    """The arms of an adaptive evening: the three best so far, and those longest not offered (never offered first).

    Equals are in order of id, beginning at a place that `tie_draw` gives.
    """
    first = int(known.tie_draw * len(eligible))
    order = [*sorted(eligible)[first:], *sorted(eligible)[:first]]
    tried = sorted((id for id in order if id in known.outcomes), key=lambda id: posterior(id, known)[0])
    best = tried[:BEST_SO_FAR]
    others = sorted((id for id in order if id not in best), key=lambda id: known.offered_on.get(id, date.min))
    return tuple(sorted([*best, *others[: CANDIDATES - len(best)]]))


def posterior(strategy: str, known: PolicyInputs) -> tuple[float, float]:
    """Mean and standard deviation of what is believed of the score on a strategy's nights (lower is better)."""
    nights = sum(n for n, _ in known.outcomes.values())
    usual = sum(total for _, total in known.outcomes.values()) / nights if nights else 5.0
    n, total = known.outcomes.get(strategy, (0, 0))
    precision = 1 / STEPS_SD**2 + n / NIGHTS_SD**2
    return (usual / STEPS_SD**2 + total / NIGHTS_SD**2) / precision, 1 / sqrt(precision)


def chances_of_lowest(beliefs: Sequence[tuple[float, float]]) -> list[float]:
    """The probability that each of several independent normals (mean, SD) is the lowest: quadrature, summing to 1.

    The trapezium rule, which for products of normal curves converges at once: here to a few millionths.
    """
    low = min(mean - GRID_SDS * sd for mean, sd in beliefs)
    step = (max(mean + GRID_SDS * sd for mean, sd in beliefs) - low) / GRID_STEPS
    totals = [0.0] * len(beliefs)
    for number in range(GRID_STEPS + 1):
        scaled = [(low + step * number - mean) / sd for mean, sd in beliefs]
        above = [0.5 * erfc(z * SQRT_HALF) for z in scaled]
        before = [1.0, *accumulate(above, mul)]
        after = 1.0
        for arm in range(len(beliefs) - 1, -1, -1):
            totals[arm] += exp(-0.5 * scaled[arm] ** 2) / beliefs[arm][1] * before[arm] * after
            after *= above[arm]
    whole = fsum(totals)
    return [total / whole for total in totals]


POLICIES: Mapping[tuple[str, int], Policy] = {
    ("rotation", 1): rotation,
    ("micro-randomised", 1): micro_randomised,
    ("adaptive", 1): adaptive,
}
CURRENT_VERSION: Mapping[str, int] = {name: max(v for n, v in POLICIES if n == name) for name, _ in POLICIES}


def needs_outcomes(policy: str) -> bool:
    """Whether a policy learns from scores."""
    return policy == "adaptive"


def probabilities(policy: str, version: int, eligible: Sequence[str], known: PolicyInputs) -> dict[str, float]:
    """The probability of every arm that has one, summing to 1: `none` alone when nothing is eligible.

    Raises:
        ValueError: the policy, or this version of it, is unknown.
    """
    if (policy, version) not in POLICIES:
        raise ValueError(f"'{policy}/{version}' is not a policy: choose from {', '.join(CURRENT_VERSION)}")
    return POLICIES[policy, version](eligible, known) if eligible else {NONE: 1.0}
