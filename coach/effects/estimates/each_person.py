"""What each step does for one person, as their own nights and everybody's together tell it. Pure.

The model is that of `coach.effects.estimates.pooled`: a person's effect of a step varies around the step's effect on
everybody. Who has few nights with a step is taken to be like the others, and nothing is told of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from coach.effects.estimates.estimate import blocks_of
from coach.effects.estimates.nights import Nights
from coach.effects.estimates.one_person import FEWEST_EACH
from coach.effects.estimates.pooled import (
    BETWEEN,
    SPREADS,
    TYPICAL_BETWEEN,
    TYPICAL_SPREAD,
    Block,
    Evidence,
    evidence_of,
    joint_of,
    level,
    log_prior,
    log_sum,
    normalised,
)
from coach.effects.estimates.wcls import Floats
from coach.reflections.own_steps import OwnStep

NORMAL = NormalDist()
REACH = NORMAL.inv_cdf(0.975)
# How much people differ has no half-normal prior here: it would make the intervals of those who do too short.
UNLIKE_OTHERS = 0.5 * (BETWEEN / TYPICAL_BETWEEN) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """The steps' effects on everybody, given a spread between people and its probability."""

    probability: float
    between: float
    variance: float
    mean: Floats
    covariance: Floats


def own_steps(nights: Nights) -> dict[str, list[OwnStep]]:
    """By person, each step of which they have ten scored nights, and ten without it to compare with."""
    told: dict[str, list[OwnStep]] = {}
    for person, step in _each(list(map(level, blocks_of(nights)))):
        told.setdefault(nights.people[person], []).append(step)
    return told


def _each(blocks: Sequence[Block]) -> Iterator[tuple[int, OwnStep]]:
    found = [(block, evidence) for block in blocks if (evidence := evidence_of(block)) is not None]
    joint = [joint_of(evidence) + UNLIKE_OTHERS[:, None] for _, evidence in found]
    for place, (block, evidence) in enumerate(found):
        rest = sum(log_sum(one, axis=0) for other, one in enumerate(joint) if other != place)
        weights = normalised(joint[place] + rest + log_prior(SPREADS, TYPICAL_SPREAD))
        around = list(_around(evidence, weights))
        for at, person in enumerate(evidence.everybody.ids.tolist()):
            sent = block.sent[block.person == person]
            enough = np.minimum(sent.sum(axis=0), len(sent) - sent.sum(axis=0)) >= FEWEST_EACH
            if enough.any():
                for step in _of_person(evidence, around, at, block.arms, sent.sum(axis=0)):
                    if enough[block.arms.index(step.strategy)]:
                        yield person, step


def shared_beliefs(nights: Nights) -> dict[str, tuple[float, float]]:
    """By step, the mean and SD of what it does for a person of whom nothing is known, from everybody's nights."""
    blocks = list(map(level, blocks_of(nights)))
    found = [(block, evidence) for block in blocks if (evidence := evidence_of(block)) is not None]
    beliefs: dict[str, tuple[float, float]] = {}
    for block, evidence in found:
        weights = normalised(joint_of(evidence) + UNLIKE_OTHERS[:, None] + log_prior(SPREADS, TYPICAL_SPREAD))
        around = list(_around(evidence, weights))
        shares = np.array([one.probability for one in around])
        means = np.stack([one.mean for one in around])
        variances = np.stack([np.diag(one.covariance) + one.between**2 for one in around])
        mean = shares @ means
        variance = shares @ (variances + (means - mean) ** 2)
        for place, arm in enumerate(block.arms):
            beliefs[arm] = float(mean[place]), float(np.sqrt(variance[place]))
    return beliefs


def _around(evidence: Evidence, weights: Floats) -> Iterator[Around]:
    """The effects on everybody for each spread between people, over all spreads of the effects."""
    for place, between in enumerate(BETWEEN):
        probability = float(weights[place].sum())
        shares = weights[place] / max(probability, 1e-300)
        variances = 1 / (evidence.values[place][None, :] + 1 / SPREADS[:, None] ** 2)
        means = evidence.score[place] * variances
        mean = shares @ means
        apart = means - mean
        spread = np.diag(shares @ variances) + (apart * shares[:, None]).T @ apart
        turn = evidence.vectors[place]
        yield Around(probability, float(between), float(evidence.variances[place]), turn @ mean, turn @ spread @ turn.T)


def _of_person(
    evidence: Evidence, around: Sequence[Around], at: int, arms: Sequence[str], nights: Floats
) -> Iterator[OwnStep]:
    parts = [_own(evidence, one, at) for one in around if one.probability > 0]
    chances = np.array([one.probability for one in around if one.probability > 0])
    means, sds = (np.stack(part) for part in zip(*parts, strict=True))
    mean = chances @ means
    sd = np.sqrt(chances @ (sds**2 + (means - mean) ** 2))
    below = chances @ np.vectorize(NORMAL.cdf)(-means / sds)
    for place, arm in enumerate(arms):
        reach = REACH * float(sd[place])
        middle = float(mean[place])
        yield OwnStep(arm, int(nights[place]), middle, middle - reach, middle + reach, float(below[place]))


def _own(evidence: Evidence, around: Around, at: int) -> tuple[Floats, Floats]:
    """A person's effects, and their standard deviations, given the spread between people."""
    mean, covariance = around.mean, around.covariance
    if around.between > 0:
        turn, turned = evidence.everybody.turn[at], evidence.everybody.turned[at]
        spread = around.between**2
        known = 1 / (evidence.everybody.own[at] / around.variance + 1 / spread)
        mean = turn @ (known * (turned / around.variance + turn.T @ mean / spread))
        share = (turn * (known / spread)) @ turn.T
        covariance = (turn * known) @ turn.T + share @ covariance @ share.T
    ways = evidence.targets
    return ways @ mean, np.sqrt(np.einsum("ka,ab,kb->k", ways, covariance, ways))
