"""All steps together: equal to another computation, and its intervals, names and "clear" as they are promised."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from coach.effects.estimates import evidence
from coach.effects.estimates.constant_coverage import interval
from coach.effects.estimates.estimate import pool_steps, report
from coach.effects.estimates.evidence import Block
from coach.effects.estimates.missing import answer_weights
from coach.effects.estimates.pooled import is_clear, pool
from coach.effects.plain_words import chance, level, margin
from coach.effects.results import Pooled
from tests.coach.effects.pooled_trials import run, world_of
from tests.coach.effects.pooled_world import World, study


def block(seed: int, *, people: int = 8, nights: int = 15, arms: int = 3) -> Block:
    """Nights of steps with the same chance each, and of none."""
    rng, size = np.random.default_rng(seed), people * nights
    action = rng.integers(0, arms + 1, size)
    person = np.repeat(np.arange(people), nights)
    sent = np.equal.outer(action, np.arange(arms)).astype(float)
    outcome = rng.normal(5, 1, people)[person] - 0.9 * sent[:, 0] + rng.normal(0, 1, size)
    names = tuple(f"a{place}" for place in range(arms))
    chances = np.full((size, arms), 1 / (arms + 1))
    return Block(names, person, outcome, sent, chances, rng.normal(0, 1, (size, 1)), np.ones(size), False)


def slow_posterior(one: Block) -> tuple[list[float], list[float]]:
    """Means and probabilities with whole covariance matrices, for every pair of spreads."""
    size = len(one.outcome)
    nuisance = np.column_stack([np.equal.outer(one.person, np.unique(one.person)).astype(float), one.controls])
    basis = np.linalg.svd(np.eye(size) - nuisance @ np.linalg.pinv(nuisance))[0][:, : size - nuisance.shape[1]]
    contrasts = one.sent - one.chances
    y, z = basis.T @ one.outcome, basis.T @ contrasts
    within = one.person[:, None] == one.person
    # Each person's contrasts enter without their mean, as the effects of that person alone.
    plain = contrasts - nuisance @ np.linalg.lstsq(nuisance, contrasts, rcond=None)[0]
    own = basis.T @ (within * (plain @ plain.T)) @ basis
    weights, means, below = [], [], []
    first = 0.0
    for between in evidence.BETWEEN:
        scale = np.eye(len(y)) + (between**2 / first if first else 0.0) * own
        fitted = np.linalg.inv(z.T @ np.linalg.solve(scale, z)) @ z.T @ np.linalg.solve(scale, y)
        variance = float((y - z @ fitted) @ np.linalg.solve(scale, y - z @ fitted)) / (len(y) - z.shape[1])
        first = first or variance
        for spread in evidence.SPREADS:
            whole = variance * scale + spread**2 * z @ z.T
            log_weight = -0.5 * (np.linalg.slogdet(whole)[1] + y @ np.linalg.solve(whole, y))
            log_weight += np.log(np.gradient(evidence.BETWEEN)[between == evidence.BETWEEN][0])
            log_weight += np.log(np.gradient(evidence.SPREADS)[spread == evidence.SPREADS][0])
            log_weight -= 0.5 * (between / evidence.TYPICAL_BETWEEN) ** 2
            log_weight -= 0.5 * (spread / evidence.TYPICAL_SPREAD) ** 2
            inverse = np.linalg.inv(z.T @ np.linalg.solve(variance * scale, z) + np.eye(z.shape[1]) / spread**2)
            mean = inverse @ z.T @ np.linalg.solve(variance * scale, y)
            weights.append(log_weight)
            means.append(mean)
            below.append(norm.cdf(-mean / np.sqrt(np.diag(inverse))))
    share = np.exp(np.array(weights) - max(weights))
    share /= share.sum()
    return list(share @ np.array(means)), list(share @ np.array(below))


@pytest.mark.parametrize(("controls", "close"), [(0, 1e-6), (1, 0.03)])
def test_the_posterior_equals_that_of_whole_covariance_matrices(controls: int, close: float) -> None:
    """Controls are taken out once, for all spreads between people, so with them it is close."""
    one = block(1, people=7, nights=8)
    one = replace(one, controls=one.controls[:, :controls])
    means, below = slow_posterior(one)
    found = pool([one])
    assert [told.estimate for told in found.values()] == pytest.approx(means, abs=close)
    assert [told.probability_helps for told in found.values()] == pytest.approx(below, abs=close)


def test_blocks_share_the_spread_of_effects_and_nothing_else() -> None:
    strong = replace(block(1), outcome=block(1).outcome - 2 * block(1).sent[:, 1])
    weak = replace(block(2), arms=("b0", "b1", "b2"))
    alone, beside = pool([weak]), pool([weak, strong])
    assert set(beside) == {*weak.arms, *strong.arms}
    assert abs(beside["b0"].estimate) > abs(alone["b0"].estimate), "effects are seen to spread further"


@pytest.mark.parametrize("spread", [0.05, 0.5, 2.0])
@pytest.mark.parametrize("effect", [0.0, -0.3, -0.8, -2.0])
def test_an_interval_holds_every_effect_equally_often_whatever_is_believed(effect: float, spread: float) -> None:
    estimates = effect + 0.4 * norm.ppf((np.arange(400) + 0.5) / 400)
    held = [low <= effect <= high for low, high in (interval(float(one), 0.4, spread) for one in estimates)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.006)


def test_an_interval_is_the_usual_one_where_effects_may_be_anything_and_shorter_near_zero_where_not() -> None:
    assert interval(0.7, 0.3, 50.0) == pytest.approx((0.7 - 1.96 * 0.3, 0.7 + 1.96 * 0.3), abs=0.001)
    low, high = interval(0.1, 0.3, 0.1)
    assert high - low < 1.8 * 1.96 * 0.3


def test_clear_is_false_as_seldom_as_promised_however_often_one_looks() -> None:
    rng, studies, looks, steps = np.random.default_rng(1), 400, 60, 10
    errors = 1.5 / np.sqrt(3 * np.arange(1, looks + 1))  # three nights of each step between looks
    totals = rng.normal(0, 1.5 * 3**0.5, (studies, steps, looks)).cumsum(axis=2) / (3 * np.arange(1, looks + 1))
    wrong = sum(
        any(
            is_clear(float(t), float(error), 10**6, steps)
            for row in one
            for t, error in zip(row / errors, errors, strict=True)
        )
        for one in totals
    )
    assert 0 < wrong / studies <= 0.05
    assert is_clear(5.0, 0.3, 300, steps)
    assert is_clear(-5.0, 0.3, 300, steps)
    assert not is_clear(5.0, 0.3, 4, steps), "five standard errors of four degrees of freedom are not much"


def test_a_few_studies_keep_what_the_benchmark_measures() -> None:
    found = run(world_of(12, 6, "micro-randomised", 8, best=-0.8), 20, 1)
    assert 0.9 <= found.covered <= 0.99
    assert found.first >= 0.8
    weekly = run(world_of(12, 4, "rotation", 8), 15, 2, weekly=True)
    assert weekly.falsely_clear == 0
    assert 0.9 <= weekly.covered <= 1


def test_people_who_differ_widen_the_intervals() -> None:
    same, differ = (World(12, 84, (-0.5, 0.0, 0.0), between_people=between) for between in (0.0, 1.5))
    widths = [
        np.mean([one.ci_high - one.ci_low for seed in range(4) for one in pool_steps(study(world, seed)).values()])
        for world in (same, differ)
    ]
    assert widths[1] > 1.4 * widths[0]


def test_words_say_no_more_than_the_numbers() -> None:
    one = Pooled(-0.6, -1.0, -0.2, 0.97, clear=False)
    assert (level(one), chance(one)) == ("Probably helps", "97% likely to help")
    assert level(replace(one, clear=True)) == "Very probably helps"
    assert level(replace(one, estimate=0.6, probability_helps=0.02, clear=True)) == "Very probably makes nights worse"
    assert level(Pooled(-0.1, -0.5, 0.4, 0.6, clear=False)) == "Probably makes little difference"
    assert level(Pooled(-0.1, -1.5, 0.4, 0.6, clear=False)) == "Too early to tell"
    assert chance(replace(one, probability_helps=0.9999)) == "more than 99% likely to help"
    assert chance(replace(one, probability_helps=0.0)) == "less than 1% likely to help"
    assert margin(one) == 0.2
    assert margin(replace(one, ci_high=0.1)) == 0.6, "until the estimate is zero, if the interval includes it already"


def test_the_tipping_point_is_where_missing_nights_take_the_conclusion_away() -> None:
    nights = study(World(30, 60, (-1.2, 0.0)), 3)
    found = report(nights)
    one, arm = found.pooled["a00"], nights.arms.index("a00")
    assert one.ci_high < 0
    missing = np.isnan(nights.outcome[nights.action == arm]).mean()
    assert found.tipping_points["a00"] == pytest.approx(-one.ci_high / missing)


def test_nights_that_are_seldom_answered_weigh_more() -> None:
    nights = study(World(60, 60, (0.0, 0.0)), 3)
    weights, answered = answer_weights(nights), np.isfinite(nights.outcome)
    share = np.array([answered[nights.person == person].mean() for person in range(60)])
    often, seldom = share[nights.person] > 0.9, share[nights.person] < 0.65
    assert weights[answered & seldom].mean() > weights[answered & often].mean() * 1.2
    assert weights[answered].mean() == pytest.approx(1, abs=0.05)
    everything = replace(nights, outcome=np.nan_to_num(nights.outcome, nan=5.0))
    assert answer_weights(everything) == pytest.approx(1, abs=0.01)
