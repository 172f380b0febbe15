"""Intervals that use what the other steps say, and hold every true effect equally often. Pure.

A posterior interval holds the truth on average over the prior: where no step works it would hold nearly always, and too
seldom for the one step that works. These (Yu and Hoff 2018, Biometrika 105:319) hold each true effect with the same
95 %, whatever the others do, and are shortest around zero if the other steps do little.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from coach.effects.estimates.wcls import Floats

ERROR = 0.05
NORMAL = NormalDist()
HALVINGS = 40
LEAST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Beliefs:
    """How far effects spread around zero, as the estimates of all steps tell: log weights on a grid of spreads."""

    spreads: Floats
    log_weights: Floats

    @classmethod
    def of(cls, estimates: Floats, errors: Floats, spreads: Floats, log_prior: Floats) -> "Beliefs":
        """From the estimates and their standard errors; those without information have an infinite one."""
        known = np.isfinite(errors)
        each = [_likelihood(spreads, *pair) for pair in zip(estimates[known], errors[known], strict=True)]
        return cls(spreads, log_prior + np.sum(each, axis=0))

    def without(self, estimate: float, error: float) -> float:
        """The spread as the other steps tell it: an interval's own estimate must have no say in where it is short."""
        log_weights = self.log_weights - _likelihood(self.spreads, estimate, error)
        weights = np.exp(log_weights - log_weights.max())
        return float(np.sqrt(weights @ self.spreads**2 / weights.sum()))


def _likelihood(spreads: Floats, estimate: float, error: float) -> Floats:
    variance = spreads**2 + error**2
    return np.asarray(-0.5 * (np.log(variance) + estimate**2 / variance))


def interval(estimate: float, error: float, spread: float) -> tuple[float, float]:
    """The 95 % interval around an estimate with a standard error, for effects that spread so far around zero."""

    def place(share: float) -> float:
        # The effect at which this share of the error is put on the side away from zero.
        return spread**2 / (2 * error) * (NORMAL.inv_cdf(ERROR * share) - NORMAL.inv_cdf(ERROR * (1 - share)))

    high = _root(lambda share: place(share) - estimate - error * NORMAL.inv_cdf(1 - ERROR * share))
    low = _root(lambda share: place(share) - estimate - error * NORMAL.inv_cdf(ERROR * (1 - share)))
    return estimate + error * NORMAL.inv_cdf(ERROR * (1 - low)), estimate + error * NORMAL.inv_cdf(1 - ERROR * high)


def _root(rising: Callable[[float], float]) -> float:
    low, high = LEAST, 1 - LEAST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
