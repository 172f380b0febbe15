"""How sure a person's own nights make their estimates: intervals that hold everyone's effect equally often. Pure.

A posterior interval holds the truth on average over people: nearly always for those who are like the others, and too
seldom for the few who are not, whom it matters to most. These are as wide as the person's own nights are unsure.
Everybody else's nights only decide where an interval is short.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from coach.effects.estimates.constant_coverage import interval
from coach.effects.estimates.evidence import LEAST, Everybody
from coach.effects.estimates.student import quantile
from coach.effects.estimates.wcls import Floats

NORMAL = NormalDist()
WIDEST = 10.0  # points: an interval as wide as all scores tells nothing


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """How much each person's nights vary by themselves: the variance, and its degrees of freedom."""

    variances: Floats
    df: Floats


def noise_of(everybody: Everybody) -> Noise:
    """Each person's variance, drawn to everybody's as far as people are alike in it.

    Some people's legs change more from night to night than others'. The variances are taken to vary by a scaled inverse
    chi-squared distribution, whose degrees of freedom are found by moments (Smyth 2004, SAGMB 3:3).
    """
    known = known_in(everybody.own)
    explained = np.where(known, everybody.turned**2 / np.where(known, everybody.own, 1.0), 0.0).sum(axis=1)
    left_over = np.maximum(everybody.squares - explained, 0.0)
    df = np.maximum(everybody.nights - known.sum(axis=1), 0)
    whole = df.sum()
    typical = max(left_over.sum() / max(whole, 1), 1e-6)
    some = df > 0
    apart = left_over[some] / df[some] / typical - 1
    differ = max((df[some] * apart**2 - 2).sum(), 0.0) / max(whole + 2 * some.sum(), 1)
    shared = min(4 + 2 / max(differ, 1e-9), float(max(whole, 5)))
    return Noise(((shared - 2) * typical + left_over) / (shared + df), shared + df)


def known_in(own: Floats) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """In which directions a person's own nights say anything."""
    return np.asarray(own > LEAST * own.max(axis=-1, keepdims=True))


def own_interval(
    everybody: Everybody, noise: Noise, at: int, way: Floats, believed: tuple[float, float]
) -> tuple[float, float] | None:
    """The 95 % interval of one comparison for one person; None where their own nights do not tell it.

    `believed` is the mean and the SD of what everybody else's nights make of it, in which theirs must have no say.
    """
    own = everybody.own[at]
    known = known_in(own)
    along = everybody.turn[at].T @ way
    if (along[~known] ** 2).sum() > 1e-6:
        return None
    share = along[known] / own[known]
    estimate = float(share @ everybody.turned[at][known])
    error = float(np.sqrt(noise.variances[at] * (share @ along[known])))
    error *= quantile(int(noise.df[at]), 0.975) / NORMAL.inv_cdf(0.975)
    mean, spread = believed
    low, high = interval(estimate - mean, error, spread)
    return (mean + low, mean + high) if high - low < WIDEST else None
