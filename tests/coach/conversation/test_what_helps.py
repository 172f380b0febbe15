"""A participant asks by text what helps them: a true answer, at most every four weeks, and only to themselves."""

import pytest
from flask.testing import FlaskClient

from coach.database.tables import InboundReply, OwnEffects
from coach.reflections.own_steps import OwnStep
from coach.reflections.what_helps import store_own_steps
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.support import TestClock, rows

__all__ = ["evening"]  # a fixture

HELPS = OwnStep("stretching", 14, -0.94, -1.7, -0.1, 0.99)
UNSURE = OwnStep("massage", 12, -0.6, -1.5, 0.3, 0.9)


def know(runtime: Runtime, *steps: OwnStep) -> None:
    with write_transaction(runtime.engine) as connection:
        store_own_steps(connection, [1], {1: list(steps)}, runtime.now())


@pytest.mark.parametrize(
    "words", ["what helps", "What works for me?", "which step helps me most?", "what helps me please"]
)
def test_the_best_step_is_named_with_its_doubt(client: FlaskClient, evening: Runtime, words: str) -> None:
    know(evening, UNSURE, HELPS)
    answer = said(client, words)
    assert "Stretch" in answer
    assert "about 0.9 points better" in answer
    assert "may still be chance" in answer
    assert last_check_in(evening).score is None


def test_nothing_is_named_that_is_not_sure_enough(client: FlaskClient, evening: Runtime) -> None:
    know(evening, UNSURE)
    answer = said(client, "what helps")
    assert "can't tell yet which step helps you" in answer
    assert "assage" not in answer


def test_who_was_never_estimated_is_told_that_we_cannot_tell(client: FlaskClient, evening: Runtime) -> None:
    assert "can't tell yet" in said(client, "what helps")


def test_the_answer_is_in_their_language(client: FlaskClient, evening: Runtime) -> None:
    know(evening, HELPS)
    said(client, "en español por favor")
    assert "Puede ser casualidad" in said(client, "¿qué me ayuda?")


def test_it_is_told_again_after_four_weeks_and_not_before(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    assert "can't tell yet" in said(client, "what helps")
    know(evening, HELPS)
    clock.forward(days=27)
    assert "ask again from" in said(client, "what helps")
    clock.forward(days=1)
    assert "Stretch" in said(client, "what helps")


def test_new_estimates_do_not_forget_when_they_were_told(client: FlaskClient, evening: Runtime) -> None:
    know(evening, HELPS)
    said(client, "what helps")
    know(evening)
    [row] = rows(evening.engine, OwnEffects)
    assert (row.steps, row.told_on is not None) == (None, True)


HOLDING = ["this is her husband, she gave me her phone", "i want to die", "maybe no more of these?"]


@pytest.mark.parametrize("before", HOLDING)
def test_while_texts_are_held_nothing_about_their_legs_is_told(
    client: FlaskClient, evening: Runtime, before: str
) -> None:
    know(evening, HELPS)
    said(client, before)
    assert "Stretch" not in said(client, "what helps")
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert rows(evening.engine, OwnEffects)[0].told_on is None


def test_after_a_stop_nothing_is_told(client: FlaskClient, evening: Runtime) -> None:
    know(evening, HELPS)
    said(client, "STOP")
    assert "Stretch" not in said(client, "what helps")


def test_somebody_who_asked_for_silence_gets_none_of_it(client: FlaskClient, evening: Runtime) -> None:
    know(evening, HELPS)
    said(client, "dont text back, he reads my phone")
    assert said(client, "what helps") == ""


@pytest.mark.parametrize(
    "words", ["what helps with a rash", "what helps? is it ok to stretch twice", "what works for my son"]
)
def test_a_question_with_more_in_it_goes_to_the_coach(client: FlaskClient, evening: Runtime, words: str) -> None:
    know(evening, HELPS)
    assert "Stretch" not in said(client, words)
    assert rows(evening.engine, InboundReply)[-1].for_coach
    assert rows(evening.engine, OwnEffects)[0].told_on is None
