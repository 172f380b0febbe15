"""A stop while a crisis is open is confirmed after the help lines, in the language of the account."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.people import Suppression
from tests.coach.conversation.test_conversations import evening, said
from tests.support import rows

__all__ = ["evening"]  # a fixture

SELF_HARM = "I want to kill myself"
STOPS = ["alto", "baja", "no más mensajes", "stop texting me", "no more messages", "unsubscribe me", "off the list"]


@pytest.mark.parametrize("words", STOPS)
def test_a_stop_in_an_open_crisis_is_confirmed_after_the_lines(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, SELF_HARM)
    answer = said(client, words)
    assert rows(evening.engine, Suppression)
    assert "stopped" in answer or "ya no te escribimos" in answer
    assert "988" in answer.partition("START")[0], "the help lines lead"
    assert "glad you said" not in answer


@pytest.mark.parametrize("words", ["alto", "STOP"])
def test_a_keyword_changes_no_language(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, SELF_HARM)
    assert "call or text 988" in said(client, words)


def test_a_farewell_beside_the_stop_is_danger_again(client: FlaskClient, evening: Runtime) -> None:
    said(client, SELF_HARM)
    answer = said(client, "stop texting me. goodbye everyone")
    assert "988" in answer


def test_a_return_in_an_open_crisis_keeps_the_lines(client: FlaskClient, evening: Runtime) -> None:
    said(client, SELF_HARM)
    said(client, "stop texting me")
    assert "988" in said(client, "START")


@pytest.mark.parametrize("words", ["stop", "STOP", "stop texting me"])
def test_a_stop_after_violence_is_only_confirmed(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "my husband says he will kill me tonight")
    answer = said(client, words)
    assert rows(evening.engine, Suppression)
    assert "stopped" in answer
    assert "911" not in answer
    assert "988" not in answer
