"""A question passed to a coach is answered the first two times in an hour, whatever came before it."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

QUESTION = "who reads what I write here?"


def test_after_many_unclear_texts_the_first_two_questions_are_answered(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    for word in ("blorp frum", "zxcv uiop", "hjkl bnm", "tyui qwer", "sdfg cvbn"):
        said(client, word)
    answers = [said(client, QUESTION) for _ in range(3)]
    assert [bool(answer) for answer in answers] == [True, True, False]
    assert all(reply.for_coach for reply in rows(evening.engine, InboundReply)[-3:])
    clock.forward(hours=2)
    assert said(client, QUESTION)


def test_in_an_open_crisis_too(client: FlaskClient, evening: Runtime) -> None:
    said(client, "I want to kill myself")
    for word in ("the cat is here", "and the dog", "on the sofa", "the sky is grey"):
        said(client, word)
    assert "988" in said(client, QUESTION)


@pytest.mark.parametrize(
    "words", ["legs what?", "what number", "what does 10 mean", "piernas qué?", "no entiendo la escala"]
)
def test_who_asks_what_the_number_is_hears_the_scale_again(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "0 none to 10 worst" in said(client, words)
    assert not rows(evening.engine, InboundReply)[-1].for_coach
    assert "legs 4" in said(client, "4 yes")
