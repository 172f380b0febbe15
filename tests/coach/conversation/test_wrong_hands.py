"""Another hand learns nothing and brings nothing back; a mistake about whose phone it is can be set right."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.posting import PHONE
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.coach.conversation.test_every_state import invited
from tests.support import TestClock, rows, say, tick

__all__ = ["evening"]  # a fixture

TELLING = ("coach", "clinic", "988", "leg")
CURIOUS = [
    *("what did my husband tell you", "what study is my daughter in", "read me his last message"),
    *("whatever did my mom say to you", "qué les dijo mi esposa", "en qué programa está mi mamá"),
    "enséñeme sus últimos mensajes",
]
HELPERS = ["hi this is franks daughter", "hey im normas son, writing", "hola. ella no puede contestar hoy"]
NOT_THIS_CHAT = ["oops wrong chat", "wrong thread sorry", "meant that for another chat", "perdón, chat equivocado"]


def held_for(runtime: Runtime) -> str | None:
    reason: str | None = rows(runtime.engine, Enrolment)[0].held_for
    return reason


@pytest.mark.parametrize("words", CURIOUS)
def test_a_relative_who_asks_is_told_nothing_and_a_coach_sees_it(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    answer = said(client, words)
    assert "STOP" in answer
    assert not [word for word in TELLING if word in answer.lower()]
    assert held_for(evening) == "someone_else"
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]


@pytest.mark.parametrize(
    "words", ["who keeps sending these", "quién sigue mandando esto", "who is texting this number"]
)
def test_who_got_the_number_and_asks_is_told_nothing(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "this number belongs to carla now")
    assert not [word for word in TELLING if word in said(client, words).lower()]


@pytest.mark.parametrize("words", HELPERS)
def test_a_helper_is_seen_and_no_check_in_is_asked_for(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "?" not in said(client, words)
    assert held_for(evening) == "someone_else"


@pytest.mark.parametrize("words", ["hi its my step that is hard", "hey im done, 4 yes", "my wife is here"])
def test_who_speaks_of_their_own_things_is_no_helper(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert held_for(evening) is None


@pytest.mark.parametrize("words", NOT_THIS_CHAT)
def test_a_text_meant_for_another_chat_holds_nothing(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert held_for(evening) is None
    said(client, "7 yes")
    assert last_check_in(evening).score == 7


@pytest.mark.parametrize(
    "words", ["she gave the phone to me, im the neighbor", "he passed this phone to us", "hi this is marias cousin"]
)
def test_a_start_from_another_hand_brings_no_texts_back(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "STOP")
    said(client, words)
    assert "Welcome" not in said(client, "START")
    clock.forward(days=3)
    assert "Welcome" not in said(client, "START"), "also when the day is over"
    said(client, "7 yes")
    assert last_check_in(evening).score is None
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0


def test_their_own_start_brings_the_texts_back(client: FlaskClient, evening: Runtime) -> None:
    said(client, "STOP")
    assert "Welcome" in said(client, "START")
    assert rows(evening.engine, Suppression) == []


@pytest.mark.parametrize(
    "words", ["sorry wrong maria. my aunt maria", "it was another maria", "perdón, era otra maria"]
)
def test_a_death_of_somebody_of_the_same_name_is_set_right(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "sorry" in said(client, "maria passed sunday")
    assert "person will check" in said(client, words)


NEW_DANGER = [
    *(
        "maria fell at noon and since then she calls me by my mothers name",
        "grandpa forgot the stove house full of smoke",
    ),
    *("dad isnt talking right", "im dizzy and my hand is dead since lunch", "la cocina llena de humo"),
    "mi abuela se cayó y me dice como a su hermana",
]


@pytest.mark.parametrize("words", NEW_DANGER)
def test_a_phone_reported_as_a_death_is_answered_in_an_emergency(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "maria passed sunday")
    clock.forward(hours=1)
    assert "911" in said(client, words)
    assert "urgent" in [flag.kind for flag in rows(evening.engine, Flag)]


@pytest.mark.parametrize("words", ["what is this? whose number", "oh my wife signed me up for this"])
def test_who_is_invited_and_wonders_may_still_say_yes(runtime: Runtime, clock: TestClock, words: str) -> None:
    invited(runtime, clock)
    assert say(runtime, PHONE, words)
    say(runtime, PHONE, "YES")
    assert rows(runtime.engine, Enrolment)[0].status == "active"


def test_a_yes_from_a_number_held_as_somebody_elses_is_not_met_with_silence(runtime: Runtime, clock: TestClock) -> None:
    invited(runtime, clock)
    say(runtime, PHONE, "wrong number")
    clock.forward(hours=2)
    assert say(runtime, PHONE, "YES")
    assert rows(runtime.engine, InboundReply)[-1].for_coach
    assert rows(runtime.engine, Enrolment)[0].status == "invited"


@pytest.mark.parametrize(
    "words", ["borra eso", "quiten lo último", "fue el niño el que mandó eso", "borren eso por favor"]
)
def test_what_is_taken_back_in_spanish_is_no_stop(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "4 sí")
    said(client, words)
    assert held_for(evening) is None
    assert last_check_in(evening).score is None or "read" in [flag.kind for flag in rows(evening.engine, Flag)]


@pytest.mark.parametrize(
    "words", ["mi esposo contestó ayer, no yo. Ayer fue 8", "my husband answered yesterday, not me. it was 8"]
)
def test_an_answer_of_somebody_else_is_corrected_by_a_person(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert last_check_in(evening).score is None
    assert rows(evening.engine, InboundReply)[-1].for_coach
