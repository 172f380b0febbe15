"""Trials of the pooled estimates in made-up studies: what they come to, for a test and a benchmark."""

from dataclasses import dataclass

import numpy as np

from coach.effects.estimates.estimate import pool_steps
from tests.coach.effects.pooled_world import World, live, rows_of

WEEK = 7


@dataclass(frozen=True)
class Tally:
    """Over all trials of a world.

    Attributes:
        covered: share of 95 % intervals that hold the truth, with its standard error: a study's have `none` in common.
        best_covered: the same, of the first step only.
        first: share of trials that name the first step first.
        clear: share of trials in which it is said to be clear at the last look.
        falsely_clear: share of trials in which a step that does nothing is said to be clear, at any look.
    """

    trials: int
    covered: float
    covered_error: float
    best_covered: float
    first: float
    clear: float
    falsely_clear: float


def run(world: World, trials: int, seed: int, *, weekly: bool = False) -> Tally:
    """Look at the end of each study, or every week."""
    covered: list[float] = []
    best: list[bool] = []
    first = clear = falsely_clear = 0
    nothing = {arm for arm in world.arms if not (*world.tonight, *world.tomorrow)[world.arms.index(arm)]}
    for number in range(trials):
        lives, wrong = live(world, np.random.default_rng([seed, number])), False
        for evenings in range(WEEK, world.evenings + 1, WEEK) if weekly else (world.evenings,):
            pooled = pool_steps(rows_of(world, lives, evenings).nights())
            wrong |= any(pooled[arm].clear for arm in nothing & set(pooled))
        held = {arm: one.ci_low <= world.truth(arm) <= one.ci_high for arm, one in pooled.items()}
        covered.append(sum(held.values()) / len(held))
        best.append(held[world.arms[0]])
        first += min(pooled, key=lambda arm: pooled[arm].estimate) == world.arms[0]
        clear += pooled[world.arms[0]].clear
        falsely_clear += wrong
    shares = (first / trials, clear / trials, falsely_clear / trials)
    error = float(np.std(covered)) / trials**0.5
    return Tally(trials, float(np.mean(covered)), error, float(np.mean(best)), *shares)


def world_of(people: int, weeks: int, policy: str, tonight: int, tomorrow: int = 0, best: float = 0.0) -> World:
    """A study of so many steps, of which only the first does anything."""
    return World(people, WEEK * weeks, (best, *[0.0] * (tonight - 1)), (0.0,) * tomorrow, policy)
