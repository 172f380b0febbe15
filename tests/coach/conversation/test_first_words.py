"""YES while danger is open, who we are on the first day, START on a shared phone, a contact in Spanish."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag
from tests.coach.conversation.posting import PHONE
from tests.coach.conversation.test_conversations import evening, last_check_in, said
from tests.coach.conversation.test_every_state import invited
from tests.support import TestClock, rows, say, tick

__all__ = ["evening"]  # a fixture


def test_yes_in_a_crisis_confirms_the_welcome_and_sends_nothing_cheerful(runtime: Runtime, clock: TestClock) -> None:
    invited(runtime, clock)
    say(runtime, PHONE, "I want to kill myself")
    answer = say(runtime, PHONE, "YES") or ""
    assert "we have your YES" in answer
    assert "988" in answer
    assert "You're in!" not in answer
    assert [one.status for one in rows(runtime.engine, Enrolment)] == ["active"]
    clock.forward(days=1)
    assert tick(runtime)["sent"] == 0, "held until a coach has looked"
    assert [flag.kind for flag in rows(runtime.engine, Flag)] == ["crisis"]


@pytest.mark.parametrize("words", ["Hello who is this", "hi, who are you", "hola, quién es?"])
def test_who_asks_on_the_first_day_is_told_who_we_are(runtime: Runtime, clock: TestClock, words: str) -> None:
    invited(runtime, clock)
    answer = say(runtime, PHONE, words) or ""
    assert "Clinic" in answer
    assert "STOP" in answer
    assert rows(runtime.engine, Enrolment)[0].status == "invited"


def test_start_on_a_phone_that_others_read_does_not_say_that_a_coach_worries(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "I want to kill myself. my husband reads my texts")
    said(client, "STOP")
    answer = said(client, "START")
    assert "you are OK" not in answer
    assert "911" in answer


def test_an_answer_after_somebody_else_wrote_is_marked_for_a_coach(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    said(client, "I'm her daughter, I type for her, she says 6")
    clock.forward(minutes=5)
    said(client, "4 yes")
    reply = rows(evening.engine, InboundReply)[-1]
    assert reply.for_coach
    assert "Somebody else may have this phone" in reply.reading["why"]


def test_a_contact_is_said_in_spanish(client: FlaskClient, evening: Runtime) -> None:
    with write_transaction(evening.engine) as connection:
        connection.execute(update(Clinic).values(contact="Harbor Clinic at 207-555-0100"))
        connection.execute(update(Participant).values(language="es"))
    assert "Harbor Clinic al 207-555-0100" in said(client, "AYUDA")
    assert last_check_in(evening).score is None
