"""A step for tomorrow is compared on the night after, and nothing is biased where a library has both kinds."""

from datetime import date, timedelta

import numpy as np
import pytest

from coach.effects.estimates.arrays import Dated, Gathered
from coach.effects.estimates.estimate import estimate_effects, report
from coach.effects.estimates.nights import Nights
from coach.effects.estimates.one_person import own_nights
from coach.effects.estimates.right_night import NEXT, OWN, WITHOUT, parted
from coach.effects.results import REPLIED, SCORE
from schedules.decisions.policies import NONE
from tests.coach.effects.effects_world import numbers
from tests.coach.effects.pooled_world import World, study

DAY = date(2026, 3, 2)
BOTH = {"walk": 0.3, "tea": 0.3, NONE: 0.4}
ROTATED = {"walk": 0.5, "tea": 0.5}
KINDS = {"walk": "tonight", "tea": "tomorrow", NONE: ""}


def nights(vector: dict[str, float], *evenings: tuple[int, str, float | None]) -> Nights:
    """One person's rows: the number of the evening, what was assigned, and the score that the row has."""
    gathered = Gathered(())
    for number, action, score in evenings:
        on = DAY + timedelta(days=number)
        if not action:
            gathered.add_not_drawn("p", score, Dated(on, on))
            continue
        outcome_on = on + timedelta(days=KINDS[action] == "tomorrow")
        gathered.add("p", vector, action, score, [], Dated(on, outcome_on, KINDS[action]))
    return gathered.nights()


def told(found: Nights) -> list[tuple[int, int, str, float]]:
    """Part, evening, arm and outcome of each row."""
    assert found.part is not None
    assert found.point is not None
    arms = [found.arms[place] for place in found.action]
    return list(zip(found.part.tolist(), found.point.tolist(), arms, found.outcome.tolist(), strict=True))


def test_a_night_after_an_evening_without_a_step_is_found_in_the_next_row() -> None:
    found = parted(nights(BOTH, (0, NONE, 5), (1, "tea", 7), (2, "walk", 7), (3, NONE, 4), (4, NONE, None)))
    own = [(OWN, 0, NONE, 5.0), (OWN, 2, "walk", 7.0), (OWN, 3, NONE, 4.0)]
    assert told(found)[:3] == own
    assert told(found)[4:] == [(NEXT, 1, "tea", 7.0), (NEXT, 3, NONE, pytest.approx(np.nan, nan_ok=True))]
    # Evening 0 is before one whose step is for tomorrow, so its night after is nobody's; 4 has no evening after it.
    assert found.weights is not None
    assert found.weights == pytest.approx(np.ones(len(found.action)))
    assert dict(zip(found.arms, found.chances[-1], strict=True)) == pytest.approx(
        {NONE: 4 / 7, "tea": 3 / 7, "walk": 0}
    )


def test_an_evening_on_which_nothing_was_drawn_leaves_its_night_open_for_certain() -> None:
    found = parted(nights(BOTH, (0, "tea", 3), (1, "", 3), (2, NONE, 6), (3, "", 8), (4, NONE, 5), (5, NONE, 2)))
    after = [row for row in told(found) if row[0] == NEXT]
    assert after == [(NEXT, 0, "tea", 3.0), (NEXT, 1, NONE, 8.0), (NEXT, 2, NONE, 2.0)]
    weights = np.asarray(found.weights)[-3:]
    assert weights == pytest.approx(np.array([1, 1, 1 / 0.7]) * np.mean([1, 1, 0.7]))


def test_where_nothing_is_withheld_a_step_for_tomorrow_is_compared_with_all_of_tonight() -> None:
    found = parted(nights(ROTATED, (0, "walk", 5), (1, "walk", 6), (2, "tea", 1), (3, "walk", 1)))
    assert [row for row in told(found) if row[0] == NEXT] == [(NEXT, 0, WITHOUT, 6.0), (NEXT, 2, "tea", 1.0)]
    assert [row[2] for row in told(found) if row[0] == OWN] == ["walk"] * 3


def test_where_the_two_rows_of_a_night_disagree_the_row_of_its_own_evening_counts() -> None:
    found = parted(nights(BOTH, (0, "tea", 3), (1, "walk", 4), (2, NONE, 6)))
    assert (NEXT, 0, "tea", 4.0) in told(found)


def test_without_dates_or_steps_for_tomorrow_nothing_is_apart() -> None:
    plain = Gathered(())
    for action in ("walk", "tea", NONE):
        plain.add("p", BOTH, action, 4, [])
    assert parted(plain.nights()).part is None
    assert parted(nights({"walk": 0.6, NONE: 0.4}, (0, "walk", 3), (1, NONE, 4))).part is None


@pytest.mark.parametrize("policy", ["micro-randomised", "rotation"])
def test_both_kinds_are_recovered_from_one_library(policy: str) -> None:
    """Means over four studies of 500 people whose nights vary little: within 0.05 points of what is true."""
    tonight, tomorrow = (-0.8, -0.4, 0.0, 0.0), (-0.8, 0.4, 0.0)
    world = World(500, 42, tonight, tomorrow, policy, unavailable=0.1, whole=False, spread=0.3)
    found = [report(study(world, seed)) for seed in range(4)]
    for arm in world.arms:
        plain = [numbers(one)[1] for each in found for one in each.effects.strategies if one.strategy == arm]
        assert len(plain) == len(found)
        assert abs(np.mean(plain) - world.truth(arm)) < 0.05, arm
        assert abs(np.mean([each.pooled[arm].estimate for each in found]) - world.truth(arm)) < 0.05, arm


def test_a_study_of_one_step_for_tomorrow_recovers_it() -> None:
    world = World(1500, 28, (), (-0.8,), whole=False)
    [one] = estimate_effects(study(world, 3), SCORE).strategies
    assert (one.strategy, one.reference) == ("b00", NONE)
    assert abs(numbers(one)[1] + 0.8) < 0.05


def test_counts_are_of_the_nights_compared_and_each_evening_counts_once() -> None:
    rows = study(World(40, 42, (0.0, 0.0), (0.0, 0.0)), 1)
    found = estimate_effects(rows, SCORE)
    by_name = {one.strategy: one for one in found.strategies}
    assert by_name["a00"].n_reference > by_name["b00"].n_reference > 0
    replied = report(rows).reply_rate
    assert found.nights < replied.nights <= len(rows.action)
    assert replied.outcome == REPLIED


def test_one_person_is_told_of_steps_for_tonight_only() -> None:
    rows = study(World(12, 84, (0.0,), (-3.0,), whole=False), 2)
    late = np.isin(np.array(rows.arms)[rows.action], ["b00"])
    for one in own_nights(rows):
        own = (rows.person == rows.people.index(one.participant_id)) & np.isfinite(rows.outcome)
        assert one.nudged + one.not_nudged == int((own & ~late).sum())
