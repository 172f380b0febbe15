"""All steps together: a hierarchical normal model, so that twelve people are enough to say something. Pure.

Nights are compared within each person, by contrasts centered at the logged probabilities. The effects of the steps vary
around zero, and a step's effect varies between people; how far is not known in either case, and integrated over a grid.
Docs: docs/explanation/effects.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import NormalDist

import numpy as np

from coach.effects.estimates.constant_coverage import Beliefs, interval
from coach.effects.estimates.student import quantile, tail
from coach.effects.estimates.wcls import Floats, Whole
from coach.effects.results import Pooled

FEWEST_PEOPLE = 6
# Spread of the steps' effects around zero, and of one step's effect between people, in points.
SPREADS = np.geomspace(0.02, 2.5, 36)
TYPICAL_SPREAD = 0.5
BETWEEN = np.array([0.0, 0.15, 0.3, 0.5, 0.75, 1.1])
TYPICAL_BETWEEN = 0.3
# "Clear" is most sensitive to an effect of this size. It is fixed, for looking often to be free.
LOOKED_FOR = 1.0
FAMILY_ERROR = 0.05
NORMAL = NormalDist()
LEAST = 1e-9  # information smaller than this, relative to the largest, is none


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
    """

    ids: Whole
    own: Floats
    turn: Floats
    turned: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a block says, for each spread between people (first axis).

    Attributes:
        targets: arms x arms, each row the comparison that is told of an arm.
        values, vectors: the information of the effects as eigenvalues and eigenvectors.
        score: the information times the estimates, in the directions of the eigenvectors.
        log_weights: log likelihood without the effects, with the prior of the spread between people.
        variances: of the residuals.
        df: degrees of freedom of the residuals.
    """

    targets: Floats
    values: Floats
    vectors: Floats
    score: Floats
    log_weights: Floats
    variances: Floats
    df: int
    everybody: Everybody

    @property
    def people(self) -> int:
        """How many."""
        return len(self.everybody.ids)


def pool(blocks: Sequence[Block], family: int = 0) -> dict[str, Pooled]:
    """Each arm about which the nights say anything; none where fewer than six people have nights to compare.

    Args:
        blocks: nights to be told of together; no two have an arm in common.
        family: for how many steps together "clear" must hold, if more than those of the blocks.
    """
    found = [(block, evidence) for block in map(level, blocks) if (evidence := evidence_of(block)) is not None]
    if not found:
        return {}
    plain = [_plain(evidence) for _, evidence in found]
    family = max(family, sum(len(block.arms) for block, _ in found))
    estimates, errors = (np.concatenate(part) for part in list(zip(*plain, strict=True))[:2])
    beliefs = Beliefs.of(estimates, errors, SPREADS, log_prior(SPREADS, TYPICAL_SPREAD))
    joint = [joint_of(evidence) for _, evidence in found]
    told: dict[str, Pooled] = {}
    for place, (block, evidence) in enumerate(found):
        rest = sum(log_sum(one, axis=0) for other, one in enumerate(joint) if other != place)
        means, chances = _posterior(evidence, joint[place] + rest + log_prior(SPREADS, TYPICAL_SPREAD))
        for arm, mean, chance, estimate, error, df in zip(block.arms, means, chances, *plain[place], strict=True):
            if np.isfinite(error):
                told[arm] = _told(float(mean), float(chance), (estimate, error, int(df)), beliefs, family)
    return told


def _told(mean: float, chance: float, plain: tuple[float, float, int], beliefs: Beliefs, family: int) -> Pooled:
    estimate, error, df = plain
    widened = error * quantile(df, 0.975) / NORMAL.inv_cdf(0.975)
    low, high = interval(estimate, widened, beliefs.without(estimate, error))
    return Pooled(mean, min(low, mean), max(high, mean), chance, is_clear(estimate / error, error, df, family))


def is_clear(t: float, error: float, df: int, family: int) -> bool:
    """Whether a difference is clear however often one looks, and for all steps of the family together.

    The Bayes factor against no difference of a normal prior fixed beforehand is a martingale where there is none: it
    ever reaches `family / 0.05` with probability 0.05 / family at most (Ville's inequality).
    """
    z = -NORMAL.inv_cdf(max(tail(df, abs(t)), 1e-300))
    share = LOOKED_FOR**2 / (LOOKED_FOR**2 + error**2)
    return 0.5 * z**2 * share + 0.5 * log(1 - share) >= log(family / FAMILY_ERROR)


def level(block: Block) -> Block:
    """Take out what the probabilities themselves do to a night.

    In a rotation a step rests after it was sent, so that its probability is lower on the nights that follow. Within a
    person's few nights this would look like a difference.
    """
    evidence = evidence_of(block) if np.ptp(block.chances, axis=0).max(initial=0.0) > 0 else None
    if evidence is None:
        return block
    means, _ = _posterior(evidence, joint_of(evidence) + log_prior(SPREADS, TYPICAL_SPREAD))
    return replace(block, outcome=block.outcome - block.chances @ means)


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
    left = len(person) - len(starts) - block.controls.shape[1]
    own, turn = np.linalg.eigh(grams)
    everybody = Everybody(person[starts], np.maximum(own, 0), turn, np.einsum("iab,ia->ib", turn, scores))
    return _by_spread(everybody, float(outcome @ outcome), left, _targets(len(block.arms), block.summed))


def _targets(arms: int, summed: bool) -> Floats:
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


def _by_spread(everybody: Everybody, squares: float, left: int, targets: Floats) -> Evidence | None:
    """The evidence for each spread between people, by the Woodbury identity on each person's own directions."""
    own, turn, turned = everybody.own, everybody.turn, everybody.turned
    found = []
    first = 0.0
    for between in BETWEEN:
        ratio = between**2 / first if first else 0.0
        shrunk = 1 / (1 + ratio * own)
        information = np.einsum("iab,ib,icb->ac", turn, own * shrunk, turn)
        score = np.einsum("iab,ib->a", turn, shrunk * turned)
        values, vectors = np.linalg.eigh(information)
        known = values > LEAST * values[-1]
        values, score = np.where(known, values, 0.0), np.where(known, vectors.T @ score, 0.0)
        df = left - int(known.sum())
        if df < 1:
            return None
        whole = squares - ratio * float((shrunk * turned**2).sum())
        variance = max((whole - float((score[known] ** 2 / values[known]).sum())) / df, 1e-6)
        first = first or variance
        log_weight = -0.5 * (left * log(variance) - np.log(shrunk).sum() + whole / variance)
        found.append((values / variance, vectors, score / variance, log_weight, variance, df))
    all_values, all_vectors, all_scores, weights, variances, dfs = zip(*found, strict=True)
    log_weights = np.array(weights) + log_prior(BETWEEN, TYPICAL_BETWEEN)
    parts = np.stack(all_values), np.stack(all_vectors), np.stack(all_scores), log_weights, np.array(variances)
    return Evidence(targets, *parts, dfs[0], everybody)


def log_prior(points: Floats, typical: float) -> Floats:
    """A half normal density times the width of the grid around each point."""
    return np.asarray(np.log(np.gradient(points)) - 0.5 * (points / typical) ** 2)


def _plain(evidence: Evidence) -> tuple[Floats, Floats, Floats]:
    """Each comparison as the nights alone tell it: estimate, standard error (infinite if unknown), and its df."""
    known = evidence.values > 0
    inverse = np.where(known, 1 / np.where(known, evidence.values, 1.0), 0.0)
    ways = np.einsum("ka,sab->skb", evidence.targets, evidence.vectors)
    estimates = np.einsum("skb,sb->sk", ways, inverse * evidence.score)
    variances = np.einsum("skb,sb->sk", ways**2, inverse)
    unknown = (ways**2 * ~known[:, None, :]).sum(axis=2).max(axis=0) > 1e-6
    fit = 0.5 * (inverse * evidence.score**2).sum(axis=1) - 0.5 * np.log(np.where(known, evidence.values, 1.0)).sum(1)
    weights = normalised(evidence.log_weights + fit)
    mean = weights @ estimates
    variance = weights @ (variances + (estimates - mean) ** 2)
    shared = 1 - np.minimum(variances[0] / np.maximum(variance, 1e-12), 1.0)  # what differs between people
    df = 1 / ((1 - shared) ** 2 / evidence.df + shared**2 / (evidence.people - 1))
    return mean, np.where(unknown, np.inf, np.sqrt(variance)), np.maximum(np.floor(df), 1)


def joint_of(evidence: Evidence) -> Floats:
    """Log likelihood of each spread between people and each spread of the effects, the effects integrated out."""
    precision = 1 / SPREADS[None, :, None] ** 2
    values, score = evidence.values[:, None, :], evidence.score[:, None, :]
    terms = score**2 / (values + precision) - np.log1p(values / precision)
    return np.asarray(evidence.log_weights[:, None] + 0.5 * terms.sum(axis=2))


def _posterior(evidence: Evidence, log_weights: Floats) -> tuple[Floats, Floats]:
    """Each comparison's posterior mean, and the probability that it is below zero."""
    weights = normalised(log_weights)
    precision = evidence.values[:, None, :] + 1 / SPREADS[None, :, None] ** 2
    ways = np.einsum("ka,sab->skb", evidence.targets, evidence.vectors)
    means = np.einsum("skb,stb->stk", ways, evidence.score[:, None, :] / precision)
    sds = np.sqrt(np.einsum("skb,stb->stk", ways**2, 1 / precision))
    below = np.vectorize(NORMAL.cdf)(-means / sds)
    return np.einsum("st,stk->k", weights, means), np.einsum("st,stk->k", weights, below)


def normalised(log_weights: Floats) -> Floats:
    """Return weights that sum to 1."""
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def log_sum(log_weights: Floats, axis: int) -> Floats:
    """Add up along an axis, in logarithms."""
    most = log_weights.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(log_weights - most).sum(axis=axis)) + most.squeeze(axis))
