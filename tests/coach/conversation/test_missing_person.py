"""Somebody looks for the participant while a danger is open: what to do now, and a page with the question."""

import pytest
from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.safety import Flag
from tests.coach.conversation.test_conversations import evening, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

SELF_HARM = "I want to kill myself"
LOOKED_FOR = [
    *("have you heard from Maria? she left at 5", "do you know where Maria is", "is Maria with you? we cant find her"),
    *("she hasn't come home", "this is her sister, she left at 5 and isnt answering", "¿dónde está Maria?"),
    *("¿saben algo de Maria? salió a las 5 y no contesta", "no la encontramos", "soy su hermana, ella no ha llegado"),
    *("looking for my wife, her phone was on the porch", "her truck is at the lake, this is her phone"),
    *("mi mamá no abre la puerta", "busco a mi hermana, su celular quedó en la banca"),
]


@pytest.mark.parametrize("words", LOOKED_FOR)
def test_the_family_is_told_to_call_and_a_coach_is_paged(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str
) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=2)
    answer = said(client, words)
    assert "911" in answer
    assert not [word for word in ("988", "coach", "evening", "suicid") if word in answer.lower()]
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "urgent"]


@pytest.mark.parametrize("words", ["where is he? I want to die", "have you seen him. goodbye"])
def test_danger_told_beside_it_comes_first(client: FlaskClient, evening: Runtime, clock: TestClock, words: str) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=2)
    assert "988" in said(client, words)
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis", "crisis"]


PRIVATE = ["what's my plan", "my week", "what helps", "another step", "LEGS", "legs 4, yes", "my page", "good morning!"]


@pytest.mark.parametrize("words", PRIVATE)
@pytest.mark.parametrize("days", [0, 2, 20])
def test_another_hand_learns_nothing_of_the_participant_until_a_coach_has_looked(
    client: FlaskClient, evening: Runtime, clock: TestClock, words: str, days: int
) -> None:
    said(client, SELF_HARM)
    clock.forward(hours=2)
    said(client, "this is her husband")
    clock.forward(days=days, minutes=20)
    answer = said(client, words).lower()
    assert not [word for word in ("988", "legs", "step", "waiting", "evening texts", "/me/") if word in answer]


def test_whoever_has_the_phone_again_gets_the_lines_again(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, SELF_HARM)
    said(client, "this is her husband")
    clock.forward(days=2)
    assert "988" in said(client, "its me maria, i have my phone back")
