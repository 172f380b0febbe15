"""The probabilities of each policy, and what the adaptive one learns."""

from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from content.catalogue import Catalogue
from schedules.decisions.policies import (
    CANDIDATES,
    CURRENT_VERSION,
    FLOOR,
    NONE,
    PolicyInputs,
    candidates,
    chances_of_lowest,
    posterior,
    probabilities,
)
from tests.schedules.evenings import evenings

ARMS = ("a", "b", "c", "d", "e", "f", "g")


def test_rotation_is_uniform_over_what_is_not_recent() -> None:
    assert probabilities("rotation", 1, ARMS, PolicyInputs(("a", "c"))) == dict.fromkeys(("b", "d", "e", "f", "g"), 0.2)
    assert probabilities("rotation", 1, ("a", "c"), PolicyInputs(("a", "c"))) == {"a": 0.5, "c": 0.5}


def test_micro_randomised_withholds_with_a_constant_chance_whatever_happened() -> None:
    for known in (PolicyInputs(), PolicyInputs(("a", "b")), PolicyInputs(outcomes={"a": (9, 9)})):
        vector = probabilities("micro-randomised", 1, ("a", "b", "c"), known)
        assert vector == {"a": pytest.approx(0.2), "b": pytest.approx(0.2), "c": pytest.approx(0.2), NONE: 0.4}


@pytest.mark.parametrize("policy", sorted(CURRENT_VERSION))
def test_nothing_eligible_leaves_the_check_in_alone(policy: str) -> None:
    assert probabilities(policy, CURRENT_VERSION[policy], (), PolicyInputs()) == {NONE: 1.0}


def test_every_programme_names_a_policy_there_is(catalogue: Catalogue) -> None:
    assert {programme.policy for programme in catalogue.programmes.values()} <= set(CURRENT_VERSION)


def test_an_unknown_policy_or_version_is_refused() -> None:
    for policy, version in (("best", 1), ("rotation", 2)):
        with pytest.raises(ValueError, match=f"{policy}/{version}"):
            probabilities(policy, version, ARMS, PolicyInputs())


def test_adaptive_prefers_the_step_whose_nights_scored_lower_and_keeps_the_floor() -> None:
    known = PolicyInputs(
        outcomes={"a": (6, 12), "b": (6, 36), "c": (6, 36)}, offered_on=dict.fromkeys("abc", date(2026, 3, 1))
    )
    vector = probabilities("adaptive", 1, ARMS, known)
    assert sum(vector.values()) == pytest.approx(1)
    assert len(vector) == CANDIDATES
    assert max(vector, key=lambda arm: vector[arm]) == "a"
    assert vector["a"] > 0.4
    assert min(vector.values()) >= FLOOR
    assert {"a", "b", "c"} < set(vector), "the three best so far; the others were never offered"


def test_adaptive_candidates_are_the_best_and_those_longest_not_offered() -> None:
    outcomes = {arm: (3, 3 * score) for arm, score in zip("abcde", (1, 2, 3, 7, 8), strict=True)}
    offered = {arm: date(2026, 3, day) for arm, day in zip("abcdefg", (1, 2, 3, 5, 4, 8, 7), strict=True)}
    assert candidates(ARMS, PolicyInputs(outcomes=outcomes, offered_on=offered)) == ("a", "b", "c", "d", "e")
    never = {arm: on for arm, on in offered.items() if arm != "g"}
    assert candidates(ARMS, PolicyInputs(outcomes=outcomes, offered_on=never)) == ("a", "b", "c", "e", "g")


def test_among_equals_the_tie_draw_decides_who_is_a_candidate() -> None:
    seen = Counter(arm for number in range(70) for arm in candidates(ARMS, PolicyInputs(tie_draw=number / 70)))
    assert seen == Counter(dict.fromkeys(ARMS, 50))


def test_a_belief_lies_between_the_persons_mean_and_the_steps_own_and_narrows_with_nights() -> None:
    known = PolicyInputs(outcomes={"a": (8, 16), "b": (8, 64)})
    mean, sd = posterior("a", known)
    assert [mean, sd] == pytest.approx([(5 + 16 / 4) / 3, 3**-0.5])
    assert posterior("new", known) == (5.0, 1.0)


def test_the_chance_to_be_lowest_is_what_simulation_says() -> None:
    drawn, beliefs = Random(1), [(4.0, 0.5), (5.0, 1.0), (4.5, 0.3)]
    lowest: Counter[int] = Counter()
    for _ in range(20_000):
        sample = [drawn.gauss(mean, sd) for mean, sd in beliefs]
        lowest[sample.index(min(sample))] += 1
    for arm, chance in enumerate(chances_of_lowest(beliefs)):
        assert chance == pytest.approx(lowest[arm] / 20_000, abs=0.012)
    assert chances_of_lowest([(5.0, 1.0)] * 4) == pytest.approx([0.25] * 4)
    assert sum(chances_of_lowest([(0.0, 0.3), (10.0, 0.3)])) == pytest.approx(1)


def test_adaptive_learns_over_sixty_evenings_what_helps_this_person(catalogue: Catalogue) -> None:
    good = {"stretching": 2, "mindfulness": 2}
    offered = Counter(
        one.choice.action for number in range(25) for one in evenings(catalogue, "adaptive", number, scores=good)[20:]
    )
    others = [count for id, count in offered.items() if id not in good]
    assert min(offered[id] for id in good) > 2 * sum(others) / len(others)


def test_adaptive_believes_of_a_step_what_others_nights_tell_from_the_first_evening() -> None:
    shared = {arm: (-0.9 if arm == "c" else 0.0, 0.3) for arm in ARMS}
    vector = probabilities("adaptive", 2, ARMS, PolicyInputs(shared=shared))
    assert sum(vector.values()) == pytest.approx(1)
    assert len(vector) == CANDIDATES
    assert min(vector.values()) >= FLOOR
    assert max(vector, key=lambda arm: vector[arm]) == "c"
    assert vector["c"] > 0.5


def test_a_persons_own_nights_outweigh_what_others_nights_tell() -> None:
    shared = {arm: (-0.9 if arm == "c" else 0.0, 0.5) for arm in ARMS}
    outcomes = {"c": (20, 140), "a": (20, 60), "b": (20, 100)}
    vector = probabilities("adaptive", 2, ARMS, PolicyInputs(outcomes=outcomes, shared=shared))
    assert max(vector, key=lambda arm: vector[arm]) == "a"
    assert vector.get("c", 0.0) < 0.15


def test_the_step_that_was_not_offered_for_longest_stays_a_candidate() -> None:
    shared = {arm: (1.0 if arm == "g" else 0.0, 0.1) for arm in ARMS}
    offered = {arm: date(2026, 3, 9) for arm in ARMS if arm != "g"}
    assert "g" in probabilities("adaptive", 2, ARMS, PolicyInputs(offered_on=offered, shared=shared))


def test_an_earlier_version_computes_what_it_always_did() -> None:
    known = PolicyInputs(outcomes={"a": (6, 12), "b": (6, 36)}, shared={"b": (-3.0, 0.1)})
    assert probabilities("adaptive", 1, ARMS, known) == probabilities("adaptive", 1, ARMS, replace(known, shared={}))
    assert probabilities("adaptive", 1, ARMS, known) != probabilities("adaptive", 2, ARMS, known)
