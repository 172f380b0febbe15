"""What everybody's nights say together of how steps, and people, differ. Pure.

A hierarchical normal model: nights are compared within each person, by contrasts centered at the logged probabilities.
The effects of the steps vary around zero, and a step's effect varies between people; how far is not known in either
case. Docs: docs/explanation/effects.md.
"""

from dataclasses import dataclass, replace

import numpy as np

from coach.effects.estimates.wcls import Floats, Whole

FEWEST_PEOPLE = 6
# Spread of the steps' effects around zero, and of one step's effect between people, in points.
SPREADS = np.geomspace(0.02, 2.5, 36)
TYPICAL_SPREAD = 0.5
BETWEEN = np.array([0.0, 0.15, 0.3, 0.5, 0.75, 1.1])
TYPICAL_BETWEEN = 0.3
LEAST = 1e-9  # information smaller than this, relative to the largest, is none


def log_prior(points: Floats, typical: float) -> Floats:
    """A half normal density times the width of the grid around each point."""
    return np.asarray(np.log(np.gradient(points)) - 0.5 * (points / typical) ** 2)


# How far the effects spread, and how much people differ, where nothing is known yet.
EFFECTS, LIKE_OTHERS = log_prior(SPREADS, TYPICAL_SPREAD), log_prior(BETWEEN, TYPICAL_BETWEEN)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Nights on which some arms were compared.

    `sent` and `chances` are rows x arms: what was assigned, and its logged probabilities. If `summed`, no arm is the
    base, and each is compared with the average of the others.
    """

    arms: tuple[str, ...]
    person: Whole
    outcome: Floats
    sent: Floats
    chances: Floats
    controls: Floats
    weights: Floats
    summed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Everybody:
    """Each person's own nights, in the directions in which their contrasts are independent (people first).

    Attributes:
        ids: of the persons, in order.
        own, turn: the cross products of the contrasts as eigenvalues and eigenvectors.
        turned: the contrasts times the outcome, in these directions.
        squares: the sum of squares of the outcome.
        nights: how many, without the one that their mean takes.
    """

    ids: Whole
    own: Floats
    turn: Floats
    turned: Floats
    squares: Floats
    nights: Whole


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What some people's nights add up to, for each spread between people (first axis)."""

    information: Floats
    score: Floats
    left_over: Floats
    log_shrunk: Floats
    nights: float

    def without(self, others: "Sums") -> "Sums":
        """The same without some of these people."""
        return Sums(
            self.information - others.information,
            self.score - others.score,
            self.left_over - others.left_over,
            self.log_shrunk - others.log_shrunk,
            self.nights - others.nights,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a block says, for each spread between people (first axis).

    Attributes:
        targets: arms x arms, each row the comparison that is told of an arm.
        ratios: the variance between people, as a multiple of that of one person's nights.
        values, vectors: the information of the effects as eigenvalues and eigenvectors.
        score: the information times the estimates, in the directions of the eigenvectors.
        log_likelihood: without the effects.
        variances: of the residuals.
        df: degrees of freedom of the residuals.
    """

    targets: Floats
    everybody: Everybody
    ratios: Floats
    sums: Sums
    values: Floats
    vectors: Floats
    score: Floats
    log_likelihood: Floats
    variances: Floats
    df: int

    @property
    def people(self) -> int:
        """How many."""
        return len(self.everybody.ids)

    def without(self, at: int) -> "Evidence | None":
        """What everybody but one person says; None if that is nothing."""
        others = self.sums.without(_sums(self.everybody, self.ratios, slice(at, at + 1)))
        return _add_up(self.targets, self.everybody, self.ratios, others)


def evidence_of(block: Block) -> Evidence | None:
    """What the nights say; None if they are too few to say anything."""
    order = np.argsort(block.person, kind="stable")
    person = block.person[order]
    starts = np.flatnonzero(np.r_[True, np.diff(person) != 0])
    if len(starts) < FEWEST_PEOPLE or not len(person):
        return None
    columns = _within(block, order, starts)
    outcome, contrasts = columns[:, 0], columns[:, 1:]
    grams = np.stack([np.add.reduceat(contrasts * contrasts[:, [one]], starts) for one in range(len(block.arms))], 1)
    scores = np.add.reduceat(contrasts * outcome[:, None], starts)
    if np.linalg.matrix_rank(grams.sum(axis=0), hermitian=True) == 0:
        return None
    own, turn = np.linalg.eigh(grams)
    turned, squares = np.einsum("iab,ia->ib", turn, scores), np.add.reduceat(outcome**2, starts)
    nights = np.diff(np.r_[starts, len(person)]) - 1
    everybody = Everybody(person[starts], np.maximum(own, 0), turn, turned, squares, nights)
    return _by_spread(targets_of(len(block.arms), block.summed), everybody, block.controls.shape[1])


def targets_of(arms: int, summed: bool) -> Floats:
    """The comparisons that are told of so many arms: with none, or with the average of the others."""
    if not summed or arms < 2:
        return np.eye(arms)
    return np.asarray(np.eye(arms) * arms / (arms - 1) - 1 / (arms - 1))


def _within(block: Block, order: Whole, starts: Whole) -> Floats:
    """The outcome and the contrasts without each person's mean and without what the controls explain, weighted."""
    weights = block.weights[order]
    sizes = np.diff(np.r_[starts, len(order)])
    columns = np.column_stack([block.outcome, block.sent - block.chances, block.controls])[order]
    means = np.add.reduceat(columns * weights[:, None], starts) / np.add.reduceat(weights, starts)[:, None]
    columns = (columns - np.repeat(means, sizes, axis=0)) * np.sqrt(weights)[:, None]
    kept, controls = np.split(columns, [1 + len(block.arms)], axis=1)
    return np.asarray(kept - controls @ np.linalg.lstsq(controls, kept, rcond=None)[0] if controls.size else kept)


def _by_spread(targets: Floats, everybody: Everybody, controls: int) -> Evidence | None:
    alike = _sums(everybody, np.zeros(1))
    alike = replace(alike, nights=alike.nights - controls)
    first = _add_up(targets, everybody, np.zeros(1), alike)
    if first is None:
        return None
    ratios = BETWEEN**2 / first.variances[0]
    return _add_up(targets, everybody, ratios, replace(_sums(everybody, ratios), nights=alike.nights))


def _sums(everybody: Everybody, ratios: Floats, which: slice = slice(None)) -> Sums:
    """What the nights of some people add up to, by the Woodbury identity on each person's own directions."""
    own, turn, turned = everybody.own[which], everybody.turn[which], everybody.turned[which]
    shrunk = [1 / (1 + ratio * own) for ratio in ratios]
    explained = [ratio * (one * turned**2).sum() for ratio, one in zip(ratios, shrunk, strict=True)]
    return Sums(
        np.stack([np.einsum("iab,ib,icb->ac", turn, own * one, turn) for one in shrunk]),
        np.stack([np.einsum("iab,ib->a", turn, one * turned) for one in shrunk]),
        everybody.squares[which].sum() - np.stack(explained),
        np.stack([np.log(one).sum() for one in shrunk]),
        float(everybody.nights[which].sum()),
    )


def _add_up(targets: Floats, everybody: Everybody, ratios: Floats, sums: Sums) -> Evidence | None:
    values, vectors = np.linalg.eigh(sums.information)
    known = values > LEAST * values[:, -1:]
    df = int(sums.nights) - known.sum(axis=1)
    if df.min() < 1 or not known.any():
        return None
    values = np.where(known, values, 0.0)
    score = np.where(known, np.einsum("sab,sa->sb", vectors, sums.score), 0.0)
    explained = (score**2 / np.where(known, values, 1.0)).sum(axis=1)
    variances = np.maximum((sums.left_over - explained) / df, 1e-6)
    log_likelihood = -0.5 * (sums.nights * np.log(variances) - sums.log_shrunk + sums.left_over / variances)
    by_spread = variances[:, None]
    parts = values / by_spread, vectors, score / by_spread, log_likelihood, variances
    return Evidence(targets, everybody, ratios, sums, *parts, int(df[0]))


def joint_of(evidence: Evidence, prior: Floats = LIKE_OTHERS) -> Floats:
    """Log weights of each spread between people, with its prior, and of the effects, which are integrated out."""
    precision = 1 / SPREADS[None, :, None] ** 2
    values, score = evidence.values[:, None, :], evidence.score[:, None, :]
    terms = score**2 / (values + precision) - np.log1p(values / precision)
    return np.asarray((evidence.log_likelihood + prior)[:, None] + 0.5 * terms.sum(axis=2))


def normalised(log_weights: Floats) -> Floats:
    """Return weights that sum to 1."""
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def log_sum(log_weights: Floats, axis: int) -> Floats:
    """Add up along an axis, in logarithms."""
    most = log_weights.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(log_weights - most).sum(axis=axis)) + most.squeeze(axis))
