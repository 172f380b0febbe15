"""The policies: from the eligible strategies and what is known, the probability of every arm. Pure.

A policy has a name and a version. What a version computes never changes, because old rows are replayed with it;
improvements become a new version. A policy sees nothing but `PolicyInputs`, which are logged with the decision.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from math import erfc, exp, fsum, sqrt
from operator import mul

NONE = "none"  # the arm of an evening with the check-in but no step
RECENT_STEPS = 4  # rotation: excludes this many last steps
NO_STEP_PROBABILITY = 0.4  # micro-randomised: the constant probability of no step

# Adaptive: with five arms, a floor of 0.1 leaves half of the probability to learning.
FLOOR = 0.1
CANDIDATES = 5
BEST_SO_FAR = 3
# Prior beliefs, in points of the 0-10 score: the SD between a person's steps, and between nights of one step.
STEPS_SD = 1.0
NIGHTS_SD = 2.0
# The quadrature reaches five SDs beyond the outermost means, in steps near the smallest SD that 56 nights can give.
GRID_STEPS = 40
GRID_SDS = 5
# Adaptive, version 2: a step of which nothing is known, in points against the usual night.
UNKNOWN_STEP = (0.0, 1.0)
SQRT_HALF = sqrt(0.5)


Beliefs = Mapping[str, tuple[float, float]]  # strategy to the mean and SD of what it does, in points


@dataclass(frozen=True, slots=True)
class PolicyInputs:
    """Everything a policy sees.

    Attributes:
        recent: strategies of the last evenings with a step, latest first, at most `RECENT_STEPS`.
        outcomes: strategy to (scored nights, sum of their scores) within the window.
        offered_on: strategy to the last date it was offered within the window.
        tie_draw: number in [0, 1) that breaks ties.
        shared: what the nights of everybody in the program tell of each strategy; lower is better.
    """

    recent: tuple[str, ...] = ()
    outcomes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    offered_on: Mapping[str, date] = field(default_factory=dict)
    tie_draw: float = 0.0
    shared: Beliefs = field(default_factory=dict)


Policy = Callable[[Sequence[str], PolicyInputs], dict[str, float]]


def rotation(eligible: Sequence[str], known: PolicyInputs) -> dict[str, float]:
    """Uniform over the eligible strategies not among the last four; over all of them if none is left."""
    fresh = [id for id in eligible if id not in known.recent] or list(eligible)
    return dict.fromkeys(fresh, 1 / len(fresh))


def micro_randomised(eligible: Sequence[str], _known: PolicyInputs) -> dict[str, float]:
    """No step with a constant 0.4; the eligible strategies share the rest equally, whatever happened before."""
    return dict.fromkeys(eligible, (1 - NO_STEP_PROBABILITY) / len(eligible)) | {NONE: NO_STEP_PROBABILITY}


def adaptive(eligible: Sequence[str], known: PolicyInputs) -> dict[str, float]:
    """Thompson sampling over at most five candidates, each with at least 0.1; the others have no probability.

    A normal model per person: the mean score of a step's nights varies between steps with SD 1 around the person's own
    mean, and single nights around it with SD 2. A Thompson draw chooses a step with the posterior probability that its
    mean is the lowest. That probability is computed rather than simulated, so sampling from this vector is Thompson
    sampling (mixed with the floor), and recomputing the vector needs no seed.
    """
    arms = candidates(eligible, known)
    beliefs = [posterior(arm, known) for arm in arms]
    free = 1 - FLOOR * len(arms)
    return {arm: FLOOR + free * chance for arm, chance in zip(arms, chances_of_lowest(beliefs), strict=True)}


def adaptive_shared(eligible: Sequence[str], known: PolicyInputs) -> dict[str, float]:
    """Thompson sampling as before, but what others' nights tell of a step is known of it from the first evening.

    The candidates are the four best and the one not offered for longest. Without any beliefs shared, each step is
    believed to make no difference, with an SD of one point.
    """
    usual = _usual(known)
    beliefs = {id: shared_posterior(id, known, usual) for id in eligible}
    arms = _candidates_by(beliefs, known)
    free = 1 - FLOOR * len(arms)
    chances = chances_of_lowest([beliefs[arm] for arm in arms])
    return {arm: FLOOR + free * chance for arm, chance in zip(arms, chances, strict=True)}


def _usual(known: PolicyInputs) -> float:
    """The person's usual score, without what the steps are believed to do."""
    nights = sum(n for n, _ in known.outcomes.values())
    sums = [total - n * known.shared.get(id, UNKNOWN_STEP)[0] for id, (n, total) in known.outcomes.items()]
    return fsum(sums) / nights if nights else 5.0


def shared_posterior(strategy: str, known: PolicyInputs, usual: float) -> tuple[float, float]:
    """Return the posterior mean and SD of what a strategy does for this person (lower is better)."""
    believed, sd = known.shared.get(strategy, UNKNOWN_STEP)
    n, total = known.outcomes.get(strategy, (0, 0))
    precision = 1 / sd**2 + n / NIGHTS_SD**2
    return (believed / sd**2 + (total - n * usual) / NIGHTS_SD**2) / precision, 1 / sqrt(precision)


def _candidates_by(beliefs: Beliefs, known: PolicyInputs) -> tuple[str, ...]:
    """Return the four best and the one not offered for longest, ties in order from `tie_draw` on."""
    ids = sorted(beliefs)
    first = int(known.tie_draw * len(ids))
    order = [*ids[first:], *ids[:first]]
    best = sorted(order, key=lambda id: beliefs[id][0])[: CANDIDATES - 1]
    others = sorted((id for id in order if id not in best), key=lambda id: known.offered_on.get(id, date.min))
    return tuple(sorted([*best, *others[:1]]))


def candidates(eligible: Sequence[str], known: PolicyInputs) -> tuple[str, ...]:
    """Return the arms of an adaptive evening: the three best so far, and those not offered for longest.

    Never-offered arms come first. Ties are in order of id, starting at a place given by `tie_draw`.
    """
    first = int(known.tie_draw * len(eligible))
    order = [*sorted(eligible)[first:], *sorted(eligible)[:first]]
    tried = sorted((id for id in order if id in known.outcomes), key=lambda id: posterior(id, known)[0])
    best = tried[:BEST_SO_FAR]
    others = sorted((id for id in order if id not in best), key=lambda id: known.offered_on.get(id, date.min))
    return tuple(sorted([*best, *others[: CANDIDATES - len(best)]]))


def posterior(strategy: str, known: PolicyInputs) -> tuple[float, float]:
    """Return the posterior mean and SD of the score on a strategy's nights (lower is better)."""
    nights = sum(n for n, _ in known.outcomes.values())
    usual = sum(total for _, total in known.outcomes.values()) / nights if nights else 5.0
    n, total = known.outcomes.get(strategy, (0, 0))
    precision = 1 / STEPS_SD**2 + n / NIGHTS_SD**2
    return (usual / STEPS_SD**2 + total / NIGHTS_SD**2) / precision, 1 / sqrt(precision)


def chances_of_lowest(beliefs: Sequence[tuple[float, float]]) -> list[float]:
    """Return the probability that each of several independent normals (mean, SD) is the lowest. They sum to 1.

    Uses the trapezoidal rule, which converges very fast for products of normal curves: here to a few millionths.
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
    ("adaptive", 2): adaptive_shared,
}
CURRENT_VERSION: Mapping[str, int] = {name: max(v for n, v in POLICIES if n == name) for name, _ in POLICIES}


def needs_outcomes(policy: str) -> bool:
    """Return whether a policy learns from scores."""
    return policy == "adaptive"


def probabilities(policy: str, version: int, eligible: Sequence[str], known: PolicyInputs) -> dict[str, float]:
    """Return the probability of every arm that has one, summing to 1: `none` alone if nothing is eligible.

    Raises:
        ValueError: the policy, or this version of it, is unknown.
    """
    if (policy, version) not in POLICIES:
        raise ValueError(f"'{policy}/{version}' is not a policy: choose from {', '.join(CURRENT_VERSION)}")
    return POLICIES[policy, version](eligible, known) if eligible else {NONE: 1.0}
