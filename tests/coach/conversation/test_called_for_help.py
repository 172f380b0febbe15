"""Who has called a crisis line or the emergency number gets a kind word and no lines again; what is open stays so."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.inbox.flags import load_words
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

DESPAIR = "I want to kill myself"
CALLED = [
    *("i called 988, the lady was nice. im ok tonight", "llamé al 988", "llamé al 988 anoche y me ayudaron"),
    *("talked to the crisis line last night", "I just got off the phone with 988", "called 911, theyre on the way"),
]
IN_VAIN = [
    *("i called 988 and nobody picked up", "called the crisis line, they hung up on me", "llamé al 988 y no contestan"),
    *("i called 988 but i still want to die", "llamé al 988 pero ya no quiero vivir"),
]


@pytest.mark.parametrize("words", CALLED)
def test_whoever_has_called_is_told_no_number_again_and_read_today(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    answer = said(client, words)
    assert "glad you called" in answer
    assert "988" not in answer
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("words", CALLED)
def test_in_an_open_crisis_it_pages_nobody_anew_and_the_gravest_words_stay_first(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, DESPAIR)
    clock.forward(hours=2)
    assert "988" not in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]
    assert rows(evening.engine, InboundReply)[-1].for_coach
    ids = [one.id for one in rows(evening.engine, Participant)]
    with read_transaction(evening.engine) as connection:
        assert load_words(connection, ids) == {ids[0]: DESPAIR}


@pytest.mark.parametrize("words", IN_VAIN)
def test_whoever_called_in_vain_gets_the_lines(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "988" in said(client, words)
    assert rows(evening.engine, Flag)[-1].kind == "crisis"


def test_an_answer_beside_it_is_kept_for_the_coach(client: FlaskClient, evening: Runtime) -> None:
    said(client, "i called 988 last night and they helped. legs 6")
    assert rows(evening.engine, InboundReply)[-1].score == 6


def test_said_twice_within_the_hour_it_is_answered_once(client: FlaskClient, evening: Runtime) -> None:
    assert said(client, CALLED[0]) != ""
    assert said(client, CALLED[0]) == ""
