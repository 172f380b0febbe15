"""While danger is open the help lines come with danger, not with everything; a stop there is one answer, not two."""

import pytest
from flask.testing import FlaskClient

from coach.inbox.flags import load_words
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

SELF_HARM, SWALLOWED = "I want to kill myself", "i took the whole bottle of pills"
HARMLESS = [
    ("its ok he's here with me now, he's safe, we're at the ER", "Thanks for telling us"),
    ("4, did it", "Thanks for telling us"),
    ("what time does the clinic open", "see"),
    ("guay, gracias", ""),
    ("gracias mijo, Dios te bendiga", ""),
]


@pytest.mark.parametrize(("words", "answered"), HARMLESS)
@pytest.mark.parametrize("told", [SELF_HARM, SWALLOWED])
def test_what_is_no_danger_gets_no_lines_and_leaves_the_flag(
    client: FlaskClient, evening: Runtime, clock: TestClock, told: str, words: str, answered: str
) -> None:
    said(client, told)
    clock.forward(minutes=12)
    said(client, "are you there")
    answer = said(client, words)
    assert answered in answer
    assert not [line for line in ("988", "911", "1-800") if line in answer]
    assert [flag.kind for flag in rows(evening.engine, Flag) if flag.acknowledged_at is None] == ["crisis"]


@pytest.mark.parametrize("words", ["he's not safe, please come", "the ambulance wont come", "should i go to the er"])
def test_help_that_has_not_come_gets_the_lines(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, SWALLOWED)
    assert "1-800-222-1222" in said(client, words)


def test_whether_to_go_on_with_a_medicine_is_answered_in_a_crisis_too(client: FlaskClient, evening: Runtime) -> None:
    said(client, SELF_HARM)
    answer = said(client, "I'm pregnant, do I keep taking it")
    assert "don't change your treatment" in answer
    assert "988" in answer


@pytest.mark.parametrize("words", ["not interested", "enough"])
def test_a_doubtful_stop_in_a_crisis_is_asked_about_in_one_piece(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, SELF_HARM)
    answer = said(client, words)
    assert "Reply STOP or NO. You don't have to get through this alone" in answer
    assert "988" in answer
    assert "glad you said" not in answer
    assert "glad you said" not in said(client, "I never signed up for this")


@pytest.mark.parametrize("words", ["START please", "please start again", "Start, please!"])
def test_start_with_courtesy_brings_the_texts_back(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "STOP")
    said(client, "can I come back")
    assert "start again" in said(client, words)
    assert rows(evening.engine, Suppression) == []
    assert rows(evening.engine, Enrolment)[0].status == "active"


@pytest.mark.parametrize("later", ["slept 3 hours. Did it", "this is her wife. what did she tell you"])
def test_the_home_page_quotes_the_danger_and_no_harmless_text_after_it(
    client: FlaskClient, evening: Runtime, clock: TestClock, later: str
) -> None:
    said(client, SWALLOWED)
    clock.forward(hours=2)
    said(client, later)
    with read_transaction(evening.engine) as connection:
        assert load_words(connection, [1]) == {1: SWALLOWED}
