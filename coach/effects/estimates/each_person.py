"""What each step does for one person, as their own nights and everybody's together tell it. Pure.

The model is that of `coach.effects.estimates.evidence`: a person's effect of a step varies around the step's effect on
everybody. Who has few nights with a step is taken to be like the others, and nothing is told of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from coach.effects.estimates.estimate import blocks_of
from coach.effects.estimates.evidence import (
    BETWEEN,
    EFFECTS,
    SPREADS,
    Block,
    Evidence,
    evidence_of,
    joint_of,
    log_sum,
    normalised,
    targets_of,
)
from coach.effects.estimates.nights import Nights
from coach.effects.estimates.one_person import FEWEST_EACH
from coach.effects.estimates.own_interval import Noise, noise_of, own_interval
from coach.effects.estimates.pooled import level
from coach.effects.estimates.wcls import Floats, Whole
from coach.reflections.own_steps import OwnStep

NORMAL = NormalDist()
# How much people differ has no half-normal prior here: it would make those who do seem too much like the others.
UNLIKE_OTHERS = np.log(np.gradient(BETWEEN))


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """The steps' effects on everybody, given a spread between people and its probability."""

    probability: float
    between: float
    mean: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A block, what it says, and what the other blocks say of the spread of the effects."""

    block: Block
    evidence: Evidence
    noise: Noise
    rest: Floats

    def around(self, evidence: Evidence | None = None) -> list[Around]:
        """What everybody's nights say, or other evidence."""
        evidence = evidence or self.evidence
        return list(_around(evidence, normalised(joint_of(evidence, UNLIKE_OTHERS) + self.rest + EFFECTS)))


def own_steps(nights: Nights) -> dict[str, list[OwnStep]]:
    """By person, each step of which they have ten scored nights, and ten without it to compare with."""
    told: dict[str, list[OwnStep]] = {}
    for one in _blocks(nights):
        for person, step in _each(one):
            told.setdefault(nights.people[person], []).append(step)
    return told


def shared_beliefs(nights: Nights) -> dict[str, tuple[float, float]]:
    """By step, the mean and SD of what it does for a person of whom nothing is known, from everybody's nights."""
    beliefs: dict[str, tuple[float, float]] = {}
    for one in _blocks(nights):
        means, sds = _believed(one.around(), np.eye(len(one.block.arms)))
        beliefs |= {arm: (float(mean), float(sd)) for arm, mean, sd in zip(one.block.arms, means, sds, strict=True)}
    return beliefs


def _blocks(nights: Nights) -> Iterator[Told]:
    blocks = list(map(level, blocks_of(nights)))
    found = [(block, evidence) for block in blocks if (evidence := evidence_of(block)) is not None]
    joint = [log_sum(joint_of(evidence, UNLIKE_OTHERS), axis=0) for _, evidence in found]
    for place, (block, evidence) in enumerate(found):
        rest = np.sum([one for other, one in enumerate(joint) if other != place], axis=0)
        yield Told(block, evidence, noise_of(evidence.everybody), np.asarray(rest))


def _each(one: Told) -> Iterator[tuple[int, OwnStep]]:
    around, ids = one.around(), one.evidence.everybody.ids
    places = np.searchsorted(ids, one.block.person)
    counts = np.zeros((len(ids), len(one.block.arms)))
    np.add.at(counts, places, one.block.sent)
    without = np.bincount(places)[:, None] - counts
    enough = np.minimum(counts, without) >= FEWEST_EACH
    for at in np.flatnonzero(enough.any(axis=1)):
        for step in _of_person(one, around, int(at), counts[at], np.flatnonzero(enough[at])):
            yield int(ids[at]), step


def _of_person(told: Told, around: Sequence[Around], at: int, nights: Floats, places: Whole) -> Iterator[OwnStep]:
    others = told.evidence.without(at)
    if others is None:
        return
    ways = _ways(told.block, nights > 0)[places]
    parts = [_own(told, one, at, ways) for one in around if one.probability > 0]
    chances = np.array([one.probability for one in around if one.probability > 0])
    means, sds = (np.stack(part) for part in zip(*parts, strict=True))
    below = chances @ np.vectorize(NORMAL.cdf)(-means / sds)
    believed = zip(*_believed(told.around(others), ways), strict=True)
    for place, way, mean, chance, belief in zip(places, ways, chances @ means, below, believed, strict=True):
        bounds = own_interval(told.evidence.everybody, told.noise, at, way, belief)
        if bounds is not None:
            low, high = min(bounds[0], mean), max(bounds[1], mean)
            values = map(float, (mean, low, high, chance))
            yield OwnStep(told.block.arms[place], int(nights[place]), *values)


def _ways(block: Block, had: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Floats:
    """The comparison of each arm, among those that a person had at all."""
    ways = np.zeros((len(had), len(had)))
    ways[np.ix_(had, had)] = targets_of(int(had.sum()), block.summed)
    return ways


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
        yield Around(probability, float(between), turn @ mean, turn @ spread @ turn.T)


def _believed(around: Sequence[Around], ways: Floats) -> tuple[Floats, Floats]:
    """The mean and SD of each comparison for a person whose own nights have no say in it."""
    shares = np.array([one.probability for one in around])
    means = np.stack([ways @ one.mean for one in around])
    eye = np.eye(ways.shape[1])
    within = [np.einsum("ka,ab,kb->k", ways, one.covariance + one.between**2 * eye, ways) for one in around]
    mean = shares @ means
    return mean, np.sqrt(shares @ (np.stack(within) + (means - mean) ** 2))


def _own(told: Told, around: Around, at: int, ways: Floats) -> tuple[Floats, Floats]:
    """A person's effects, and their standard deviations, given the spread between people."""
    mean, covariance = around.mean, around.covariance
    if around.between > 0:
        everybody, variance = told.evidence.everybody, told.noise.variances[at]
        turn, spread = everybody.turn[at], around.between**2
        known = 1 / (everybody.own[at] / variance + 1 / spread)
        mean = turn @ (known * (everybody.turned[at] / variance + turn.T @ mean / spread))
        share = (turn * (known / spread)) @ turn.T
        covariance = (turn * known) @ turn.T + share @ covariance @ share.T
    return ways @ mean, np.sqrt(np.einsum("ka,ab,kb->k", ways, covariance, ways))
