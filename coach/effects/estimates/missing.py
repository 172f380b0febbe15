"""Nights without a score: how the conclusions depend on them. Pure."""

from collections.abc import Mapping

import numpy as np

from coach.effects.estimates.groups import control_columns, groups_of
from coach.effects.estimates.nights import Nights
from coach.effects.estimates.wcls import Floats
from coach.effects.plain_words import margin
from coach.effects.results import Pooled

LEAST_CHANCE = 0.05  # a night that is hardly ever answered must not count as more than twenty
ROUNDS = 25
RIDGE = 1e-3
OWN_NIGHTS = 2.0  # a person's own share of answers counts as much as everybody's after so many nights


def answer_weights(nights: Nights) -> Floats:
    """Return one over the probability of an answer, for each night, relative to others with the same kind of evening.

    The probability is that of a logistic model: step or none, the controls, whether the last night was answered, and
    the person's share of answers on other nights.
    """
    answered = np.isfinite(nights.outcome).astype(float)
    if not len(answered):
        return answered
    stepped = np.zeros(len(answered))
    for group in groups_of(nights):
        if group.base:
            stepped[group.rows(nights) & (nights.action != nights.arms.index(group.base))] = 1
    plain = np.column_stack([np.ones(len(answered)), stepped])
    columns = np.column_stack([plain, control_columns(nights)[2][:, 1:], *_habits(answered, nights)])
    return np.asarray(_logistic(plain, answered) / _logistic(columns, answered))


def _habits(answered: Floats, nights: Nights) -> tuple[Floats, Floats]:
    """Whether the person's night before in the rows was answered, and their share of the other nights, as log odds."""
    key = nights.person if nights.part is None else nights.person * 2 + nights.part
    before = np.full(len(answered), answered.mean())
    order = np.argsort(key, kind="stable")
    same = np.r_[False, np.diff(key[order]) == 0]
    before[order[same]] = answered[order[:-1][same[1:]]]
    everyone = np.clip(answered.mean(), 0.01, 0.99)
    n, given = np.bincount(nights.person), np.bincount(nights.person, weights=answered)
    share = (given[nights.person] - answered + OWN_NIGHTS * everyone) / (n[nights.person] - 1 + OWN_NIGHTS)
    return before, np.log(share / (1 - share))


def _logistic(columns: Floats, answered: Floats) -> Floats:
    """Fitted probabilities, by Newton's method with a slight ridge, for steps that everybody answers."""
    coefficients = np.zeros(columns.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(columns @ coefficients, -30, 30)))
        slope = columns.T @ (answered - chance) - RIDGE * coefficients
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + RIDGE * np.eye(columns.shape[1])
        change = np.linalg.solve(curve, slope)
        coefficients = coefficients + change
        if np.abs(change).max(initial=0.0) < 1e-8:
            break
    return np.asarray(np.clip(1 / (1 + np.exp(-np.clip(columns @ coefficients, -30, 30))), LEAST_CHANCE, 1))


def tipping_points(nights: Nights, pooled: Mapping[str, Pooled]) -> dict[str, float]:
    """Return for each strategy with unanswered nights by how many points those must differ to change the conclusion."""
    told = {}
    for group in groups_of(nights):
        part = nights.only(group.rows(nights))
        for arm in group.arms:
            missing = _share_missing(part.outcome, part.action == nights.arms.index(arm))
            if missing and arm in pooled:
                told[arm] = margin(pooled[arm]) / missing
    return told


def _share_missing(outcome: Floats, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    return float((~np.isfinite(outcome[rows])).mean()) if rows.any() else 0.0
