"""While danger is open: no silence for the budget's sake, the lines that fit what is told, nothing about starting."""

import pytest
from flask.testing import FlaskClient

from coach.adherence.standings import load_standings
from coach.alerts.calls import ASK_WHO
from coach.database.tables import InboundReply
from coach.inbox.attention import load_reach
from coach.inbox.flags import load_words
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

DIE, OVERDOSE = "I want to kill myself", "i swallowed all my clonazepam"
POISON = "1-800-222-1222"


def reasons(runtime: Runtime, clock: TestClock) -> tuple[str, ...]:
    with read_transaction(runtime.engine) as connection:
        return load_standings(connection, [1], clock())[1].judgement.reasons


@pytest.mark.parametrize("before", [(), ("STOP",)])
def test_new_words_are_answered_every_few_minutes_and_the_same_words_are_not(
    client: FlaskClient, evening: Runtime, clock: TestClock, before: tuple[str, ...]
) -> None:
    for words in (DIE, *before, "the moon is up", "the kettle is on", "the dog sleeps", "the cat too"):
        said(client, words)
    for number in range(8):
        clock.forward(minutes=4)
        answer = said(client, f"number {number} of the geese flew by")
        assert "988" in answer
        assert "911" in answer
    clock.forward(minutes=4)
    assert said(client, "Number 7 of the geese flew by!") == ""
    assert all(reply.for_coach for reply in rows(evening.engine, InboundReply) if reply.intent != "opt_out")


@pytest.mark.parametrize(
    "words",
    ["if this dont quit im gonna eat my gun haha", "bought a rope today", "kms", "me voy a dar un plomazo"],
)
def test_who_thinks_of_suicide_on_a_shared_phone_gets_988_though_a_poison_is_open(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, "my wife reads my texts")
    said(client, OVERDOSE)
    clock.forward(minutes=90)
    answer = said(client, words)
    assert "988" in answer
    assert POISON not in answer
    assert "suicid" not in answer.lower()


def test_both_numbers_stand_in_the_answer_while_both_dangers_are_of_the_last_hour(
    client: FlaskClient, evening: Runtime
) -> None:
    said(client, "my wife reads my texts")
    said(client, OVERDOSE)
    answer = said(client, "bought a rope today")
    assert 0 <= answer.find("988") < answer.find(POISON)


def test_a_body_in_danger_during_a_crisis_gets_911_first_and_a_flag_of_its_own(
    client: FlaskClient, evening: Runtime
) -> None:
    said(client, DIE)
    answer = said(client, "crushing chest pain and i cant breathe")
    assert 0 <= answer.find("Call 911 now") < answer.find("988")
    assert {flag.kind for flag in rows(evening.engine, Flag)} == {"crisis", "urgent"}


def test_after_an_overdose_the_answers_vary_and_say_that_a_person_was_told(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    first = said(client, OVERDOSE)
    answers = [said(client, words) for words in ("3", "are you there", "nobody called me", "the coach never called")]
    assert first not in answers
    assert all("been told" in answer and POISON in answer for answer in answers)
    assert answers[0] != answers[1]
    clock.forward(minutes=61)
    assert POISON not in said(client, "it is raining here")


@pytest.mark.parametrize("words", ["yes", "i want back in", "si"])
def test_nothing_about_starting_is_said_in_an_open_crisis(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, DIE)
    said(client, "STOP")
    answer = said(client, words)
    assert "START" not in answer
    assert "988" in answer


@pytest.mark.parametrize("words", ["im at 14 mill rd", "estoy en calle juarez 45"])
def test_where_they_are_pages_again_and_stands_first(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, DIE)
    said(client, "the kettle is on")
    assert "988" in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]
    said(client, "the door is open")
    with read_transaction(evening.engine) as connection:
        assert load_words(connection, [1]) == {1: words}


def test_an_address_told_on_a_quiet_evening_flags_nobody(client: FlaskClient, evening: Runtime) -> None:
    said(client, "i live at 14 mill rd now")
    assert not [flag for flag in rows(evening.engine, Flag) if flag.kind == "crisis"]


@pytest.mark.parametrize("words", ["988 put me on hold", "i called 988 and they hung up", "llamé al 988 y me colgaron"])
def test_who_was_not_helped_by_the_line_hears_another_way_and_a_coach_is_paged(
    client: FlaskClient, evening: Runtime, words: str
) -> None:
    answer = said(client, words)
    assert "sorry that call" in answer or "Sentimos que esa llamada" in answer
    assert "911" in answer
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]


@pytest.mark.parametrize("first", [DIE, "my wife isnt breathing right"])
def test_the_death_of_somebody_else_leaves_the_participant_alive(
    client: FlaskClient, evening: Runtime, clock: TestClock, first: str
) -> None:
    said(client, first)
    answer = said(client, "she died")
    assert "sorry for your loss" in answer
    assert "911" in answer
    assert "have died" not in " ".join(reasons(evening, clock))
    assert rows(evening.engine, Enrolment)[0].held_for is None
    assert "988" in said(client, "i miss her so much i want to go too")
    with read_transaction(evening.engine) as connection:
        assert load_reach(connection, [1], clock())[1].mark.may_call


@pytest.mark.parametrize("back", ["not me", "maria here. my wife died. not me"])
def test_who_was_taken_for_dead_has_a_way_back(
    client: FlaskClient, evening: Runtime, clock: TestClock, back: str
) -> None:
    said(client, "she died")
    with read_transaction(evening.engine) as connection:
        assert not load_reach(connection, [1], clock())[1].mark.may_call
    assert said(client, back)
    with read_transaction(evening.engine) as connection:
        assert load_reach(connection, [1], clock())[1].mark.may_call


@pytest.mark.parametrize("words", ["wrong number i am not maria", "i told you before i dont know any maria"])
def test_a_wrong_number_in_a_crisis_reaches_the_coach_who_would_call(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, DIE)
    assert "911" in said(client, words)
    assert "someone else may have this phone" in reasons(evening, clock)[0]
    with read_transaction(evening.engine) as connection:
        assert load_reach(connection, [1], clock())[1].mark.words == ASK_WHO


def test_a_spouse_who_pries_hears_only_what_these_texts_are(client: FlaskClient, evening: Runtime) -> None:
    said(client, DIE)
    answer = said(client, "this is marias husband, who am i texting")
    assert "evening habits" in answer
    assert "911" not in answer


@pytest.mark.parametrize("words", ["i mixed bleach and ammonia cleaning", "mezclé cloro con amoniaco y me arde"])
def test_fumes_are_answered_though_a_child_has_written(client: FlaskClient, evening: Runtime, words: str) -> None:
    said(client, "this is marias son im 12")
    assert "911" in said(client, words)
