"""Somebody else at the phone: grave news, questions about the participant, and the participant behind such a hold."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import Flag
from tests.coach.conversation.posting import PHONE
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.coach.conversation.test_every_state import invited
from tests.support import TestClock, rows, say, tick

__all__ = ["evening"]  # a fixture

TELLING = ("988", "suicid", "crisis", "leg", "coach", "person", "told")


def held(runtime: Runtime) -> str | None:
    reason: str | None = rows(runtime.engine, Enrolment)[0].held_for
    return reason


@pytest.mark.parametrize(
    "words", ["Maria's husband, she's in the hospital with a stroke since this morning", "María está en coma"]
)
def test_grave_news_of_the_participant_holds_the_texts_and_gets_one_kind_line(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    with write_transaction(evening.engine) as connection:
        connection.execute(update(Enrolment).values(held_for=None))
    assert "so sorry. We have paused" in said(client, words.replace("María", "Maria"))
    assert held(evening) == "someone_else"
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    clock.forward(hours=2)
    assert said(client, "she is still in the icu") == ""
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0


@pytest.mark.parametrize(
    ("words", "said_back"),
    [
        ("they couldn't save her", "so sorry"),
        ("she died, stop writing to her", "so sorry"),
        ("she's on comfort care now, take her off your list", "so sorry"),
        ("please take her number off, its painful to see these", "have paused"),
    ],
)
def test_news_of_an_end_holds_the_texts(client: FlaskClient, evening: Runtime, words: str, said_back: str) -> None:
    assert said_back in said(client, words)
    assert (held(evening), last_check_in(evening).habit) == ("someone_else", None)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]


def test_somebody_who_grieves_is_not_taken_for_the_dead(client: FlaskClient, evening: Runtime) -> None:
    assert "988" in said(client, "haven't eaten since she passed. what's the point of the walk")
    assert held(evening) is None


@pytest.mark.parametrize("words", ["been in the hospital. fell last week", "4 no, they put a new hip in me"])
def test_who_was_in_a_hospital_is_shown_to_a_coach_before_the_next_step(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "sorry to hear that" in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["medical"]
    assert held(evening) is None
    assert last_check_in(evening).score == (4 if words.startswith("4") else None)


@pytest.mark.parametrize(
    "words",
    [
        *("why do you keep texting him he's gone", "continue to harass my family and I'll sue"),
        *("keep sending them please, they remind me of her", "digame que le pasa a mi mujer"),
    ],
)
def test_a_complaint_in_the_words_of_a_return_resumes_nothing(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "pause 3")
    said(client, words)
    assert rows(evening.engine, Enrolment)[0].paused_until_on is not None
    assert held(evening) == "someone_else"


def test_a_banks_text_ends_no_pause(client: FlaskClient, evening: Runtime) -> None:
    said(client, "pause 3")
    assert said(client, "Banco: responda SI para activar") == ""
    assert rows(evening.engine, Enrolment)[0].paused_until_on is not None


@pytest.mark.parametrize(
    "words",
    ["Stop texting my husband you homewrecker", "stop texting my mom she has dementia", "How do I stop these for him"],
)
def test_a_stop_by_another_hand_is_held_asked_and_shown_even_after_a_no(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert "reply STOP" in said(client, words)
    assert (held(evening), rows(evening.engine, Suppression)) == ("someone_else", [])
    said(client, "No")
    assert held(evening) == "someone_else"
    assert [flag.kind for flag in rows(evening.engine, Flag) if flag.acknowledged_at is None] == ["read"]


ALIVE = ["this is Maria. I'm fine. 4 yes", "please unpause me I am NOT dead lol", "Soy Maria, estoy viva!", "it's me"]


@pytest.mark.parametrize("words", [*ALIVE, "its me, my daughter was texting", "maria here. she's not dead, a joke"])
@pytest.mark.parametrize("first", ["sorry wrong number", "this is her daughter, mom died this morning"])
def test_a_participant_behind_the_hold_is_told_that_a_person_will_check(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str, words: str
) -> None:
    said(client, first)
    clock.forward(hours=2)
    assert "A person will check and turn the texts back on" in said(client, words)
    assert said(client, words) == ""
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read", "read"]
    assert (held(evening), last_check_in(evening).score) == ("someone_else", None)
    clock.forward(days=1)
    assert "A person will check" in said(client, words)


@pytest.mark.parametrize("words", ["yes", "he got out. 6 yes", "My own legs are a 2", "6 yes and chest pain"])
@pytest.mark.parametrize("more", ["sorry wrong number", "sorry wrong number|i want to die"])
def test_nothing_is_counted_from_a_number_held_as_someone_elses(
    client: FlaskClient, evening: Runtime, words: str, more: str
) -> None:
    for text in more.split("|"):
        said(client, text)
    said(client, words)
    assert all((one.score, one.habit) == (None, None) for one in rows(evening.engine, CheckIn))
    reply = rows(evening.engine, InboundReply)[-1]
    assert (reply.for_coach, reply.used_as) == (True, None)


def test_who_uses_the_phone_of_the_participant_is_not_counted(client: FlaskClient, evening: Runtime) -> None:
    said(client, "using her phone while mine charges. feel great, 0!")
    assert (held(evening), last_check_in(evening).score) == ("someone_else", None)


def test_words_taken_back_in_an_open_crisis_are_no_wrong_number(client: FlaskClient, evening: Runtime) -> None:
    said(client, "I want to kill myself")
    assert "988" in said(client, "sorry wrong person, i meant to send that to my sister")
    assert held(evening) is None


def test_a_relative_in_an_open_crisis_gets_lines_that_name_nothing(client: FlaskClient, evening: Runtime) -> None:
    said(client, "I want to kill myself")
    answer = said(client, "soy el esposo de Maria, no puede escribir, dice que 7 y no")
    assert "911" in answer
    assert "988" not in answer
    assert last_check_in(evening).score is None


ASKING = [
    *("who is this and what did you tell her", "did she text you last night? what did she say"),
    *("this is edith's husband. when is her next text", "what did she say to you"),
    "whats this number telling her to call 988 for",
    "send me her scores please",
]


@pytest.mark.parametrize("words", [*ASKING, "This is Dr Patel, please send me her scores", "por qué le escriben"])
@pytest.mark.parametrize("crisis", [False, True])
def test_whoever_asks_about_the_participant_hears_nothing_of_them(
    client: FlaskClient, evening: Runtime, words: str, crisis: bool
) -> None:
    if crisis:
        said(client, "I want to kill myself")
    answer = said(client, words)
    assert "evening habits" in answer
    assert not [word for word in TELLING if word in answer.lower().replace("people", "")]
    assert held(evening) == "someone_else"
    assert said(client, words) == ""


@pytest.mark.parametrize("words", ["I'm Maria's mom, Maria is 15, what is this?", "im 14 is that ok"])
def test_a_yes_does_not_start_the_texts_of_a_minor(runtime: Runtime, clock: TestClock, words: str) -> None:
    invited(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(held_for=None))
    assert "person will look into it" in (say(runtime, PHONE, words) or "")
    say(runtime, PHONE, "YES")
    assert [(one.status, one.held_for) for one in rows(runtime.engine, Enrolment)] == [("invited", "someone_else")]
    assert [flag.kind for flag in rows(runtime.engine, Flag)] == ["read"]


@pytest.mark.parametrize(
    "words",
    [
        "roommate died last night",
        "perdí a mi bebé",
        "buried her today. 8 no",
        "Uncle Walt didn't make it",
        "my dad didn't make it",
    ],
)
def test_a_loss_is_met_kindly_and_shown_today(client: FlaskClient, evening: Runtime, words: str) -> None:
    assert "sorry for your loss" in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"]
    assert last_check_in(evening).habit is (False if "8 no" in words else None)


@pytest.mark.parametrize(("words", "sent"), [("My dad died this morning", 0), ("my dad died ten years ago today", 1)])
def test_after_a_loss_of_late_no_step_comes_that_evening(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str, sent: int
) -> None:
    clock.forward(hours=14)
    said(client, words)
    clock.forward(hours=10)
    assert tick(evening)["sent"] == sent
    clock.forward(days=1)
    assert tick(evening)["sent"] == 1


def test_a_pause_for_a_funeral_is_confirmed_without_cheer(client: FlaskClient, evening: Runtime) -> None:
    answer = said(client, "mañana no me manden porque voy al entierro de mi hermano")
    assert "Enjoy" not in answer
    assert "sorry for your loss" in answer
    assert rows(evening.engine, Enrolment)[0].paused_until_on is not None
