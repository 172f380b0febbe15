"""Somebody reads along: what they say of it is no stop, and who asks for no reply gets none until they say so."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.coach.conversation.test_shared_phone import TELLING
from tests.support import TestClock, rows, tick

__all__ = ["evening"]  # a fixture

WATCHED = [
    *("he's reading my texts", "hes reading my texts", "he goes through my phone", "he checks this phone", "lee todo"),
    *("ve los mensajes", "me revisa el celular", "he gets the notifications", "he sees these", "my ex sees these"),
    *("im not allowed to have this phone", "he's standing here", "mi pareja está viendo el teléfono"),
]
SILENCE = [
    *("please dont reply, he gets the notifications", "no contesten ahorita que está aquí"),
    *("dont text, he reads these", "dont text me back hes standing here", "no respondan, me revisa el celular"),
    *("dont text back he reads these", "hes here dont text me", "por favor no respondan, el lee todo"),
    *("please don't text right now my boyfriend is sitting here", "do not write back. my mother goes through my phone"),
    *("please dont text anymore tonight (he doesnt know i have this phone)", "he reads my phone. say nothing back"),
    "no escriban de esto por favor (mi marido me quita el celular)",
]
WHOEVER_ASKS = [
    *("who is this? answer me", "what did she tell you about me", "soy su esposo, qué le están escribiendo"),
    *("why are you texting my wife", "hello??"),
]
POISON, HARMED = "1-800-222-1222", "my husband says he will kill me tonight"


@pytest.mark.parametrize("words", WATCHED)
def test_that_a_phone_is_watched_is_no_stop_no_time_and_no_wrong_number(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    answer = said(client, words)
    assert "Your coach will read this" in answer or "911" in answer
    assert not [word for word in TELLING if word in answer.lower()]
    reply = rows(evening.engine, InboundReply)[-1]
    assert reply.for_coach
    assert "Do not call" in reply.reading["why"]
    assert [one.held_for for one in rows(evening.engine, Enrolment)] == [None]
    assert rows(evening.engine, Suppression) == []


@pytest.mark.parametrize("words", SILENCE)
def test_who_asks_for_no_reply_gets_none_and_a_coach_is_told(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    assert said(client, words) == ""
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    assert "not to write back" in rows(evening.engine, InboundReply)[-1].reading["why"]
    assert rows(evening.engine, Suppression) == []
    for body in (words, "ok", "4 yes", *WHOEVER_ASKS):
        clock.forward(minutes=10)
        assert said(client, body) == ""
        assert rows(evening.engine, InboundReply)[-1].for_coach
    assert 4 in [reply.score for reply in rows(evening.engine, InboundReply)], "kept for the coach"
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0, "held until a coach has looked"
    with write_transaction(evening.engine) as connection:
        connection.execute(update(Flag).values(acknowledged_at=clock()))
    clock.forward(days=3)
    assert said(client, "what now") == ""


def test_who_asks_for_no_reply_and_later_wants_to_die_gets_a_neutral_text_each_time(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, SILENCE[0])
    clock.forward(hours=2)
    answer = said(client, "I want to kill myself")
    assert "911" in answer
    assert not [word for word in TELLING if word in answer.lower()]
    clock.forward(minutes=20)
    again = said(client, "bought a rope today. i want to kill myself tonight")
    assert "911" in again
    assert not [word for word in TELLING if word in again.lower()]
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read", "crisis", "crisis"], "a rope pages again"
    clock.forward(hours=1)
    assert "911" in said(client, "HELP")


CALLS = [
    *("please answer", "answer me please", "please help", "ayúdenme", "help", "HELP", "AYUDA", "he left", "ya se fue"),
    *("please send the police", "call the police to 44 kalani st if i dont text by 9", "its 9:30"),
]


@pytest.mark.parametrize("words", CALLS)
def test_who_then_wants_an_answer_help_or_the_police_gets_the_emergency_number(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, SILENCE[0])
    clock.forward(minutes=10)
    answer = said(client, words)
    assert "911" in answer
    assert not [word for word in (*TELLING, "clinic") if word in answer.lower()]
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read", "crisis"]
    assert said(client, "what now"), "the silence has ended"


@pytest.mark.parametrize(
    "words", ["it's 4", "dont call the police", "i dont need help", "its me", "who is this? help me"]
)
def test_what_calls_for_nobody_leaves_the_silence(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, SILENCE[0])
    assert said(client, words) == ""


@pytest.mark.parametrize("words", ["HELP", "AYUDA", "help"])
def test_help_on_a_phone_that_others_read_names_no_clinic(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "my husband reads my texts")
    answer = said(client, words)
    assert "911" in answer
    assert not [word for word in (*TELLING, "clinic", "pause") if word in answer.lower()]


@pytest.mark.parametrize("words", ["hes here now", "if he asks this is the dentist", "i told you not to write back"])
@pytest.mark.parametrize("first", [HARMED, ""])
def test_a_request_for_silence_in_other_words(client: FlaskClient, evening: Runtime, first: str, words: str) -> None:
    if first:
        said(client, first)
    assert said(client, words) == ""
    again = ["crisis"] if first and words == "hes here now" else []  # whoever is feared has come
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis" if first else "read", *again]
    assert rows(evening.engine, Suppression) == []


@pytest.mark.parametrize("words", ["if you dont text back im gonna do it", "if i dont text by 9 call the police"])
def test_a_condition_is_no_request_for_silence(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "my husband reads my texts")
    assert said(client, words)


@pytest.mark.parametrize("words", [f"{HARMED}. please dont reply", f"{HARMED} no contesten"])
def test_beside_violence_nothing_is_sent_and_a_coach_is_paged(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    assert said(client, words) == ""
    clock.forward(minutes=3)
    assert said(client, "dont text") == ""
    assert said(client, "please dont reply") == ""
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]
    assert rows(evening.engine, Suppression) == []


def test_somebody_safe_again_is_answered_again_and_shown_to_a_coach(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, SILENCE[0])
    clock.forward(days=2)
    assert said(client, "what now") == ""
    assert "Your coach will read this" in said(client, "i'm safe now. he moved out, you can write again")
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read", "read"]
    assert rows(evening.engine, Suppression) == []
    assert said(client, "how is my week?")
    assert said(client, "dont text back he reads these") == ""
    assert said(client, "how is my week?") == ""


def test_nobody_is_asked_for_silence_by_you_can_write_again(client: FlaskClient, evening: Runtime) -> None:
    said(client, "you can text me again")
    assert said(client, "how is my week?")


def test_after_the_lines_a_request_for_silence_gets_silence(client: FlaskClient, evening: Runtime) -> None:
    assert said(client, HARMED)
    assert said(client, "please dont reply, he gets the notifications") == ""


@pytest.mark.parametrize("words", ["stop texting me, he reads these", "my husband is reading this phone, stop"])
def test_a_sure_stop_is_carried_out_all_the_same(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert len(rows(evening.engine, Suppression)) == 1
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize(
    "words", ["you dont reply", "my wife is here and says hi. 4 yes", "4 yes, dont text me so late"]
)
def test_what_asks_for_no_silence_is_answered(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert "Do not call" not in rows(evening.engine, InboundReply)[-1].reading["why"]
    assert said(client, "how is my week?")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("my baby swallowed a bottle of tylenol", POISON),
        ("my son is not breathing", "911"),
        ("mi hija se tragó las pastillas, no contesten", POISON),
    ],
)
def test_discretion_never_hides_help_for_another_body(
    client: FlaskClient, evening: Runtime, words: str, line: str
) -> None:
    said(client, "my husband reads my texts")
    answer = said(client, words)
    assert line in answer.partition("To talk with someone")[0]
