"""Cries for help in few words: they are no stop, no answer and no farewell, and each is answered and paged."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import rows

__all__ = ["evening"]  # a fixture

PLEAS = [
    *("my granddaughter wont let me out of the bedroom", "please get me out of here", "make her stop please"),
    *("he threw me out tonight", "he says hang up the phone or else", "linda will hurt me", "she keeps all my meds"),
    *("she feeds me once a day", "sáquenme de aquí", "mi nuera me corrió de la casa", "jorge me va a pegar"),
]
GUNS = ["take the gun away from here please", "saquen esa pistola de aquí"]
BODIES = [
    *("my grandbaby has a battery up her nose", "his oxygen came off and hes blue", "my mom isnt talking right"),
    *("she hit her head and threw up twice", "im dizzy and my arm is dead since lunch", "kitchen full of smoke"),
    *("mi papá no habla bien", "la bomba se le salió y está temblando", "el nieto tiene una pila en la nariz"),
]
HARMLESS = [
    *("get me out of this chair lol, 4 yes", "my husband kicked me out of the kitchen lol 3 yes", "the sky is gray. 4"),
    *("my arm is dead tired from painting, 3 yes", "i told him no more coffee. 2", "he pinches pennies. 3 yes"),
    *("hotel room full of smoke detectors lol. 5", "my mom isnt talking to me. 6", "saqué la basura. 4 sí"),
]


@pytest.mark.parametrize("words", PLEAS)
def test_a_plea_is_violence_and_no_stop(client: FlaskClient, evening: Runtime, words: str) -> None:
    answer = said(client, words)
    assert "911" in answer
    assert "STOP or NO" not in answer
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]
    assert rows(evening.engine, InboundReply)[-1].reading["violence"]
    assert rows(evening.engine, Suppression) == []


@pytest.mark.parametrize("words", GUNS)
def test_a_weapon_to_be_taken_away_is_a_crisis(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "911" in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]


@pytest.mark.parametrize("words", BODIES)
def test_a_body_in_danger_is_an_emergency(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "911" in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["urgent"]


@pytest.mark.parametrize("words", HARMLESS)
def test_the_same_words_in_everyday_talk_alarm_nobody(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert not [flag for flag in rows(evening.engine, Flag) if flag.kind != "medical"]
    assert rows(evening.engine, Enrolment)[0].held_for is None
