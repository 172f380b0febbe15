"""What a number gets while a crisis or an urgent flag is open: fitting lines, varied words, no hours of silence."""

from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_every_state import PHONE, active
from tests.support import TestClock, rows, say

__all__ = ["evening"]  # a fixture

SELF_HARM, STROKE = "I want to kill myself", "crushing chest pain and i cant breathe"
FITTING = {
    "self-harm": ("i am going to hang myself tonight", "988"),
    "own pills": ("i swallowed 30 pills an hour ago", "1-800-222-1222"),
    "another's overdose": ("my son took a whole bottle of tylenol", "1-800-222-1222"),
    "chest pain": (STROKE, "911"),
    "violence": ("my husband says he will kill me tonight", "911"),
}


@pytest.mark.parametrize("danger", FITTING)
@pytest.mark.parametrize("first", [SELF_HARM, STROKE])
def test_every_new_danger_gets_the_lines_that_fit_it_however_many_came_before(
    client: FlaskClient, evening: Runtime, first: str, danger: str
) -> None:
    for _ in range(7):
        said(client, first)
    words, line = FITTING[danger]
    assert line in said(client, words)


@pytest.mark.parametrize(("words", "every"), [("the cat number {} is on the sofa", 2), ("the cat is on the sofa", 8)])
def test_within_the_hour_other_texts_get_varied_words_new_ones_in_minutes_the_same_once_a_quarter_of_an_hour(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str, every: int
) -> None:
    said(client, SELF_HARM)
    answers = []
    for number in range(29):
        clock.forward(minutes=2)
        answers.append(said(client, words.format(number)))
    told = [number for number, answer in enumerate(answers) if answer]
    assert all("988" in answers[number] and "911" in answers[number] for number in told)
    assert all(answers[one] != answers[other] for one, other in pairwise(told))
    assert len({answers[number] for number in told}) == 3
    assert told[:3] == [0, 1, 2]
    apart = [other - one for one, other in pairwise(told[2:])]
    assert set(apart) == {every}, "the first text after some minutes, or after a quarter of an hour"


def test_in_an_open_urgent_flag_the_emergency_number_is_said_in_varied_words(
    client: FlaskClient, evening: Runtime
) -> None:
    said(client, STROKE)
    answers = [said(client, words) for words in ("we are waiting", "still waiting", "the dog is here")]
    assert all("911" in answer for answer in answers)
    assert len(set(answers)) == 3


def test_what_is_medical_in_an_open_crisis_gets_the_lines_and_a_coach(client: FlaskClient, evening: Runtime) -> None:
    said(client, SELF_HARM)
    answer = said(client, "How many of the ropinirole would it take")
    assert "988" in answer
    assert "911" in answer
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert "988" in said(client, "should I stop my iron pills?")


def test_what_is_medical_in_an_open_urgent_flag_gets_the_emergency_lines(client: FlaskClient, evening: Runtime) -> None:
    said(client, STROKE)
    assert "911" in said(client, "how many aspirin can i take")
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_such_a_question_later_in_an_open_crisis_pages_again(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=2)
    said(client, "How many of the ropinirole would it take")
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]


def test_thanks_after_the_lines_is_left_in_peace_and_later_answered(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, SELF_HARM)
    assert said(client, "thanks") == ""
    clock.forward(hours=1)
    assert "988" in said(client, "thanks")


def test_stop_in_an_open_crisis_ends_the_texts_and_danger_is_still_answered(
    client: FlaskClient, evening: Runtime
) -> None:
    said(client, SELF_HARM)
    said(client, "STOP")
    assert rows(evening.engine, Enrolment)[0].status == "stopped"
    assert "988" in said(client, SELF_HARM)
    answers = [said(client, words) for words in ("the sky is grey", "nobody is here now")]
    assert all("988" in answer for answer in answers)
    assert len(set(answers)) == 2


def test_an_unknown_number_in_danger_is_not_left_in_silence(runtime: Runtime, clock: TestClock) -> None:
    stranger = "+14155550999"
    say(runtime, stranger, SELF_HARM)
    clock.forward(minutes=20)
    answer = say(runtime, stranger, "hello?") or ""
    assert "988" in answer
    assert "coach" not in answer


def test_once_it_is_acknowledged_the_ordinary_answers_are_back(runtime: Runtime, clock: TestClock) -> None:
    active(runtime, clock)
    say(runtime, PHONE, SELF_HARM)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock()))
    answer = say(runtime, PHONE, "4 yes") or ""
    assert "egs 4" in answer
    assert "988" not in answer


def test_help_lines_come_in_the_language_somebody_in_danger_writes(client: FlaskClient, evening: Runtime) -> None:
    assert "Mereces apoyo" in said(client, "ya no quiero vivir, me voy a matar")
    assert "You deserve support" in said(client, SELF_HARM)


def test_help_in_an_open_crisis_begins_with_the_help_lines(client: FlaskClient, evening: Runtime) -> None:
    said(client, SELF_HARM)
    answer = said(client, "HELP")
    assert 0 <= answer.find("988") < answer.find("STOP")
