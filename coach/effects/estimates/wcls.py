"""Weighted and centred least squares (Boruvka, Almirall, Witkiewitz & Murphy 2018), for any number of arms. Pure.

Outcome = controls + effects, where each arm enters as (1{sent} - numerator probability) and each night weighs numerator
over true probability of what was sent. The centring makes the effects right whatever shape the controls have: even a
wrong model of a person's usual nights cannot bias them. Persons are clusters; the covariance is that of Mancl and
DeRouen (2001), which few clusters need; tests and intervals use t with clusters - parameters degrees of freedom.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.effects.estimates.student import quantile, tail
from coach.effects.outlook import CONFIDENCE

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
SAME = 1e-9  # smaller, relative to the largest singular value, is none


class SingularError(ValueError):
    """The columns cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients with their covariance, and the degrees of freedom left."""

    coefficients: Floats
    covariance: Floats
    clusters: int

    @property
    def df(self) -> int:
        """Clusters - parameters."""
        return self.clusters - len(self.coefficients)

    def contrast(self, weights: Floats) -> tuple[float, float]:
        """A weighted sum of the coefficients, and its standard error."""
        variance = float(weights @ self.covariance @ weights)
        return float(weights @ self.coefficients), float(np.sqrt(max(variance, 0.0)))

    def interval(self, estimate: float, se: float) -> tuple[float, float, float | None]:
        """The 95 % interval, and the two-sided p value of no difference (None if nothing varies)."""
        reach = quantile(self.df, 0.5 + CONFIDENCE / 2) * se
        p = 2 * tail(self.df, abs(estimate) / se) if se else None
        return estimate - reach, estimate + reach, p


def numerator(chances: Floats) -> Floats:
    """Numerator probabilities, rows x arms: constant over time but for what was possible on a night.

    Each arm's is its mean over the nights on which it had a probability. On a night on which some arms had none
    (excluded, resting, no candidate) they are 0 there and the others are scaled to sum to 1. So they depend on the past
    only through which arms were possible, which is all that centring needs; and where the probabilities never change
    they equal them, and every weight is 1.
    """
    possible = chances > 0
    usual = chances.sum(axis=0) / np.maximum(possible.sum(axis=0), 1)
    scaled = possible * usual
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True))


def fit(outcome: Floats, columns: Floats, weights: Floats, person: Whole) -> Fit:
    """Fit by weighted least squares with the covariance of Mancl and DeRouen.

    Args:
        outcome: one number a night.
        columns: nights x parameters.
        weights: one a night, above 0.
        person: the cluster of each night.

    Raises:
        SingularError: two columns say the same, or as many parameters as clusters.
    """
    order = np.argsort(person, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(person[order]) != 0])
    if columns.shape[1] >= len(starts):
        raise SingularError("as many parameters as clusters")
    root = np.sqrt(weights[order])
    scaled, answers = columns[order] * root[:, None], outcome[order] * root
    if rank(scaled) < columns.shape[1]:
        raise SingularError("columns that say the same")
    inverse = np.asarray(np.linalg.inv(scaled.T @ scaled), dtype=np.float64)
    coefficients = inverse @ (scaled.T @ answers)
    scores = np.add.reduceat(scaled * (answers - scaled @ coefficients)[:, None], starts)
    return Fit(coefficients, inverse @ _meat(scaled, scores, inverse, starts) @ inverse, len(starts))


def _meat(scaled: Floats, scores: Floats, inverse: Floats, starts: Whole) -> Floats:
    """The sum over clusters of Z'(I-H)^-1 e e'(I-H)^-1 Z.

    By Z'(I - Z M Z')^-1 = (I - Z'Z M)^-1 Z' it needs no matrix as large as a person's nights.
    """
    size = scaled.shape[1]
    gram = np.stack([np.add.reduceat(scaled * scaled[:, [one]], starts) for one in range(size)], axis=1)
    try:
        corrected = np.linalg.solve(np.eye(size) - gram @ inverse, scores[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:  # one person alone decides a coefficient
        raise SingularError("a coefficient that rests on one cluster") from None
    return np.asarray(corrected.T @ corrected)


def rank(columns: Floats) -> int:
    """How many columns say something of their own, each scaled to the same length."""
    lengths = np.sqrt((columns**2).sum(axis=0))
    scaled = columns[:, lengths > 0] / lengths[lengths > 0]
    if not scaled.size:
        return 0
    singular = np.linalg.eigvalsh(scaled.T @ scaled)
    return int((singular > SAME * singular[-1]).sum())
