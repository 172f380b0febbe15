"""What each step does for one person: true intervals, no false help, nothing from a few nights."""

from dataclasses import replace

import numpy as np
import pytest

from coach.effects.estimates.each_person import own_steps
from coach.effects.estimates.one_person import FEWEST_EACH
from coach.reflections.own_steps import OwnStep, in_words
from tests.coach.effects.person_trials import Kind, run
from tests.coach.effects.pooled_world import World, live, rows_of, study

WORLD = World(12, 84, (0.0,) * 4)


def test_where_no_step_helps_hardly_anybody_is_told_that_one_does() -> None:
    found = run(WORLD, Kind(), trials=12, seed=5)
    assert found.falsely <= 0.05
    assert 0.92 <= found.covered <= 0.98, "as often as where steps do something"


def test_a_step_that_helps_is_told_to_many_and_another_to_few() -> None:
    found = run(WORLD, Kind(best=-0.8, people=0.3), trials=12, seed=5)
    assert found.helps >= 0.4
    assert found.falsely <= 0.05
    assert 0.92 <= found.covered <= 0.98


def test_the_intervals_of_people_unlike_the_others_hold_their_own_effect_as_often() -> None:
    found = run(replace(WORLD, people=24), Kind(people=0.3), trials=10, seed=6)
    assert found.unlike_covered >= 0.9
    assert 0.92 <= found.covered <= 0.98


def test_in_a_rotation_a_step_is_compared_with_the_others_that_the_person_had() -> None:
    found = run(World(12, 182, (0.0,) * 8, policy="rotation"), Kind(steps=0.3, people=0.3), trials=3, seed=7)
    assert 0.92 <= found.covered <= 0.98
    assert found.falsely <= 0.05


def test_nothing_is_told_of_a_step_with_fewer_than_ten_scored_nights() -> None:
    nights = study(World(12, 40, (-0.8, 0.0, 0.0, 0.0)), 3)
    scored = np.isfinite(nights.outcome)
    for person, steps in own_steps(nights).items():
        own = scored & (nights.person == nights.people.index(person))
        counts = {arm: int((nights.action[own] == place).sum()) for place, arm in enumerate(nights.arms)}
        assert {one.strategy for one in steps} <= {arm for arm, count in counts.items() if count >= FEWEST_EACH}
        assert all(one.nights == counts[one.strategy] for one in steps)


def test_five_people_are_too_few_for_any_of_them() -> None:
    assert own_steps(study(World(5, 84, (-0.8, 0.0)), 1)) == {}


def test_who_is_unlike_the_others_is_told_of_their_own_nights() -> None:
    """Of twelve people one alone is helped, by much: their estimate leaves the others' behind."""
    world = World(12, 168, (0.0, 0.0, 0.0), whole=False)
    lives = live(world, np.random.default_rng(11))
    for one in lives[0]:
        if one.action == 0 and one.score is not None:
            object.__setattr__(one, "score", one.score - 2.5)
    found = own_steps(rows_of(world, lives, 168).nights())
    effects = {person: next(s.estimate for s in steps if s.strategy == "a00") for person, steps in found.items()}
    assert min(effects, key=lambda person: effects[person]) == "0"
    assert effects["0"] < -1.0 < min(effect for person, effect in effects.items() if person != "0")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-1.7, -0.1, "may help: nights between 0.1 and 1.7 points better, 12 scored nights with it"),
        (-1.0, 0.4, "we can't tell yet: nights between 1.0 points better and 0.4 worse, 12 scored nights with it"),
        (-0.1, 0.9, "we can't tell yet: nights between 0.1 points better and 0.9 worse, 12 scored nights with it"),
        (0.1, 0.9, "may make nights worse: nights between 0.1 and 0.9 points worse, 12 scored nights with it"),
    ],
)
def test_a_coach_reads_it_in_words(low: float, high: float, words: str) -> None:
    middle = (low + high) / 2
    assert in_words(OwnStep("a", 12, middle, low, high, 0.99 if high < 0 else 0.01 if low > 0 else 0.6)) == words
