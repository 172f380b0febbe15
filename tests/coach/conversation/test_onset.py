"""The monthly question whether symptoms start earlier or in new places, through signed webhooks."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.posting import post, text
from tests.support import TestClock, enrol, person, rows, tick


@pytest.fixture
def asked(signed: Runtime, clock: TestClock) -> str:
    """Someone who has just been asked, on the twentieth night; the words."""
    enrol(signed, person(1, phone="+14155550001"))
    [one] = rows(signed.engine, Enrolment)
    began = one.starts_on - timedelta(days=20)
    with write_transaction(signed.engine) as connection:
        connection.execute(update(Enrolment).values(starts_on=began, iron_test_on=began + timedelta(days=9)))
    clock.shows = one.next_due_at
    tick(signed)
    clock.forward(minutes=5)
    [sent] = rows(signed.engine, OutboxMessage, OutboxMessage.kind == "nudge")
    return str(sent.body)


def say(client: FlaskClient, words: str) -> str:
    status, answer = post(client, "/sms/inbound", text(words))
    assert status == 200
    return answer


def medical(signed: Runtime) -> list[Flag]:
    return rows(signed.engine, Flag, Flag.kind == "medical")


def test_it_asks_for_the_score_as_ever_and_for_one_yes_or_no(asked: str) -> None:
    assert "earlier" in asked
    assert "0" in asked
    assert "10" in asked


@pytest.mark.parametrize(("words", "score"), [("yes", None), ("4 yes", 4), ("Yes they do", None), ("sí", None)])
def test_a_yes_is_a_medical_flag_and_no_step_done(
    signed: Runtime, client: FlaskClient, asked: str, words: str, score: int | None
) -> None:
    answer = say(client, words)
    assert len(medical(signed)) == 1
    assert "clinic" in answer or "clínica" in answer
    [check_in] = rows(signed.engine, CheckIn)
    assert (check_in.score, check_in.habit) == (score, None)
    say(client, "5 yes")
    assert len(medical(signed)) == 1, "the question is answered"


@pytest.mark.parametrize("words", ["no", "4 no"])
def test_a_no_is_noted(signed: Runtime, client: FlaskClient, asked: str, words: str) -> None:
    assert "month" in say(client, words)
    assert not medical(signed)


def test_it_is_still_open_the_next_morning_and_closed_by_the_next_evening(
    signed: Runtime, client: FlaskClient, clock: TestClock, asked: str
) -> None:
    clock.forward(hours=13)
    say(client, "no")
    [one] = rows(signed.engine, Enrolment)
    assert one.open_question is None
    clock.shows = one.next_due_at
    tick(signed)
    clock.forward(minutes=5)
    say(client, "yes")
    assert not medical(signed)
