"""Small talk needs nobody; a question about the texts gets its answer once, and then a coach."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import rows

__all__ = ["evening"]  # a fixture


@pytest.mark.parametrize(
    "words", ["happy monday!", "Hi there! How are you doing tonight?", "aquí lloviendo todo el día"]
)
def test_small_talk_after_the_answers_reaches_nobody(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "4 yes")
    assert said(client, words) == ""
    assert not rows(evening.engine, InboundReply)[-1].for_coach


def test_small_talk_before_them_is_asked_about_once(client: FlaskClient, evening: Runtime) -> None:
    assert said(client, "happy monday!") != ""
    assert said(client, "happy monday!") == ""
    assert not rows(evening.engine, InboundReply)[-1].for_coach


def test_how_the_texts_work_is_answered_once_and_then_by_a_coach(client: FlaskClient, evening: Runtime) -> None:
    assert "STOP ends texts" in said(client, "what time do you text")
    assert not rows(evening.engine, InboundReply)[-1].for_coach
    assert "coach" in said(client, "what time do you text")
    assert rows(evening.engine, InboundReply)[-1].for_coach


def test_who_reads_these_is_said_without_a_coach(client: FlaskClient, evening: Runtime) -> None:
    assert "computer reads" in said(client, "who sees this")
    assert not rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("words", ["Sunday no thanks but other days fine", "not on weekends", "skip Christmas please"])
def test_a_wish_about_some_days_reaches_a_coach_and_records_nothing(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "what you asked for" in said(client, words)
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (None, None)
    assert rows(evening.engine, InboundReply)[-1].for_coach
