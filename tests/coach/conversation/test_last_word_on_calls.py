"""The last thing said about a call is what counts, and whoever has the phone back is answered again."""

import pytest
from flask.testing import FlaskClient

from coach.alerts.calls import DO_NOT_CALL, SAFE_FOR_NOW
from coach.runtime import Runtime
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_safe_to_call import mark
from tests.support import TestClock

__all__ = ["evening"]  # a fixture

NO_CALL = [
    ("my wife is in the kitchen", "please dont call"),
    ("he's asleep next to me", "no calls please"),
    ("mi esposa está en la sala", "no me llamen"),
]
CALL = ["ok please call me now", "she left again. call", "he went to work. you can call", "ya se fue. llámenme"]


@pytest.mark.parametrize("call", CALL)
@pytest.mark.parametrize("before", NO_CALL)
def test_a_later_wish_for_a_call_wins_within_minutes(
    client: FlaskClient, evening: Runtime, clock: TestClock, before: tuple[str, str], call: str
) -> None:
    said(client, "I want to die")
    clock.forward(minutes=11)
    for words in before:
        said(client, words)
        clock.forward(minutes=1)
    assert mark(evening, clock).words == DO_NOT_CALL
    said(client, call)
    assert mark(evening, clock).words == SAFE_FOR_NOW


@pytest.mark.parametrize("back", ["never mind she came back", "shes home now", "ya regresó"])
def test_the_window_closes_when_the_other_is_back_and_opens_once_more(
    client: FlaskClient, evening: Runtime, clock: TestClock, back: str
) -> None:
    said(client, "I want to die. my wife reads my texts")
    for _ in range(2):
        said(client, "she went out. call me")
        assert mark(evening, clock).words == SAFE_FOR_NOW
        clock.forward(minutes=2)
        assert said(client, back) == ""
        assert mark(evening, clock).words == DO_NOT_CALL
        clock.forward(minutes=2)


@pytest.mark.parametrize(
    "words",
    [
        *("he left, dont call me", "she left me last year, nobody calls", "please call me when he is out"),
        *("hi its marias daughter. call me", "she is at work. you could say it's my call", "call it a night, he's out"),
        *("se fue la luz, qué noche", "cuando se vaya me llaman"),
    ],
)
def test_what_only_looks_like_a_window_opens_none(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die. my wife reads my texts")
    clock.forward(minutes=12)
    said(client, words)
    assert mark(evening, clock).words == DO_NOT_CALL


def test_a_text_by_another_ends_the_permission(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I want to die. my wife reads my texts")
    said(client, "she is at church. you can call")
    said(client, "Hi this is Marias wife. What is this about?")
    assert not mark(evening, clock).may_call


@pytest.mark.parametrize(
    "words",
    ["this is Maria. she has my phone most of the day, call after 9", "its Maria. please", "soy Maria, por favor"],
)
def test_whoever_has_the_phone_back_in_danger_is_answered_again(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die. my wife is here, dont reply")
    said(client, "hi this is marias wife, who is this")
    clock.forward(minutes=30)
    assert "911" in said(client, words)
    clock.forward(minutes=20)
    assert "911" in said(client, "she's at the store. talk to me")
    assert mark(evening, clock).words == SAFE_FOR_NOW


def test_a_name_in_short_is_the_participants_own(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    said(client, "I want to die. my wife is here, dont reply")
    said(client, "hi this is marias wife, who is this")
    clock.forward(minutes=30)
    assert "911" in said(client, "hey, this is Mari. still need someone")


@pytest.mark.parametrize("words", ["its me", "this is Mark.", "it's mar 4th already"])
def test_any_other_name_lifts_no_silence(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "I want to die. my wife is here, dont reply")
    assert said(client, words) == ""


@pytest.mark.parametrize("words", ["too late", "its too late now", "ya es tarde", "demasiado tarde"])
def test_too_late_in_an_open_crisis_is_new_danger(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "I want to die")
    clock.forward(hours=2)
    assert "I'm glad you said this" in said(client, words) or "Gracias por decirlo" in said(client, words)
