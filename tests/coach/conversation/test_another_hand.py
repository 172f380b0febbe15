"""Somebody else writes while a crisis is open: they hear who we are, and nothing of what was said."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.coach.conversation.test_other_hands import TELLING
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

ANOTHER = [
    *("this is Maria's wife, what's all this about poison and suicide??", "is Maria ok? he won't talk to me"),
    *("hi its his daughter. who are you people", "my husband's phone, what did he say yesterday?"),
    *("Give me the password to see what he wrote", "soy su hija, por qué hablan de suicidio"),
]


@pytest.mark.parametrize("words", ANOTHER)
@pytest.mark.parametrize("first", ["I want to kill myself", "i took the whole bottle of pills", "4 yes"])
def test_another_hand_hears_who_we_are_and_nothing_of_a_crisis(
    client: FlaskClient, evening: Runtime, words: str, first: str
) -> None:
    said(client, first)
    answer = said(client, words)
    assert "evening habits" in answer
    assert not [word for word in TELLING if word in answer.lower().replace("people", "")]
    assert rows(evening.engine, Enrolment)[0].held_for == "someone_else"
    assert "Somebody else may have this phone" in rows(evening.engine, InboundReply)[-1].reading["why"]


@pytest.mark.parametrize("words", ["who are you", "HELP", "is he ok", "what is this", "4 yes"])
def test_the_whole_conversation_of_another_hand_names_nothing(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to kill myself")
    said(client, ANOTHER[0])
    clock.forward(minutes=5)
    answer = said(client, words)
    assert answer
    assert not [word for word in ("988", "suicid", "poison", "clinic", "leg", "pause") if word in answer.lower()]
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)


def test_a_stop_by_whoever_pays_the_bill_is_carried_out_without_the_lines(
    client: FlaskClient, evening: Runtime
) -> None:
    said(client, "I want to kill myself")
    assert said(client, "I'm the one who pays this phone bill, stop").endswith("Take care.")
    assert len(rows(evening.engine, Suppression)) == 1
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("words", ["its me Maria. i still want to die", "I want to kill myself"])
def test_new_danger_from_that_phone_gets_the_lines_of_a_crisis(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "this is his wife. what did he tell you")
    assert "988" in said(client, words)
    assert "crisis" in [flag.kind for flag in rows(evening.engine, Flag)]


def test_danger_that_another_hand_tells_beside_a_question_is_danger(client: FlaskClient, evening: Runtime) -> None:
    answer = said(client, "this is his wife. he took all the pills. what did he tell you")
    assert "1-800-222-1222" in answer


def test_another_hand_is_forgotten_after_a_day(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I want to kill myself")
    said(client, ANOTHER[0])
    clock.forward(days=1, minutes=5)
    assert "988" in said(client, "are you there")


@pytest.mark.parametrize("words", ["this is his sister, stop these messages", "habla la esposa, quiten este número"])
@pytest.mark.parametrize("first", ["I want to kill myself", "4 yes"])
def test_a_stop_by_another_hand_pauses_at_once_and_says_so(
    client: FlaskClient, evening: Runtime, words: str, first: str
) -> None:
    said(client, first)
    answer = said(client, words)
    assert "reply STOP" in answer or "responde STOP" in answer
    assert "988" not in answer
    assert rows(evening.engine, Enrolment)[0].held_for == "someone_else"
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert not rows(evening.engine, Suppression)
