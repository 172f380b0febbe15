"""Whether coaches may call: only a sign of somebody else forbids it; an overdose and a request for a call outweigh."""

import pytest
from flask.testing import FlaskClient

from coach.alerts.calls import TEXT_THEM, Mark
from coach.alerts.shared_phones import is_not_to_be_called
from coach.database.tables import InboundReply
from coach.inbox.attention import load_reach
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture


def _why(runtime: Runtime) -> str:
    return str(rows(runtime.engine, InboundReply)[-1].reading["why"])


def _may_be_called(runtime: Runtime, clock: TestClock) -> bool:
    number = rows(runtime.engine, InboundReply)[-1].number_hash
    with read_transaction(runtime.engine) as connection:
        reach = load_reach(connection, [1], clock())[1].mark.may_call
        return reach and not is_not_to_be_called(connection, number, clock())


@pytest.mark.parametrize(
    "words", ["im fine dont call me", "it was nothing, no need to worry. don't call", "no me llamen"]
)
def test_waving_it_off_does_not_forbid_the_call(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die")
    said(client, words)
    assert _may_be_called(evening, clock)
    assert "somebody else may read" not in _why(evening)


@pytest.mark.parametrize(
    "words",
    ["dont call tonight im at work, text me", "please dont phone, im hard of hearing", "no me llamen, soy sorda"],
)
def test_whoever_asks_for_texts_is_said_to_have_asked_for_texts(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die")
    said(client, words)
    assert "asked to be texted" in _why(evening)
    with read_transaction(evening.engine) as connection:
        mark = load_reach(connection, [1], clock())[1].mark
    assert mark == Mark(True, TEXT_THEM)


@pytest.mark.parametrize(
    "words",
    [
        "please call me",
        "its only me here nobody else has this phone. why wont anyone call",
        "ya estoy sola, por favor llámenme",
    ],
)
def test_whoever_wants_a_call_may_be_called_again(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die. my wife reads my texts")
    assert not _may_be_called(evening, clock)
    said(client, words)
    assert _may_be_called(evening, clock)


@pytest.mark.parametrize(
    "words",
    ["don't call me, he is asleep", "they call me crazy", "dont please call me", "please call me when he is out"],
)
def test_other_words_about_calls_lift_nothing(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die. my wife reads my texts")
    said(client, words)
    assert not _may_be_called(evening, clock)


def test_after_violence_a_request_for_a_call_leaves_the_answers_neutral(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "my husband says he will kill me")
    assert "988, free" not in said(client, "please call me")
    assert _may_be_called(evening, clock)
    assert "I'm glad you said this" not in said(client, "I want to die")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("my husband says he will kill me", "it is just me howard please call me, i took all of them"),
        ("I want to die. my wife reads my texts", "its his wife. i took all his pills so i can be with him"),
        ("I want to die. my wife reads my texts", "i took them all"),
    ],
)
def test_an_overdose_always_says_to_call_and_names_the_poison_line(
    client: FlaskClient, evening: Runtime, clock: TestClock, before: str, words: str
) -> None:
    said(client, before)
    answer = said(client, words)
    assert "911" in answer
    assert "1-800-222-1222" in answer
    assert "call them or send help" in _why(evening)
    assert _may_be_called(evening, clock)
    said(client, "don't answer, she sees these")
    assert _may_be_called(evening, clock)
