"""While a crisis or a worry is open, the deed or a farewell is danger again, though it reads as harmless."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows, say

__all__ = ["evening"]  # a fixture

SELF_HARM = "I want to kill myself"
WORRY = "make it stop. please. I cant do another night of this"
LAST_WORDS = [
    *(
        "done. goodbye",
        "lo hice, me tomé las 8",
        "did it, all 30 of them",
        "ya lo hice, adiós",
        "thanks for everything",
    ),
    *("step done, note is on the table", "no need to text tomorrow, it'll be over", "this is my last text to you"),
    *("cancel everything, give my spot to someone else", "done", "gracias por todo"),
]


def kinds(runtime: Runtime) -> list[str]:
    return [flag.kind for flag in rows(runtime.engine, Flag)]


@pytest.mark.parametrize("words", LAST_WORDS)
@pytest.mark.parametrize("first", [SELF_HARM, WORRY])
def test_last_words_in_an_open_crisis_page_again_get_the_lines_and_record_nothing(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str, words: str
) -> None:
    said(client, first)
    clock.forward(hours=2)
    assert "988" in said(client, words)
    assert kinds(evening)[-1] == "crisis"
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert "988" in said(client, words), "also when nobody was asked about legs any more"
    assert len(kinds(evening)) == 2, "one page an hour"


def test_a_stop_in_an_open_crisis_pages_again_and_said_twice_gets_the_lines_once(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=2)
    assert "988" in said(client, "please stop texting me")
    assert kinds(evening) == ["crisis", "crisis"]
    assert said(client, "please stop texting me") == ""


@pytest.mark.parametrize("words", ["thanks", "ok", "ok thank you so much", "muchas gracias"])
def test_plain_courtesy_in_an_open_crisis_is_left_in_peace(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, SELF_HARM)
    assert said(client, words) == ""
    assert kinds(evening) == ["crisis"]


@pytest.mark.parametrize("words", ["4 yes", "no", "7"])
def test_a_plain_answer_in_an_open_crisis_is_a_note_for_a_coach(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=2)
    said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert kinds(evening) == ["crisis"]


def test_the_keyword_stop_in_an_open_crisis_stops_with_the_lines(client: FlaskClient, evening: Runtime) -> None:
    said(client, SELF_HARM)
    answer = said(client, "STOP")
    assert "988" in answer
    assert rows(evening.engine, Enrolment)[0].status == "stopped"
    assert "988" in said(client, "done. goodbye")


def test_a_plain_request_to_stop_in_an_open_crisis_is_carried_out_too(client: FlaskClient, evening: Runtime) -> None:
    said(client, SELF_HARM)
    assert "988" in said(client, "please stop texting me")
    assert len(rows(evening.engine, Suppression)) == 1


def test_last_words_of_an_unknown_number_in_danger_get_the_lines(runtime: Runtime) -> None:
    stranger = "+14155550999"
    say(runtime, stranger, SELF_HARM)
    assert "988" in (say(runtime, stranger, "done. goodbye") or "")


def test_without_an_open_crisis_a_step_done_is_an_answer(client: FlaskClient, evening: Runtime) -> None:
    said(client, "4")
    said(client, "did it, all ten stretches")
    assert last_check_in(evening).habit is True
    assert kinds(evening) == []


@pytest.mark.parametrize("words", ["👍", "👍🏽", "✅"])
def test_a_thumb_after_the_lines_is_no_step_done(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, SELF_HARM)
    said(client, words)
    assert last_check_in(evening).habit is None
    assert kinds(evening) == ["crisis"]
