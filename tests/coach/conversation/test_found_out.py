"""A phone that was found, pills told in silence, one stop more, and who reads these texts."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply, MailMessage
from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows, staff, tick

__all__ = ["evening"]  # a fixture

POISON, HARMED = "1-800-222-1222", "my husband says he will kill me tonight"
BY_THE_OTHER = [
    *("who is this. why are you texting my girl", "he found the phone", "gotta go", "delete this number"),
    *("dont call me back he is here", "pls stop he saw the last one", "ya lo vio, me tengo que ir"),
]


@pytest.mark.parametrize("words", BY_THE_OTHER)
def test_whoever_found_the_phone_gets_no_answer_and_a_coach_is_told(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, HARMED)
    clock.forward(minutes=5)

    assert said(client, words) == ""
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert "crisis" in {flag.kind for flag in rows(evening.engine, Flag)}


@pytest.mark.parametrize("words", ["gotta go", "who is this", "delete this number"])
def test_the_same_words_are_answered_on_a_phone_of_ones_own(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)

    assert [flag.kind for flag in rows(evening.engine, Flag) if flag.kind == "crisis"] == []


@pytest.mark.parametrize("words", ["dont answer this. i took the pills", "no contesten. me tomé las pastillas"])
def test_pills_told_in_silence_get_the_poison_line(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert POISON in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] in (["urgent"], ["crisis"])


def test_a_possible_overdose_outweighs_that_somebody_may_answer_the_phone(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    staff(evening, coach="+14155557001", lead="+14155557002")
    said(client, "4 yes. my husband reads my texts")
    clock.forward(minutes=30)

    assert POISON in said(client, "i took the whole bottle")
    tick(evening)
    told = [one.body for one in rows(evening.engine, OutboxMessage) if one.kind == "page"]
    told += [one.body for one in rows(evening.engine, MailMessage) if one.kind == "page"]
    assert told
    assert not [body for body in told if "Do not call" in body]
    assert "call them" in rows(evening.engine, InboundReply)[-1].reading["why"]


def test_one_stop_more_in_a_crisis_is_met_with_silence_and_new_danger_with_the_lines(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "I want to kill myself")
    assert "988" in said(client, "STOP")
    assert rows(evening.engine, Suppression)
    clock.forward(minutes=2)
    for words in ("why do you keep on at me after i told you to quit", "ya parenle", "no me manden mas de esto"):
        assert said(client, words) == ""
    assert "988" in said(client, "goodbye then, it will all be over")


def test_pills_counted_in_a_crisis_are_no_score(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I want to kill myself")
    clock.forward(minutes=2)
    said(client, "six or so")

    assert rows(evening.engine, CheckIn)[-1].score is None


@pytest.mark.parametrize("words", ["lined up on the counter by color", "pretty little things", "glass of water ready"])
def test_what_is_told_in_pieces_in_a_crisis_gets_the_lines_again(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to kill myself")
    clock.forward(minutes=2)

    assert "988" in said(client, words)


def test_that_nobody_called_pages_again(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I want to kill myself")
    clock.forward(hours=25)
    said(client, "its been 3 days and nobody called me like you said")

    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]


@pytest.mark.parametrize("words", ["is a real person reading these or a machine", "are you a robot?"])
@pytest.mark.parametrize("before", ["4 yes", "I want to kill myself"])
def test_who_reads_these_texts_is_said_truly(client: FlaskClient, evening: Runtime, before: str, words: str) -> None:
    said(client, before)
    answer = said(client, words)

    assert "computer" in answer
    assert ("988" in answer) is (before != "4 yes")


@pytest.mark.parametrize("words", ["no need to text me anymore, ill be gone", "take me off the list, im not worth it"])
def test_a_farewell_in_the_words_of_a_stop_ends_nothing(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "988" in said(client, words)
    assert rows(evening.engine, Suppression) == []


def test_an_amount_asked_for_in_a_crisis_gets_the_lines_in_their_language(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "I want to kill myself")
    clock.forward(minutes=2)
    answer = said(client, "cuantas pastillas de gabapentina son demasiadas")

    assert POISON in answer
    assert "llama al 911" in answer


@pytest.mark.parametrize("words", ["6 yes. im 14 this is my moms phone she wont get up"])
def test_what_a_child_answers_for_a_parent_is_not_the_parents_answer(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "911" in said(client, words)
    assert rows(evening.engine, CheckIn)[-1].score is None


def test_what_sounds_like_a_farewell_beside_an_answer_gets_the_lines_and_no_cheer(
    client: FlaskClient, evening: Runtime
) -> None:
    answer = said(client, "3 yes. emptied my closets so nobody has to")

    assert "988" in answer
    assert "count" not in answer
    assert rows(evening.engine, CheckIn)[-1].score == 3
    assert rows(evening.engine, InboundReply)[-1].for_coach
