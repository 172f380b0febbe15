"""The effects: right where the truth is known, equal to another computation, and silent where there is too little."""

import re
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import kstest
from scipy.stats import t as student

from coach.effects.estimates.estimate import (
    ALWAYS,
    INSEPARABLE,
    MANY_PARAMETERS,
    NEVER,
    TOO_FEW,
    estimate_effects,
    report,
)
from coach.effects.estimates.groups import OTHERS
from coach.effects.estimates.nights import Nights
from coach.effects.estimates.one_person import chance_alone, own_nights
from coach.effects.estimates.wcls import numerator
from coach.effects.read_file import PRIOR
from coach.effects.results import REPLIED, SCORE, Estimate
from coach.effects.wording import in_order, sentence
from schedules.decisions import policies
from schedules.decisions.policies import NONE, PolicyInputs
from tests.coach.effects.effects_world import (
    DOCUMENT,
    MARKS,
    TRUTH,
    against_others,
    live,
    naive,
    numbers,
    table,
    thompson,
)


def by_strategy(estimates: tuple[Estimate, ...]) -> dict[str, Estimate]:
    return {one.strategy: one for one in estimates}


@pytest.mark.parametrize(
    ("adaptive", "lowest", "highest"), [(False, 0.91, 0.98), (True, 0.90, 0.98)], ids=["constant", "adaptive"]
)
def test_the_truth_is_recovered_and_the_intervals_hold_it(adaptive: bool, lowest: float, highest: float) -> None:
    trials = live(300, adaptive=adaptive)
    assert 0.2 < np.isnan(trials.score).mean() < 0.3
    found = [estimate_effects(trials.scored(number), SCORE) for number in range(300)]
    assert {one.clusters for one in found} == {40}
    assert {one.df for one in found} == {36 if adaptive else 35}
    for strategy, effect in TRUTH.items():
        truth = against_others(strategy) if adaptive else effect
        estimates = [by_strategy(one.strategies)[strategy] for one in found]
        assert {one.reference for one in estimates} == {OTHERS if adaptive else NONE}
        lows, means, highs = np.array([numbers(one) for one in estimates]).T
        assert abs(means.mean() - truth) < 0.04
        held = ((lows <= truth) & (truth <= highs)).mean()
        assert lowest <= held <= highest, (strategy, held)


def test_the_simulated_thompson_sampling_is_the_true_one() -> None:
    rng = np.random.default_rng(3)
    n = rng.integers(0, 9, (5, 3)).astype(float)
    total = n * rng.integers(2, 8, (5, 3)).astype(float)
    for scored, sums, vector in zip(n, total, thompson(n, total), strict=True):
        outcomes = {arm: (int(k), int(s)) for arm, k, s in zip("abc", scored, sums, strict=True) if k}
        true = policies.adaptive(("a", "b", "c"), PolicyInputs(outcomes=outcomes))
        assert list(true.values()) == pytest.approx(list(vector))


def uneven(seed: int = 5) -> Nights:
    """Probabilities that change from night to night, exclusions, and an arm that some people cannot have."""
    nights, rng = live(1, seed=seed).scored(0), np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(4, 3.0), len(nights.action))
    chances[(nights.person % 3 == 0), 0] = 0
    chances[rng.random(len(chances)) < 0.2, 1] = 0
    chances /= chances.sum(axis=1, keepdims=True)
    action = (rng.random(len(chances))[:, None] > chances.cumsum(axis=1)).sum(axis=1).clip(max=3)
    return replace(nights, chances=chances, action=action)


def test_the_numbers_equal_a_generalised_estimating_equation_of_another_library() -> None:
    nights = uneven()
    prior = nights.controls[PRIOR]
    rows = []
    for row in range(len(nights.action)):  # as the definition reads, night by night
        possible = [place for place in range(4) if nights.chances[row, place] > 0]
        usual = [nights.chances[nights.chances[:, place] > 0, place].mean() for place in range(4)]
        target = [usual[place] / sum(usual[p] for p in possible) if place in possible else 0 for place in range(4)]
        known = prior[row] if np.isfinite(prior[row]) else np.nanmean(prior)
        sent = int(nights.action[row])
        rows.append([target[sent] / nights.chances[row, sent], 1, known, *((sent == k) - target[k] for k in range(3))])
    weights, design = np.array(rows)[:, 0], np.array(rows)[:, 1:]
    root = np.sqrt(weights)
    other = sm.GEE(nights.outcome * root, design * root[:, None], groups=nights.person).fit(cov_type="bias_reduced")
    found = estimate_effects(nights, SCORE)
    assert (found.clusters, found.df) == (40, 40 - 5)
    for place, one in enumerate(found.strategies, start=2):
        assert one.strategy == nights.arms[place - 2]
        assert one.se == pytest.approx(other.bse[place])
        reach = student.ppf(0.975, 35) * other.bse[place]
        estimate = float(other.params[place])
        assert numbers(one) == pytest.approx((estimate - reach, estimate, estimate + reach))
        assert one.p == pytest.approx(2 * student.sf(abs(other.params[place] / other.bse[place]), 35))


def test_people_who_may_not_have_a_step_do_not_bias_it() -> None:
    """Those who may not be offered stretching have far worse legs: comparing plain means would be 3 points off."""
    errors = []
    for seed in range(60):
        nights = live(1, seed=100 + seed).scored(0)
        barred = nights.person < 20
        stretch = nights.arms.index("stretching")
        chances = nights.chances.copy()
        chances[barred, stretch] = 0
        chances /= chances.sum(axis=1, keepdims=True)
        rows = ~(barred & (nights.action == stretch))
        worse = replace(nights, chances=chances, outcome=nights.outcome + 3.0 * barred).only(rows)
        stretching = by_strategy(estimate_effects(worse, SCORE).strategies)["stretching"]
        errors.append(numbers(stretching)[1] - TRUTH["stretching"])
    assert abs(np.mean(errors)) < 0.04 + 3 * np.std(errors) / 60**0.5


def test_constant_probabilities_weigh_every_night_the_same() -> None:
    nights = live(1).scored(0)
    assert numerator(nights.chances) == pytest.approx(nights.chances)


def test_which_strategy_is_the_base_changes_nothing_where_nothing_is_withheld() -> None:
    nights = live(1, adaptive=True).scored(0)
    order = [2, 0, 1]
    turned = Nights(
        tuple(nights.arms[place] for place in order),
        nights.people,
        nights.person,
        nights.chances[:, order],
        np.argsort(order)[nights.action],
        nights.outcome,
        nights.controls,
    )
    one, other = (by_strategy(estimate_effects(these, SCORE).strategies) for these in (nights, turned))
    for strategy in TRUTH:
        assert one[strategy].estimate == pytest.approx(other[strategy].estimate)
        assert one[strategy].se == pytest.approx(other[strategy].se)
        assert one[strategy].n + one[strategy].n_reference == len(nights.action)


def test_an_evening_on_which_no_step_was_possible_is_no_evening_without_a_step() -> None:
    nights = live(1, adaptive=True).scored(0)
    barred = np.arange(len(nights.action)) % 10 == 0
    arms = (*nights.arms, NONE)
    chances = np.column_stack([np.where(barred[:, None], 0.0, nights.chances), barred.astype(float)])
    action = np.where(barred, arms.index(NONE), nights.action)
    found = estimate_effects(replace(nights, arms=arms, chances=chances, action=action), SCORE).strategies
    others = estimate_effects(nights.only(~barred), SCORE).strategies
    assert {one.reference for one in found} == {OTHERS}
    assert list(map(numbers, found)) == [pytest.approx(numbers(one)) for one in others]


def test_a_step_that_changes_who_answers_is_seen() -> None:
    trials, rng = live(1, people=200), np.random.default_rng(1)
    silent = (trials.action == trials.arms.index("massage")) & (rng.random(trials.score.shape) < 0.25)
    nights = replace(trials, score=np.where(silent, np.nan, trials.score)).trial(0)
    found = by_strategy(report(nights).reply_rate.strategies)
    massage = found["massage"]
    low, _, high = numbers(massage)
    assert low < -0.75 * 0.25 < high < -0.1
    assert "fewer answers" in sentence(massage, REPLIED)
    assert found["stretching"].n == int((nights.action == nights.arms.index("stretching")).sum())


def test_done_against_not_done_has_the_wrong_sign_on_the_same_nights_and_the_document_says_by_how_much() -> None:
    trials = live(1, people=400, seed=1)
    found = by_strategy(estimate_effects(trials.scored(0), SCORE).strategies)
    assert (found["stretching"].estimate or 0) < -0.6
    assert naive(trials, 0, "stretching") > 0.3
    text = DOCUMENT.read_text()
    told = re.search(f"{re.escape(MARKS[0])}\n(.*)\n{re.escape(MARKS[1])}", text, re.S)
    assert told
    assert told[1] == table(), "run python -m tests.coach.effects.effects_world"


def test_a_strategy_never_sent_or_hardly_ever_has_counts_and_no_number() -> None:
    nights = live(1).scored(0)
    massage = nights.arms.index("massage")
    never = nights.only(nights.action != massage)
    told = by_strategy(estimate_effects(never, SCORE).strategies)
    assert (told["massage"].note, told["massage"].estimate, told["massage"].n) == (NEVER, None, 0)
    assert told["stretching"].estimate is not None
    seldom = nights.only((nights.action != massage) | (np.arange(len(nights.action)) < 60))
    told = by_strategy(estimate_effects(seldom, SCORE).strategies)
    assert 0 < told["massage"].n < 30
    assert (told["massage"].note, told["massage"].estimate) == (TOO_FEW, None)
    assert sentence(told["massage"], SCORE).startswith(f"{TOO_FEW} ({told['massage'].n} against ")


def test_a_strategy_always_sent_has_nothing_to_be_compared_with() -> None:
    nights = live(1, people=12, nights=20).scored(0)
    always = replace(
        nights, arms=("stretching",), chances=np.ones((len(nights.action), 1)), action=np.zeros_like(nights.action)
    )
    [one] = estimate_effects(always, SCORE).strategies
    assert (one.note, one.estimate, one.n_reference, one.reference) == (ALWAYS, None, 0, OTHERS)


def test_fewer_people_than_parameters_give_no_estimate() -> None:
    nights = live(1, people=5, nights=200).scored(0)
    found = estimate_effects(nights, SCORE)
    assert (found.clusters, found.df) == (5, None)
    assert {(one.estimate, one.note) for one in found.strategies} == {(None, MANY_PARAMETERS)}
    assert TOO_FEW in MANY_PARAMETERS


def test_strategies_that_no_one_person_could_both_have_cannot_be_told_apart() -> None:
    """Half of the people have stretching or massage, the other half mindfulness or none, always."""
    nights = live(1).scored(0)
    first = nights.person % 2 == 0
    halves = np.where(first[:, None], [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5])
    action = np.where(first, nights.action % 2, 2 + nights.action % 2)
    found = by_strategy(estimate_effects(replace(nights, chances=halves, action=action), SCORE).strategies)
    assert {(one.estimate, one.note) for one in found.values()} == {(None, INSEPARABLE)}


def test_no_night_at_all_is_no_estimate_and_no_error() -> None:
    nothing = live(1).scored(0)
    found = report(nothing.only(np.zeros(len(nothing.action), dtype=bool)))
    assert (found.effects.nights, found.effects.clusters, found.effects.strategies) == (0, 0, ())


def test_a_wide_interval_around_nothing_says_too_few_and_a_narrow_one_no_clear_difference() -> None:
    few = by_strategy(estimate_effects(live(1, people=9, nights=20, seed=2).scored(0), SCORE).strategies)["massage"]
    assert few.note == TOO_FEW
    assert sentence(few, SCORE).startswith("too few nights to tell: 95% interval ")
    many = by_strategy(estimate_effects(live(1, people=300).scored(0), SCORE).strategies)
    assert many["massage"].note == ""
    assert sentence(many["massage"], SCORE).startswith("no clear difference: ")
    assert sentence(many["stretching"], SCORE).startswith("0.8 points lower than with no step, 95% interval 0.")
    found = estimate_effects(live(1, people=300).scored(0), SCORE)
    assert [one.strategy for one in in_order(found)] == ["stretching", "mindfulness", "massage"]


def test_an_unknown_control_is_taken_as_its_mean_and_one_that_says_nothing_is_left_out() -> None:
    nights = live(1).scored(0)
    unknown = int(np.isnan(nights.controls[PRIOR]).sum())
    found = estimate_effects(replace(nights, controls={**nights.controls, "same": np.ones(len(nights.action))}), SCORE)
    assert (found.controls, found.filled) == ((PRIOR,), {PRIOR: unknown})
    assert unknown > 0


def test_one_person_is_told_only_after_ten_scored_nights_of_each_kind() -> None:
    nights = live(1, nights=60).scored(0)
    told = {one.participant_id: one for one in own_nights(nights)}
    withheld = nights.arms.index(NONE)
    for person, id in enumerate(nights.people):
        own = nights.action[nights.person == person] != withheld
        enough = min(own.sum(), (~own).sum()) >= 10
        assert (id in told) == enough
        if enough:
            assert (told[id].nudged, told[id].not_nudged) == (own.sum(), (~own).sum())
            assert told[id].note == ("" if told[id].p < 0.05 else TOO_FEW)
    assert 0 < len(told) < 41
    assert list(own_nights(nights.only(nights.person < 0))) == []
    assert list(own_nights(live(1, adaptive=True).scored(0))) == [], "nothing was withheld"


def test_the_randomisation_test_is_right_where_nothing_works_and_sees_what_works() -> None:
    rng = np.random.default_rng(4)
    chance = rng.uniform(0.3, 0.8, 40)
    scores = np.cumsum(rng.normal(0, 1, 40))  # nights lean on each other as hard as can be
    found = []
    for _ in range(400):
        nudged = rng.random(40) < chance
        found.append(chance_alone(scores, chance, abs(scores[nudged].mean() - scores[~nudged].mean())))
    assert kstest(found, "uniform").pvalue > 0.01
    nudged = rng.random(40) < chance
    helped = rng.normal(5, 1, 40) - 2.5 * nudged
    assert chance_alone(helped, chance, abs(helped[nudged].mean() - helped[~nudged].mean())) < 0.01
