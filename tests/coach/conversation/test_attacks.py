"""After a fuss was waved off, a weapon or an assault is answered and pages again, and is what a coach sees first."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.inbox.flags import load_words
from coach.runtime import Runtime
from coach.understanding import Asked, Intent, understand
from schedules.database.engine import read_transaction
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

JOKES = [
    "my husband says I kick him all night lol he is about ready to kill me",
    "my brother in law says he will kill me if I snore again haha",
]
WAVED_OFF = [
    *("oh for petes sake I was joking", "sorry to scare you. still want the texts", "STOP JOKING I AM FINE, 3 yes"),
    "stop it with the 911, I was kidding",
]
ATTACKS = [
    *("he's not laughing now. he has the gun out on the table", "please somebody. he is holding the gun"),
    *("he has a knife", "he cut me", "he is back with the bat", "she's outside with a machete", "él tiene una pistola"),
    *("hes kicking the door in", "he got the rifle out of the closet"),
]
BY_THE_OTHER = ["he took my phone", "he has my phone now", "mi marido tiene mi celular"]


@pytest.mark.parametrize("joke", JOKES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_after_a_fuss_waved_off_is_answered_pages_again_and_is_the_headline(
    client: FlaskClient, evening: Runtime, clock: TestClock, joke: str, attack: str
) -> None:
    said(client, joke)
    for words in WAVED_OFF:
        clock.forward(minutes=2)
        said(client, words)
    clock.forward(minutes=2)
    assert "911" in said(client, attack)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]
    assert "not to write back" not in rows(evening.engine, InboundReply)[-1].reading["why"]
    with read_transaction(evening.engine) as connection:
        assert list(load_words(connection, [1]).values()) == [attack]


@pytest.mark.parametrize("words", WAVED_OFF)
def test_a_fuss_waved_off_opens_no_flag(client: FlaskClient, evening: Runtime, clock: TestClock, words: str) -> None:
    said(client, JOKES[0])
    clock.forward(hours=2)
    said(client, words)
    assert len(rows(evening.engine, Flag)) == 1


@pytest.mark.parametrize("attack", ["he has the gun out again", "he cut me with it", "me apuñaló"])
def test_an_attack_is_answered_though_they_asked_us_not_to_write(
    client: FlaskClient, evening: Runtime, clock: TestClock, attack: str
) -> None:
    said(client, "please dont reply, he gets the notifications")
    clock.forward(minutes=20)
    assert "911" in said(client, attack)
    assert rows(evening.engine, Flag)[-1].kind == "crisis"


@pytest.mark.parametrize("words", BY_THE_OTHER)
def test_whoever_holds_the_phone_gets_no_answer(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "my husband says he will kill me tonight")
    clock.forward(minutes=5)
    assert said(client, words) == ""


@pytest.mark.parametrize(
    "text", ["he is back with the bat", "he's here with a knife", "hes breaking down my door", "ya volvió con el bate"]
)
def test_somebody_who_comes_with_a_weapon_is_violence_and_nobodys_death(text: str) -> None:
    reading = understand(text, Asked.SCORE_AND_HABIT)
    assert (reading.intent, reading.violence) == (Intent.CRISIS, True)


@pytest.mark.parametrize(
    "text", ["he is back with the groceries", "he is with the kids, 3 yes", "he cut me off, 3 yes"]
)
def test_somebody_who_comes_with_anything_else_is_none(text: str) -> None:
    assert understand(text, Asked.SCORE_AND_HABIT).intent is not Intent.CRISIS
