"""After "do you want us to stop?" no answer is lost, and none is taken for a word on the step."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture


@pytest.fixture
def asked(client: FlaskClient, evening: Runtime) -> Runtime:
    assert "STOP or NO" in said(client, "too many texts")
    return evening


@pytest.mark.parametrize("words", ["no, keep em", "NO, sigan", "claro que no", "no i like them", "keep going"])
def test_texts_go_on_for_whoever_says_so_in_words(client: FlaskClient, asked: Runtime, words: str) -> None:
    assert "go on as before" in said(client, words)
    assert rows(asked.engine, Enrolment)[0].held_for is None
    assert last_check_in(asked).habit is None


@pytest.mark.parametrize(
    "words", ["NO I want out", "que no, ya no quiero", "Sure go ahead", "too many texts", "stop it"]
)
def test_a_stop_said_twice_or_in_words_is_carried_out(client: FlaskClient, asked: Runtime, words: str) -> None:
    assert "stopped" in said(client, words)
    assert rows(asked.engine, Suppression)
    assert last_check_in(asked).habit is None


@pytest.mark.parametrize("words", ["ok", "yes but", "call me", "list"])
def test_what_leaves_it_open_is_asked_about_again_and_seen_by_a_coach(
    client: FlaskClient, asked: Runtime, words: str
) -> None:
    assert "STOP or NO" in said(client, words)
    assert rows(asked.engine, Enrolment)[0].held_for == "stop_or_not"
    assert last_check_in(asked).habit is None
    assert rows(asked.engine, InboundReply)[-1].for_coach


def test_a_wish_beside_the_no_reaches_a_coach(client: FlaskClient, asked: Runtime) -> None:
    said(client, "No, solo cambien el paso")
    assert rows(asked.engine, InboundReply)[-1].for_coach


def test_a_return_beside_the_yes_is_a_pause(client: FlaskClient, asked: Runtime) -> None:
    said(client, "si pero vuelvo el 15")
    enrolment = rows(asked.engine, Enrolment)[0]
    assert (enrolment.paused_until_on.day, enrolment.held_for) == (15, None)
    assert not rows(asked.engine, Suppression)
    assert last_check_in(asked).habit is None


@pytest.mark.parametrize("words", ["yes i did my walk", "si hice el paso", "did it"])
def test_what_tells_of_the_step_is_a_word_on_the_step(client: FlaskClient, asked: Runtime, words: str) -> None:
    said(client, words)
    assert last_check_in(asked).habit
    assert rows(asked.engine, Enrolment)[0].held_for == "stop_or_not"


def test_a_full_answer_is_still_one(client: FlaskClient, asked: Runtime) -> None:
    said(client, "5 no")
    assert (last_check_in(asked).score, last_check_in(asked).habit) == (5, False)


def test_a_question_about_stopping_a_medicine_ends_no_texts(client: FlaskClient, asked: Runtime) -> None:
    said(client, "Did the doctor tell you to stop my patches?")

    assert not rows(asked.engine, Suppression)
    assert rows(asked.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize(
    "words",
    [
        "you can stop worrying about dad",
        "did you stop my texts?",
        "I never said stop",
        "ya pararon mis mensajes?",
    ],
)
def test_a_stop_of_something_else_ends_no_texts(client: FlaskClient, asked: Runtime, words: str) -> None:
    said(client, words)
    assert not rows(asked.engine, Suppression)


@pytest.mark.parametrize(
    ("words", "stopped"),
    [("done with the garden for this year", False), ("no more snow here at last", False), ("yes please", True)],
)
def test_days_later_only_a_plain_yes_or_a_wish_to_stop_ends_the_texts(
    client: FlaskClient, asked: Runtime, clock: TestClock, words: str, stopped: bool
) -> None:
    clock.shows += timedelta(days=9)
    said(client, words)
    assert bool(rows(asked.engine, Suppression)) is stopped


MAYBE = ["honestly idk if i want these anymore", "la verdad ya no sé si quiero esto"]


@pytest.mark.parametrize("words", MAYBE)
def test_what_only_sounds_like_a_stop_is_meant_when_it_is_said_again(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    assert "STOP o" in said(client, words)
    clock.forward(minutes=20)
    answer = said(client, words)
    assert rows(evening.engine, Suppression)
    assert "START" in answer
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_in_open_danger_the_same_words_again_are_a_stop(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "I want to die")
    clock.forward(hours=2)
    said(client, MAYBE[0])
    clock.forward(minutes=20)
    assert "988" in said(client, MAYBE[0]).partition("START")[0]
    assert rows(evening.engine, Suppression)


@pytest.mark.parametrize(
    "words", ["ok please call me now", "ok im better now thanks", "i feel so alone", "llámenme por favor"]
)
def test_a_wish_for_a_call_or_news_of_themselves_is_no_second_stop(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, MAYBE[0])
    clock.forward(minutes=5)
    said(client, words)
    assert not rows(evening.engine, Suppression)
    assert rows(evening.engine, InboundReply)[-1].for_coach
