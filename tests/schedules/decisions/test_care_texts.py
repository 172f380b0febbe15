"""Texts about care: when, to whom, and that they are no step."""

from datetime import timedelta

import pytest

from content.catalogue import Catalogue
from schedules.decisions.care_texts import IRON_TEST, ONSET, CareDates, due_care_text
from schedules.decisions.decide import decide
from schedules.decisions.eligibility import Recipient
from schedules.decisions.history import EarlierStep
from tests.schedules.decisions.deciding import STARTS_ON, facts, half, timing

DAY = timedelta(days=1)


def sent_on(every: int, days: int) -> dict[str, list[int]]:
    """The nights on which someone whose evenings are so far apart gets each text."""
    care, found = CareDates(), dict[str, list[int]]()
    for night in range(0, days, every):
        key = due_care_text(STARTS_ON, care, STARTS_ON + DAY * night)
        if key:
            found.setdefault(key, []).append(night)
            on = STARTS_ON + DAY * night
            care = CareDates(on, care.onset_asked_on) if key == IRON_TEST else CareDates(care.iron_test_on, on)
    return found


@pytest.mark.parametrize("every", [1, 2, 7])
def test_everybody_gets_both_within_five_weeks_and_not_too_often(every: int) -> None:
    first = sent_on(every, 36)
    assert len(first[IRON_TEST]) == 1
    assert 1 <= len(first[ONSET]) <= 2
    year = sent_on(every, 365)
    assert len(year[IRON_TEST]) == 2
    assert 10 <= len(year[ONSET]) <= 12
    assert not {*year[IRON_TEST]} & {*year[ONSET]}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("iron", "ferritin", "fast", "on your own")), ("es", ("hierro", "ferritina", "ayunas", "por tu cuenta"))],
)
def test_the_iron_test_is_no_step_and_the_check_in_is_asked_as_ever(
    catalogue: Catalogue, language: str, words: tuple[str, ...]
) -> None:
    on = STARTS_ON + DAY * 9
    person = Recipient(language, frozenset(), frozenset(), ())
    evening = facts(timing(catalogue), on, person=person, earlier=EarlierStep(7, "stretching"))
    plan = decide(evening, catalogue, evening.due.at, half)
    assert (plan.choice.available, plan.choice.unavailable_reason, plan.choice.action) == (False, "care_text", None)
    assert plan.care_text == IRON_TEST
    assert plan.text
    assert plan.text.asks_about == 7
    assert all(word in plan.text.body for word in words)


def test_the_question_about_onset_is_the_only_one_that_a_yes_or_a_no_can_answer(catalogue: Catalogue) -> None:
    on = STARTS_ON + DAY * 20
    evening = facts(timing(catalogue), on, earlier=EarlierStep(7, "stretching"), care=CareDates(on - DAY * 11))
    plan = decide(evening, catalogue, evening.due.at, half)
    assert plan.care_text == ONSET
    assert plan.text
    assert plan.text.asks
    assert plan.text.asks_about is None
    assert plan.text.body.count("?") >= 1


def test_a_morning_never_carries_one(catalogue: Catalogue) -> None:
    morning = facts(timing(catalogue, "evening-and-morning"), STARTS_ON + DAY * 9, slot="morning")
    assert decide(morning, catalogue, morning.due.at, half).care_text is None
