"""Another step on request: drawn and logged beside the evening's, which the check-in still asks about."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from coach.export.write_export import export_clinic
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.people import Enrolment
from schedules.decisions.policies import CURRENT_VERSION
from schedules.decisions.replay import replay
from schedules.planning.decision_log import logged_from
from tests.support import TestClock, enrol, person, rows, say, tick

MARIA = "+14155550001"


@pytest.fixture
def evening(runtime: Runtime, clock: TestClock) -> Runtime:
    """Maria's first evening, just after its text."""
    enrol(runtime, person(1, exclude="fall_risk"))
    clock.forward(hours=10)
    tick(runtime)
    return runtime


def put_on(runtime: Runtime, policy: str) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(policy=policy))


def asked(runtime: Runtime) -> list[Decision]:
    return rows(runtime.engine, Decision, Decision.slot.like("asked%"))


def test_it_is_a_text_of_the_library_for_another_strategy(evening: Runtime) -> None:
    answer = say(evening, MARIA, "another step please")

    [tonight, other] = rows(evening.engine, Decision)
    strategy = evening.catalogue.strategies[other.action]
    assert answer in {text.body.replace("{bedtime}", "your usual") for text in strategy.texts["en"]}
    assert other.action != tonight.action
    assert "fall_risk" not in strategy.exclude
    assert (other.slot, other.local_on) == ("asked-1", tonight.local_on)


@pytest.mark.parametrize("policy", sorted(CURRENT_VERSION))
def test_its_row_replays_whatever_the_policy_of_the_evenings(runtime: Runtime, clock: TestClock, policy: str) -> None:
    enrol(runtime, person(1))
    put_on(runtime, policy)
    clock.forward(hours=10)
    tick(runtime)
    say(runtime, MARIA, "something else?")

    [row] = asked(runtime)
    again = replay(logged_from(row))
    assert again.agrees, again.differences
    assert sum(row.probabilities.values()) == pytest.approx(1)
    assert (row.policy, "none" in row.probabilities) == ("rotation", False)


def test_two_a_day_are_all_different_and_then_it_says_that_is_all(evening: Runtime) -> None:
    answers = [say(evening, MARIA, words) for words in ("another step", "different step", "otro paso")]

    actions = [row.action for row in rows(evening.engine, Decision)]
    assert len(actions) == len(set(actions)) == 3
    assert answers[2] == evening.catalogue.texts_for("another_step_none", "en")[0].body


def test_the_check_in_asks_about_the_evenings_step_all_the_same(evening: Runtime, clock: TestClock) -> None:
    say(evening, MARIA, "another step")
    clock.forward(days=1)
    tick(evening)

    [first, other, second] = rows(evening.engine, Decision)
    assert rows(evening.engine, CheckIn)[-1].step_decision_id == first.id
    assert second.action not in (first.action, other.action)
    assert {first.action, other.action} <= set(second.facts["recent"])


def test_asked_for_before_the_evening_the_evening_still_comes(evening: Runtime, clock: TestClock) -> None:
    clock.forward(hours=20)
    say(evening, MARIA, "another step")
    clock.forward(hours=4)
    tick(evening)

    [first, other, second] = rows(evening.engine, Decision)
    assert other.local_on == second.local_on == first.local_on + timedelta(days=1)
    assert len({first.action, other.action, second.action}) == 3
    assert second.slot == "evening"


def test_nothing_is_learned_from_the_night_of_a_step_asked_for(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    put_on(runtime, "adaptive")
    clock.forward(hours=10)
    tick(runtime)
    say(runtime, MARIA, "another step")
    for _ in range(2):
        clock.forward(days=1)
        tick(runtime)
        say(runtime, MARIA, "3 yes")

    learned = rows(runtime.engine, Decision)[-1].facts["outcomes"]
    assert set(learned) == {rows(runtime.engine, Decision)[0].action}


def test_while_texts_are_held_a_coach_looks_first(evening: Runtime) -> None:
    say(evening, MARIA, "i want to die")
    answer = say(evening, MARIA, "another step")

    assert answer is not None
    assert "coach" in answer
    assert asked(evening) == []


def test_it_is_no_row_of_the_decisions_file(evening: Runtime, tmp_path: Path) -> None:
    say(evening, MARIA, "another step")
    export_clinic(evening, 1, tmp_path, "test", deidentified=False)

    assert [line.split(",")[2] for line in (tmp_path / "decisions.csv").read_text().splitlines()[1:]] == ["evening"]
