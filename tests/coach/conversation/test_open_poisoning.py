"""Something swallowed: follow-ups keep the poison line; a stop beside an open emergency keeps the emergency line."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.people import Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_body_in_danger import BEFORE, NOW, POISON
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

FOLLOW_UPS = [
    "can i give her milk to make her throw up",
    "911 wont come, they hung up",
    "it was only 6 of them im fine lol",
    "how much is too much",
]


@pytest.mark.parametrize("told", ["i took all of my pills", "grandpa swallowed his hearing aid battery"])
@pytest.mark.parametrize("before", ["nothing", "discreet", "stopped"])
def test_follow_ups_keep_the_poison_line(client: FlaskClient, evening: Runtime, told: str, before: str) -> None:
    for earlier in (*BEFORE[before], told):
        said(client, earlier)
    for words in FOLLOW_UPS:
        answer = said(client, words)
        assert POISON in answer
        assert before != "discreet" or "suicide" not in answer


def test_another_danger_gets_no_poison_line_later(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I want to kill myself")
    clock.forward(minutes=5)
    assert POISON not in said(client, "911 wont come, they hung up")


@pytest.mark.parametrize("words", ["STOP", "stop texting me"])
def test_a_stop_in_an_open_emergency_is_confirmed_and_the_line_follows(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "chest pain")
    answer = said(client, words)
    assert rows(evening.engine, Suppression)
    assert "stopped" in answer
    assert "911" in answer


@pytest.mark.parametrize("before", [*BEFORE, "somebody else"])
@pytest.mark.parametrize("words", ["what pills was it", "moms real sleepy after it should i let her sleep it off"])
def test_a_relative_who_asks_gets_the_emergency_lines_in_every_state(
    client: FlaskClient, evening: Runtime, before: str, words: str
) -> None:
    for earlier in BEFORE.get(before, ("this is her son",)):
        said(client, earlier)
    answer = said(client, words)
    assert "911" in answer
    assert POISON in answer
    assert "urgent" in {flag.kind for flag in rows(evening.engine, Flag)}


@pytest.mark.parametrize(
    "words",
    ["ran out of ropinirole 4 days ago, crawling out of my skin", "doctor says double the pramipexole is that right"],
)
def test_a_medicine_only_named_gets_the_medical_answer_in_an_open_crisis(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "I want to kill myself")
    answer = said(client, words)
    assert "medical advice" in answer
    assert "988" in answer
    assert POISON not in answer


def test_without_insulin_the_emergency_number_comes_first(client: FlaskClient, evening: Runtime) -> None:
    assert NOW in said(client, "i have no insulin")


@pytest.mark.parametrize(
    "words", ["estoy muerta de cansancio, hoy trabajé doble", "sorry that was just an expression, we're fine"]
)
@pytest.mark.parametrize("before", ["4 yes", "4 sí", "this pain is killing me"])
def test_an_idiom_after_an_ordinary_answer_flags_nobody(
    client: FlaskClient, evening: Runtime, clock: TestClock, before: str, words: str
) -> None:
    said(client, before)
    clock.forward(minutes=1)
    assert "911" not in said(client, words)
    assert {flag.kind for flag in rows(evening.engine, Flag)} <= {"read"}
