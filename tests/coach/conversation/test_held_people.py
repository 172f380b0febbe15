"""Whoever is held for danger can stop, answer our question, learn that the texts wait, and get help for the legs."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

SELF_HARM, STROKE = "I want to kill myself", "crushing chest pain and i cant breathe"
WORRY = "make it stop. please. I cant do another night of this"
DANGERS = [SELF_HARM, STROKE, WORRY]


def kinds(runtime: Runtime) -> list[str]:
    return [flag.kind for flag in rows(runtime.engine, Flag)]


@pytest.mark.parametrize("first", DANGERS)
@pytest.mark.parametrize("yes", ["yes", "yes!!", "Yes I want you to stop. yes. please", "sí, por favor"])
def test_yes_to_our_question_stops_while_danger_is_open(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str, yes: str
) -> None:
    said(client, first)
    clock.forward(days=3)
    assert "STOP or NO" in said(client, "would you kindly cease")
    before = kinds(evening)
    said(client, yes)
    assert rows(evening.engine, Suppression)
    assert rows(evening.engine, Enrolment)[0].status == "stopped"
    assert kinds(evening) == before, "the yes itself is no danger"


@pytest.mark.parametrize("first", DANGERS)
def test_no_to_our_question_settles_it_while_danger_is_open(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str
) -> None:
    said(client, first)
    clock.forward(days=3)
    assert "STOP or NO" in said(client, "leave me alone about it")
    answer = said(client, "NO")
    assert "waiting until a person" in answer
    assert "988" not in answer
    assert rows(evening.engine, Enrolment)[0].held_for is None
    assert rows(evening.engine, Suppression) == []


@pytest.mark.parametrize(
    "words", ["Yes please remove me", "would you kindly cease", "bórrame de la lista por favor", "yes stop"]
)
def test_a_plain_stop_after_a_worry_is_no_danger_to_a_life(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, WORRY)
    clock.forward(days=2)
    said(client, words)
    said(client, "yes")
    assert kinds(evening) == ["read"]
    assert rows(evening.engine, Suppression)


@pytest.mark.parametrize("words", ["I'm in a wheelchair", "ate light like you said", "when do my texts start again?"])
@pytest.mark.parametrize("first", DANGERS)
def test_a_held_person_is_told_once_a_day_that_the_texts_wait(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str, words: str
) -> None:
    said(client, first)
    assert "waiting until" not in said(client, words), "at first only the lines"
    clock.forward(days=4)
    answer = said(client, words)
    assert "waiting until a person" in answer
    assert "911" in answer
    later = said(client, "the cat is on the sofa")
    assert "Your coach will see this" in later
    assert "911" not in later
    clock.forward(days=2)
    assert "waiting until a person" in said(client, words)


def test_a_held_person_who_asks_is_answered(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, WORRY)
    clock.forward(days=4)
    said(client, "I'm in a wheelchair")
    answer = said(client, "¿por qué ya no me llegan los mensajes?")
    assert "Your coach will see" in answer
    assert "988" not in answer


@pytest.mark.parametrize("first", DANGERS)
def test_legs_get_help_after_a_line_about_safety(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str
) -> None:
    said(client, first)
    clock.forward(hours=3)
    answer = said(client, "LEGS")
    assert 0 < answer.find("911") < answer.find("No reply needed")


def test_legs_after_something_swallowed_get_only_the_poison_line(client: FlaskClient, evening: Runtime) -> None:
    said(client, "i took the whole bottle of pills")
    answer = said(client, "LEGS")
    assert "1-800-222-1222" in answer
    assert "No reply needed" not in answer


@pytest.mark.parametrize("words", ["nobody home?", "where is everybody", "anybody there"])
def test_whoever_calls_out_in_an_open_crisis_gets_the_lines_and_nothing_before_them(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to kill myself")
    clock.forward(hours=2)
    answer = said(client, words)
    assert "988" in answer
    assert "waiting" not in answer
    assert "call your clinic" not in answer
