"""The primary contrast of a study: any step against none, by weighted and centered least squares. Pure.

One number, tested once: the estimator is that of `coach.effects.estimates.wcls`, with two arms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coach.effects.estimates.wcls import Fit, Floats, SingularError, Whole, fit, rank

Flags = NDArray[np.bool_]
ONE_ARM = "only one of the two arms was drawn"


@dataclass(frozen=True, slots=True, eq=False)
class Nights:
    """Nights with an outcome, one row each, on which a step was drawn with a chance between 0 and 1.

    `controls` are numbers known before the draw, NaN where unknown.
    """

    person: Whole
    chance: Floats
    step: Flags
    outcome: Floats
    controls: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference a step makes, in units of the outcome. Numbers are None where there is no estimate."""

    step_nights: int
    none_nights: int
    people: int
    df: int | None = None
    estimate: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p: float | None = None
    note: str = ""


def step_against_none(nights: Nights) -> Contrast:
    """Return the estimate with its 95 % interval."""
    steps = int(nights.step.sum())
    counts = steps, len(nights.step) - steps, len(np.unique(nights.person))
    if not min(counts):
        return Contrast(*counts, note=ONE_ARM)
    try:
        found = _fit(nights)
    except SingularError as error:
        return Contrast(*counts, note=str(error))
    estimate, se = found.contrast(np.eye(len(found.coefficients))[-1])
    return Contrast(*counts, found.df, estimate, se, *found.interval(estimate, se))


def _fit(nights: Nights) -> Fit:
    usual = nights.chance.mean()
    weights = np.where(nights.step, usual / nights.chance, (1 - usual) / (1 - nights.chance))
    columns = np.column_stack([_controls(nights), nights.step - usual])
    return fit(nights.outcome, columns, weights, nights.person)


def _controls(nights: Nights) -> Floats:
    """Return the intercept and the controls that vary; unknown values are the mean of the known."""
    columns = np.ones((len(nights.outcome), 1))
    for values in nights.controls.values():
        known = np.isfinite(values)
        mean = values[known].mean() if known.any() else 0.0
        more = np.column_stack([columns, np.where(known, values, mean) - mean])
        columns = more if rank(more) == more.shape[1] else columns
    return columns
