"""A body in danger gets the emergency lines in every state: discreet, silent, stopped, in an open crisis."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.coach.conversation.test_shared_phone import TELLING
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

POISON, NOW = "1-800-222-1222", "Call 911 now"
BEFORE = {
    "nothing": (),
    "discreet": ("my husband reads my texts",),
    "silent": ("please dont reply, he gets the notifications", "ok"),
    "stopped": ("STOP",),
    "a crisis": ("I want to kill myself",),
    "a discreet crisis": ("my husband says he will kill me tonight",),
}
BODIES = ["he's turning purple", "no puedo despertar a mi esposa", "4 yes. grandpa swallowed his hearing aid battery"]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("words", BODIES)
def test_a_body_in_danger_gets_the_emergency_number_at_once_in_every_state(
    client: FlaskClient, evening: Runtime, before: str, words: str
) -> None:
    for earlier in BEFORE[before]:
        said(client, earlier)
    answer = said(client, words)
    assert "911" in answer
    assert "ahora" in answer or NOW in answer or POISON in answer
    assert "To talk with someone" not in answer
    assert "urgent" in {flag.kind for flag in rows(evening.engine, Flag)}
    assert rows(evening.engine, InboundReply)[-1].for_coach


@pytest.mark.parametrize("words", ["6 tramadol w wine, 2, did it", "i took all of my pills"])
def test_an_overdose_on_a_discreet_phone_gets_neutral_words_with_both_numbers(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "my husband reads my texts")
    answer = said(client, words)
    assert NOW in answer
    assert POISON in answer
    assert not [word for word in TELLING if word in answer.lower()]


def test_violence_by_somebody_near_beside_a_body_in_danger_gets_the_emergency_lines(
    client: FlaskClient, evening: Runtime
) -> None:
    assert NOW in said(client, "my husband choked my mom and she wont wake up")


@pytest.mark.parametrize("words", ["10 xanax. legs 1", "toda la caja de tramadol, 1 sí", "carer doubled mum's dose"])
def test_an_amount_beside_an_answer_is_never_met_with_a_cheerful_answer(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    assert POISON in said(client, words)
    assert rows(evening.engine, CheckIn)[-1].habit is None or last_check_in(evening).score is not None
    assert next(flag.kind for flag in rows(evening.engine, Flag)) in ("urgent", "crisis")


def test_a_smaller_extra_dose_beside_an_answer_is_flagged(client: FlaskClient, evening: Runtime) -> None:
    said(client, "doubled my dose last night. 2 done")
    assert (last_check_in(evening).score, last_check_in(evening).habit) == (2, True)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["medical"]


@pytest.mark.parametrize(
    "pieces", [("i took", "all of", "them"), ("4", "no i mean i took 4", "of the 50mg"), ("me tomé", "20", "pastillas")]
)
def test_an_overdose_told_in_pieces_is_read_together(
    client: FlaskClient, evening: Runtime, clock: TestClock, pieces: tuple[str, ...]
) -> None:
    answers = []
    for words in pieces:
        answers.append(said(client, words))
        clock.forward(minutes=1)
    assert "911" in answers[-1]
    assert {flag.kind for flag in rows(evening.engine, Flag)} & {"crisis", "urgent"}


@pytest.mark.parametrize("words", ["is anyone there", "hello??", "please help", "hay alguien ahí"])
def test_who_calls_out_in_an_open_crisis_is_never_met_with_silence(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    said(client, "I want to kill myself")
    for number in range(6):
        said(client, f"the cat number {number} is on the sofa")
    for _ in range(4):
        assert "911" in said(client, words)


def test_an_everyday_question_about_a_medicine_in_an_open_crisis_is_answered(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "I want to kill myself")
    clock.forward(days=10)
    answer = said(client, "can I take my iron with coffee?")
    assert "988" in answer
    assert "Thoughts of suicide?" not in answer
    assert "medical" in {flag.kind for flag in rows(evening.engine, Flag)}


@pytest.mark.parametrize("words", ["eyes keep closing… driving home now", "me dormí manejando anoche"])
def test_who_falls_asleep_at_the_wheel_is_told_to_pull_over(client: FlaskClient, evening: Runtime, words: str) -> None:
    answer = said(client, words)
    assert "pull over" in answer or "no manejes" in answer
    assert next(flag.kind for flag in rows(evening.engine, Flag)) in ("medical", "urgent")


@pytest.mark.parametrize(
    "words",
    ["si me muero nadie me va a llorar", "nadie me quiere aquí, ni en mi casa", "my son has a gun, hes suicidal"],
)
def test_despair_and_another_persons_danger_do_not_make_the_phone_discreet(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    answer = said(client, words)
    assert "988" in answer
    assert "Do not call" not in rows(evening.engine, InboundReply)[-1].reading["why"]


def test_unsubscribing_from_life_opts_nobody_out(client: FlaskClient, evening: Runtime) -> None:
    assert "988" in said(client, "unsubscribe me from life")
    assert "Your coach will see this" in said(client, "4 yes")


PLAIN = [
    "could you not say 988 every time, i asked a simple question",
    *("how do you work this thing", "how much longer does this program run", "all good here", "estoy bien"),
    *("never mind, im fine. ignore that", "de la chingada", "my daughter reads these now so keep it clean"),
]


@pytest.mark.parametrize("words", PLAIN)
def test_plain_talk_holds_nothing_and_flags_nobody(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, words)
    assert rows(evening.engine, Enrolment)[0].held_for is None
    assert rows(evening.engine, Flag) == []


def test_an_emergency_that_sounds_like_despair_gets_the_emergency_number_first(
    client: FlaskClient, evening: Runtime
) -> None:
    answer = said(client, "no. hit my head on the wall til it bled. wanted it to")
    assert 0 <= answer.find(NOW) < answer.find("988")
