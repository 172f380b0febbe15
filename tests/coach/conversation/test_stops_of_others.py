"""What others do not write, whom we should not write to, and what else should stop: none of it ends anybody's texts."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from tests.coach.conversation.test_conversations import evening, said
from tests.support import rows

__all__ = ["evening"]  # a fixture

SILENT_RELATIVES = [
    *("my nephew dont text me no more", "my sisters never call anymore", "she dont message me no more"),
    *("my brother in law wont answer me", "nobody texts me these days", "mi hija ya no me escribe"),
    "mis nietos nunca me llaman",
]
NOT_THEM = [
    *("dont text my son, text me", "please dont text my sisters phone, message me", "don't text him, text me"),
    *("dont text my work phone", "dont call my daughter", "no le escriban a mi hijo, escríbanme a mí"),
    *("no le manden a mi cuñada", "text me, dont call, i cant hear it ring"),
]
WANTED = ["i like to keep getting these", "i never asked you to stop", "why not texts?", "quiero seguir recibiéndolos"]
OTHER_STOPS = [
    *("can you stop the twitching at least", "my doctor says stop worrying", "tell my boy to quit using my phone"),
    *("please stop telling me to see a doctor", "did you end my texts?", "my niece wont text me back"),
    *("dile a mi hijo que deje de usar mi teléfono", "que paren de pelear los niños"),
]
PLAIN = ["stop", "yes stop them", "i said stop", "yes", "ya paren", "sí, ya no quiero mensajes", "take me off the list"]


def is_stopped(runtime: Runtime) -> bool:
    return bool(rows(runtime.engine, Suppression))


@pytest.mark.parametrize("words", [*SILENT_RELATIVES, *NOT_THEM, *WANTED])
def test_what_is_said_of_others_neither_stops_nor_asks_and_a_coach_sees_it(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "STOP or NO" not in said(client, words)
    assert not is_stopped(evening)
    assert rows(evening.engine, Enrolment)[0].held_for is None
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("words", [*OTHER_STOPS, *SILENT_RELATIVES])
def test_the_question_about_stopping_is_answered_by_no_other_stop(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "STOP or NO" in said(client, "too many texts")
    said(client, words)
    assert not is_stopped(evening)
    assert rows(evening.engine, Enrolment)[0].held_for == "stop_or_not"
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("words", PLAIN)
def test_the_question_about_stopping_is_answered_by_a_plain_stop(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "too many texts")
    said(client, words)
    assert is_stopped(evening)


@pytest.mark.parametrize("words", ["no quiero que le escriban más a mi papá", "ya no le manden mensajes a mi abuela"])
def test_a_wish_for_somebody_else_is_asked_about_and_ends_nothing(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, words)
    said(client, words)
    assert not is_stopped(evening)
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize(
    "words", ["dont text me no more", "dont text my phone", "no me escriban más", "stop texting me"]
)
def test_who_speaks_of_themselves_is_stopped_at_once(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "stopped" in said(client, words) or "dejamos" in rows(evening.engine, InboundReply)[-1].answer
    assert is_stopped(evening)
