"""A score that its sender takes back is removed if it is plain which; else a person corrects it."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture


@pytest.mark.parametrize("words", ["8 was for the pain in my back not legs", "delete that 8", "not me that wrote 8"])
def test_the_score_it_names_is_removed_and_a_coach_sees_it(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "8 yes")
    assert "taken out 8" in said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, True)
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert "5" in said(client, "5")
    assert last_check_in(evening).score == 5


@pytest.mark.parametrize("words", ["the 10 was a joke", "no tuesday was the 6 not wednesday"])
def test_another_number_is_left_to_a_person(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "8 yes")
    assert "A person will correct it" in said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (8, True)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]


@pytest.mark.parametrize(
    "words",
    [
        *("I gave the wrong answer", "I typed the wrong number, it was for the other night"),
        *("I meant the wrong score", "sorry I answered wrong, I didn't eat light"),
    ],
)
def test_a_correction_of_an_answer_is_no_wrong_number(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "8 yes")
    said(client, words)
    assert [one.held_for for one in rows(evening.engine, Enrolment)] == [None]
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_what_is_taken_back_late_is_left_to_a_person(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "8 yes")
    clock.forward(days=3)
    assert "A person will correct it" in said(client, "delete that 8")
    assert last_check_in(evening).score == 8
