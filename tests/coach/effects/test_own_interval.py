"""A person's estimate and interval equal other computations: a fine grid of whole covariances, and brute force."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from coach.effects.estimates.each_person import own_steps
from coach.effects.estimates.evidence import Everybody
from coach.effects.estimates.nights import Nights
from coach.effects.estimates.own_interval import Noise, noise_of, own_interval
from tests.coach.effects.pooled_world import Floats, World, study

SPREADS, BETWEEN = np.linspace(0.02, 2.0, 30), np.linspace(0.03, 1.2, 25)
PEOPLE, ARMS, ERROR = 7, 2, 0.4


def alone(nights: Nights) -> tuple[Floats, Floats, float]:
    """Each person's own effects by dummies, their inverse information (a block each), and the variance of a night."""
    person, outcome, action = nights.person, nights.outcome, nights.action
    effects, inverse = np.zeros(PEOPLE * ARMS), np.zeros((PEOPLE * ARMS, PEOPLE * ARMS))
    squares = df = 0.0
    for one in range(PEOPLE):
        rows, part = person == one, slice(one * ARMS, (one + 1) * ARMS)
        columns = np.column_stack([np.ones(rows.sum()), np.equal.outer(action[rows], np.arange(ARMS))])
        whole = np.linalg.inv(columns.T @ columns)
        found = whole @ columns.T @ outcome[rows]
        effects[part], inverse[part, part] = found[1:], whole[1:, 1:]
        squares += float(((outcome[rows] - columns @ found) ** 2).sum())
        df += rows.sum() - ARMS - 1
    return effects, inverse, squares / df


def posterior(effects: Floats, sampling: Floats) -> tuple[Floats, Floats]:
    """Everybody's effects, and the probability that each is below zero, over a grid of both spreads."""
    shared, weights, means, below = np.tile(np.eye(ARMS), (PEOPLE, PEOPLE)), [], [], []
    for spread in SPREADS:
        for between in BETWEEN:
            prior = spread**2 * shared + between**2 * np.eye(len(effects))
            gain = np.linalg.solve(prior + sampling, prior).T
            weights.append(-0.5 * np.linalg.slogdet(prior + sampling)[1] - 0.5 * (spread / 0.5) ** 2)
            weights[-1] -= 0.5 * effects @ np.linalg.solve(prior + sampling, effects)
            means.append(gain @ effects)
            below.append(norm.cdf(-means[-1] / np.sqrt(np.diag(prior - gain @ prior))))
    share = np.exp(np.array(weights) - max(weights))
    share /= share.sum()
    return share @ np.array(means), share @ np.array(below)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_estimate_equals_that_of_a_fine_grid_of_whole_covariances(seed: int) -> None:
    world = World(PEOPLE, 100, (-0.8, 0.0), between_people=0.4, whole=False)
    nights = replace(study(world, seed), controls={})
    nights = nights.only(np.isfinite(nights.outcome))
    effects, inverse, variance = alone(nights)
    means, below = posterior(effects, variance * inverse)
    for person, steps in own_steps(nights).items():
        assert len(steps) == ARMS
        part = slice(int(person) * ARMS, (int(person) + 1) * ARMS)
        assert [one.estimate for one in steps] == pytest.approx(means[part], abs=0.08)
        assert [one.probability_helps for one in steps] == pytest.approx(below[part], abs=0.05)


def by_force(estimate: float, mean: float, spread: float) -> tuple[float, float]:
    """The effects that the estimate does not reject, by tests of 5 % that reject most of what is not believed."""
    shares, whole = np.linspace(0.0005, 0.9995, 1000), float(np.hypot(ERROR, spread))
    kept = []
    for effect in np.arange(estimate - 3, estimate + 3, 0.005):
        lows, highs = effect + ERROR * norm.ppf(0.05 * (1 - shares)), effect + ERROR * norm.ppf(1 - 0.05 * shares)
        accepted = norm.cdf((highs - mean) / whole) - norm.cdf((lows - mean) / whole)
        best = int(np.argmin(accepted))
        if lows[best] <= estimate <= highs[best]:
            kept.append(float(effect))
    return min(kept), max(kept)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 0.2), (-0.8, 0.2), (-0.8, 0.6), (0.5, 1.5)])
@pytest.mark.parametrize("estimate", [-1.5, -0.4, 0.3])
def test_an_interval_is_that_of_the_best_tests_of_each_effect(mean: float, spread: float, estimate: float) -> None:
    own = np.array([[1 / ERROR**2]])
    everybody = Everybody(np.zeros(1, int), own, np.eye(1)[None], own * estimate, np.ones(1), np.ones(1, int))
    known = Noise(np.ones(1), np.full(1, 10**7))
    found = own_interval(everybody, known, 0, np.ones(1), (mean, spread))
    assert found == pytest.approx(by_force(estimate, mean, spread), abs=0.02)


def nights_of(spreads: Floats, nights: int, seed: int) -> Everybody:
    """People whose nights vary so much around their own two effects."""
    rng = np.random.default_rng(seed)
    errors = spreads[:, None] * rng.normal(0, 1, (len(spreads), nights))
    own = np.ones((len(spreads), ARMS))  # two directions of length 1
    turn = np.tile(np.eye(ARMS), (len(spreads), 1, 1))
    left = np.full(len(spreads), nights)
    return Everybody(np.arange(len(spreads)), own, turn, errors[:, :ARMS], (errors**2).sum(axis=1), left)


def test_people_alike_in_their_nights_are_given_one_variance() -> None:
    noise = noise_of(nights_of(np.full(200, 1.5), 40, 1))
    assert np.ptp(np.sqrt(noise.variances)) < 0.35
    assert noise.variances.mean() == pytest.approx(2.25, abs=0.1)
    assert noise.df.min() > 200


def test_people_unlike_in_their_nights_are_given_their_own() -> None:
    noise = noise_of(nights_of(np.repeat([0.7, 2.1], 100), 60, 2))
    assert np.sqrt(noise.variances[:100]).mean() == pytest.approx(0.7, abs=0.12)
    assert np.sqrt(noise.variances[100:]).mean() == pytest.approx(2.1, abs=0.12)
    assert noise.df.max() < 80


def test_nights_that_leave_nothing_over_say_nothing_of_how_they_vary() -> None:
    noise = noise_of(nights_of(np.ones(6), ARMS, 3))
    assert np.isfinite(noise.variances).all()
    assert (noise.df >= 1).all()
