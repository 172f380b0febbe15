"""One phone invited by two clinics: a YES confirms every invitation that may have been read."""

from collections.abc import Sequence

from flask.testing import FlaskClient

from coach.runtime import Runtime
from schedules.database.tables.people import ConsentEvent, Enrolment
from tests.coach.conversation.posting import post, text
from tests.support import TestClock, enrol, person, rows, tick


def said(client: FlaskClient, body: str, sid: str) -> str:
    """Send a text from the person both invited and return the reply."""
    status, answer = post(client, "/sms/inbound", text(body, sid))
    assert status == 200
    return answer.partition("<Message>")[2].partition("</Message>")[0]


def statuses(runtime: Runtime) -> Sequence[str]:
    return [one.status for one in rows(runtime.engine, Enrolment)]


def test_one_yes_confirms_both_invitations(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    enrol(signed, person(1), confirmed=False)
    enrol(signed, person(1), clinic="Second", confirmed=False)
    tick(signed)
    assert "8:00pm" in said(client, "YES", "SM1")
    assert statuses(signed) == ["active", "active"]
    said(client, "YES", "SM2")  # the answer to the other welcome, as people give it
    assert [one.kind for one in rows(signed.engine, ConsentEvent)].count("confirmed") == 2
    clock.forward(hours=10)
    assert tick(signed)["sent"] == 2


def test_an_invitation_that_has_not_left_yet_waits_for_a_yes_of_its_own(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    enrol(signed, person(1), confirmed=False)
    tick(signed)
    enrol(signed, person(1, evening_time="19:00"), clinic="Second", confirmed=False)
    said(client, "YES", "SM1")
    assert statuses(signed) == ["active", "invited"]
    tick(signed)
    assert "7:00pm" in said(client, "YES", "SM2")
    assert statuses(signed) == ["active", "active"]


def test_a_yes_to_the_second_clinic_counts_after_the_first_has_texted_again(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    enrol(signed, person(1))
    clock.forward(hours=9)
    enrol(signed, person(1, evening_time="20:30"), clinic="Second", confirmed=False)
    tick(signed)
    clock.forward(hours=1)
    tick(signed)
    said(client, "4", "SM1")  # all that the first has asked tonight is answered
    assert "8:30pm" in said(client, "YES", "SM2")
    assert statuses(signed) == ["active", "active"]


def test_a_yes_that_answers_the_first_clinics_question_is_no_consent_to_the_second(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    enrol(signed, person(1))
    clock.forward(hours=10)
    tick(signed)
    clock.forward(hours=23)
    enrol(signed, person(1), clinic="Second", confirmed=False)
    tick(signed)
    clock.forward(hours=1)
    tick(signed)  # asks whether the step was done
    said(client, "YES", "SM1")
    assert statuses(signed) == ["active", "invited"]
