"""An evening text with somebody's own plan: its length, its first line, its log, and that no draw knows of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from content.catalogue import Catalogue
from content.segments import count
from schedules.decisions.decide import decide
from schedules.decisions.eligibility import Recipient
from schedules.decisions.facts import Plan
from schedules.decisions.history import EarlierStep
from schedules.decisions.own_plan import OwnPlan
from tests.schedules.decisions.deciding import STARTS_ON, facts, half, timing

LONGEST = {
    "en": "After I have brushed my teeth and put the cat out I will stretch my calves at the wall, OK",
    "es": "Después de cenar y de lavar los platos voy a caminar un rato más por la cuadra, con mi mamá",
}
PARTS = {"en": 2, "es": 4}
Draw = Callable[[str], float]


def evening(
    catalogue: Catalogue, own: OwnPlan | None, language: str = "en", draw: Draw = half, policy: str = "rotation"
) -> Plan:
    person = Recipient(language, frozenset(), frozenset(), ())
    earlier, tomorrow = EarlierStep(7, "warm-bath"), STARTS_ON + timedelta(days=1)
    one = facts(timing(catalogue), tomorrow, person=person, earlier=earlier, plan=own, policy=policy)
    return decide(one, catalogue, one.due.at, draw)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("stepless", [False, True])
def test_whatever_the_step_and_the_words_it_stays_short_and_they_begin_no_text(
    catalogue: Catalogue, language: str, stepless: bool
) -> None:
    words, uses = LONGEST[language][:90], set()
    for twelfth in range(0, 120, 4):

        def draw(name: str, share: float = twelfth / 120) -> float:
            return share if name == "strategy" else 0.9

        action = evening(catalogue, None, language, draw).choice.action
        own = OwnPlan("on", words=words, step=None if stepless else action, weekday=2, recall_on=STARTS_ON)
        plan = evening(catalogue, own, language, draw)
        assert plan.text
        first = plan.text.body.partition("\n")[0]
        assert words not in first
        assert plan.plan_use == "pointed" or (words in plan.text.body.splitlines() and len(first) > 39)
        assert count(plan.text.body).parts <= PARTS[language]
        assert catalogue.score_question(language).body in plan.text.body
        uses.add(plan.plan_use)
    assert "pointed" not in uses or (language, stepless) == ("es", True)


@pytest.mark.parametrize("policy", ["rotation", "micro-randomised"])
def test_what_is_drawn_and_logged_of_the_draw_is_the_same_with_a_plan_and_without(
    catalogue: Catalogue, policy: str
) -> None:
    without = evening(catalogue, None, policy=policy)
    action = without.choice.action
    plan = evening(catalogue, OwnPlan("on", words="After tea I will do it", step=action), policy=policy)
    assert plan.choice.facts == {**without.choice.facts, "own_plan": "recalled"}
    drawn = ("probabilities", "draw", "action", "text_id", "eligible", "available", "acts_on")
    assert [getattr(plan.choice, name) for name in drawn] == [getattr(without.choice, name) for name in drawn]


def test_an_evening_of_another_step_says_nothing_of_the_plan(catalogue: Catalogue) -> None:
    without = evening(catalogue, None)
    other = next(id for id in catalogue.strategies if id != without.choice.action)
    plan = evening(catalogue, OwnPlan("on", words="After tea I will do it", step=other))
    assert (plan.text, plan.plan_use) == (without.text, None)


def test_who_wants_no_words_of_theirs_in_a_text_is_only_reminded(catalogue: Catalogue) -> None:
    action = evening(catalogue, None).choice.action
    plan = evening(catalogue, OwnPlan("private", words="After tea I will do it", step=action))
    assert plan.text
    assert "tea" not in plan.text.body
    assert "your own plan" in plan.text.body
    assert plan.plan_use == "pointed"


def test_it_is_asked_for_once_due_and_in_a_statement(catalogue: Catalogue) -> None:
    due = OwnPlan("on", due_on=STARTS_ON + timedelta(days=1))
    plan = evening(catalogue, due)
    assert plan.text
    assert plan.text.body.endswith("I will ...")
    assert plan.choice.facts["own_plan"] == "asked"
    assert evening(catalogue, OwnPlan("on", due_on=STARTS_ON + timedelta(days=2))).plan_use is None
