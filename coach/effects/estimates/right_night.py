"""Each step is compared on the night that it can act on. Pure.

A step for tonight acts on the night of its own evening, one for tomorrow on the night after. A row has one score: that
of the night its own step acts on. So the night after an evening without a step is found in the row of the next evening,
unless that evening's own step is for tomorrow. What the next evening draws is chance, with a logged probability; so for
the steps of tomorrow only evenings before such an open one are compared, each weighted by one over its probability.
Docs: docs/explanation/effects.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.effects.estimates.nights import Nights
from coach.effects.estimates.wcls import Floats, Whole
from schedules.decisions.policies import NONE

UNKNOWN = 0  # no evening has this day number
WITHOUT = "\x00without"  # an evening with a step of tonight, where steps of tomorrow are compared and none is withheld
DAYS = 1 << 24  # more than there are day numbers
OWN, NEXT = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Evenings:
    """Day numbers of the rows' evenings and scored nights; where nothing was drawn: person, evening, night, score."""

    evening: Whole
    night: Whole
    not_drawn: Sequence[tuple[int, int, int, float]]


def look_ahead(nights: Nights, dates: Evenings) -> Nights:
    """Return the same rows with each one's score on its own night, and what is known of the night after."""
    other = np.array(dates.not_drawn, dtype=float).reshape(-1, 4)
    late = np.isin(nights.arms, list(nights.tomorrow))
    dated = dates.evening != UNKNOWN
    is_late = np.r_[late[nights.action], np.zeros(len(other), dtype=bool)]
    person = np.r_[nights.person, _whole(other, 0)] * DAYS
    all_dated = np.r_[dated, np.ones(len(other), dtype=bool)]
    evenings = np.where(all_dated, person + np.r_[dates.evening, _whole(other, 1)], -1)
    scored = np.where(evenings >= 0, person + np.r_[dates.night, _whole(other, 2)], -1)
    scores = np.r_[nights.outcome, other[:, 3]]
    # The row of the night's own evening comes last, and so has the last word.
    order = np.argsort(~is_late, kind="stable")
    known = order[np.isfinite(scores[order]) & (scored[order] >= 0)]
    chance = np.r_[1 - nights.chances[:, late].sum(axis=1), np.ones(len(other))]
    own = evenings[: len(dated)]
    after = np.where(dated, own + 1, -1)
    moved = dated & ~late[nights.action] & (dates.night != dates.evening)
    outcome = np.where(moved, _found(scored[known], scores[known], own), nights.outcome)
    return replace(
        nights,
        outcome=outcome,
        later=_found(scored[known], scores[known], after),
        open=_product(evenings, np.where(is_late, np.nan, chance), after),
    )


def _whole(other: Floats, column: int) -> Whole:
    return other[:, column].astype(np.int64)


def _found(keys: Whole, values: Floats, wanted: Whole) -> Floats:
    """The last value of each wanted key, NaN where there is none."""
    unique, place = np.unique(keys[::-1], return_index=True)
    if not len(unique):
        return np.full(len(wanted), np.nan)
    at = np.minimum(np.searchsorted(unique, wanted), len(unique) - 1)
    return np.where((unique[at] == wanted) & (wanted >= 0), values[::-1][place][at], np.nan)


def _product(keys: Whole, values: Floats, wanted: Whole) -> Floats:
    """The product of all values of each wanted key: an evening can have more than one draw."""
    unique, place = np.unique(keys, return_inverse=True)
    products = np.ones(len(unique))
    np.multiply.at(products, place, values)
    return _found(unique, products, wanted)


def parted(nights: Nights) -> Nights:
    """Return the rows of the own night and of the night after, one under the other; nothing changes without dates."""
    if not nights.tomorrow or nights.part is not None or nights.later is None or nights.open is None:
        return nights
    late = np.isin(nights.arms, list(nights.tomorrow))
    point = np.arange(len(nights.action))
    nights = replace(nights, point=point)
    own = _given(nights.only(~late[nights.action]), ~late)
    withheld = NONE in nights.arms and bool(nights.chances[:, nights.arms.index(NONE)].any())
    after = nights.only(np.asarray(nights.open) > 0)  # no comparison holds for NaN
    if withheld:
        reached = late | np.isin(nights.arms, [NONE])
        after = _given(after.only(reached[after.action]), reached)
    else:
        own, after = _with_arm(own), _collapsed(_with_arm(after), np.r_[late, False])
    chance = np.asarray(after.open)
    weights = np.r_[np.ones(len(own.action)), chance.mean() / chance if len(chance) else chance]
    both = {name: np.r_[values, after.controls[name]] for name, values in own.controls.items()}
    return replace(
        own,
        person=np.r_[own.person, after.person],
        chances=np.r_[own.chances, after.chances],
        action=np.r_[own.action, after.action],
        outcome=np.r_[own.outcome, np.asarray(after.later)],
        controls=both,
        later=None,
        open=None,
        part=np.repeat([OWN, NEXT], [len(own.action), len(after.action)]),
        point=np.r_[np.asarray(own.point), np.asarray(after.point)],
        weights=weights,
    )


def _given(nights: Nights, arms: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Nights:
    """The probabilities given that one of these arms was drawn."""
    chances = nights.chances * arms
    return replace(nights, chances=chances / chances.sum(axis=1, keepdims=True))


def _with_arm(nights: Nights) -> Nights:
    return replace(
        nights, arms=(*nights.arms, WITHOUT), chances=np.column_stack([nights.chances, np.zeros(len(nights.action))])
    )


def _collapsed(nights: Nights, late: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Nights:
    """All arms of tonight as one: none of them acts on the night after."""
    chances = nights.chances * late
    chances[:, -1] = 1 - chances.sum(axis=1)
    return replace(nights, chances=chances, action=np.where(late[nights.action], nights.action, len(nights.arms) - 1))
