"""All steps together: a hierarchical normal model, so that twelve people are enough to say something. Pure.

How far the effects of the steps vary around zero, and between people, is integrated over a grid. Docs:
docs/explanation/effects.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import log
from statistics import NormalDist

import numpy as np

from coach.effects.estimates.constant_coverage import Beliefs, interval
from coach.effects.estimates.evidence import (
    EFFECTS,
    LIKE_OTHERS,
    SPREADS,
    Block,
    Evidence,
    evidence_of,
    joint_of,
    log_sum,
    normalised,
)
from coach.effects.estimates.student import quantile, tail
from coach.effects.estimates.wcls import Floats
from coach.effects.results import Pooled

# "Clear" is most sensitive to an effect of this size. It is fixed, for looking often to be free.
LOOKED_FOR = 1.0
FAMILY_ERROR = 0.05
NORMAL = NormalDist()


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
    beliefs = Beliefs.of(estimates, errors, SPREADS, EFFECTS)
    joint = [joint_of(evidence) for _, evidence in found]
    told: dict[str, Pooled] = {}
    for place, (block, evidence) in enumerate(found):
        rest = sum(log_sum(one, axis=0) for other, one in enumerate(joint) if other != place)
        means, chances = _posterior(evidence, joint[place] + rest + EFFECTS)
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
    means, _ = _posterior(evidence, joint_of(evidence) + EFFECTS)
    return replace(block, outcome=block.outcome - block.chances @ means)


def _plain(evidence: Evidence) -> tuple[Floats, Floats, Floats]:
    """Each comparison as the nights alone tell it: estimate, standard error (infinite if unknown), and its df."""
    known = evidence.values > 0
    inverse = np.where(known, 1 / np.where(known, evidence.values, 1.0), 0.0)
    ways = np.einsum("ka,sab->skb", evidence.targets, evidence.vectors)
    estimates = np.einsum("skb,sb->sk", ways, inverse * evidence.score)
    variances = np.einsum("skb,sb->sk", ways**2, inverse)
    unknown = (ways**2 * ~known[:, None, :]).sum(axis=2).max(axis=0) > 1e-6
    fit = 0.5 * (inverse * evidence.score**2).sum(axis=1) - 0.5 * np.log(np.where(known, evidence.values, 1.0)).sum(1)
    weights = normalised(evidence.log_likelihood + LIKE_OTHERS + fit)
    mean = weights @ estimates
    variance = weights @ (variances + (estimates - mean) ** 2)
    shared = 1 - np.minimum(variances[0] / np.maximum(variance, 1e-12), 1.0)  # what differs between people
    df = 1 / ((1 - shared) ** 2 / evidence.df + shared**2 / (evidence.people - 1))
    return mean, np.where(unknown, np.inf, np.sqrt(variance)), np.maximum(np.floor(df), 1)


def _posterior(evidence: Evidence, log_weights: Floats) -> tuple[Floats, Floats]:
    """Each comparison's posterior mean, and the probability that it is below zero."""
    weights = normalised(log_weights)
    precision = evidence.values[:, None, :] + 1 / SPREADS[None, :, None] ** 2
    ways = np.einsum("ka,sab->skb", evidence.targets, evidence.vectors)
    means = np.einsum("skb,stb->stk", ways, evidence.score[:, None, :] / precision)
    sds = np.sqrt(np.einsum("skb,stb->stk", ways**2, 1 / precision))
    below = np.vectorize(NORMAL.cdf)(-means / sds)
    return np.einsum("st,stk->k", weights, means), np.einsum("st,stk->k", weights, below)
