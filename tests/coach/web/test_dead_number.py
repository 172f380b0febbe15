"""What a coach and an operator see of a number that cannot be texted, and how it is corrected."""

import pytest
from flask import Flask

from coach.runtime import Runtime
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import DeadNumber, Flag
from schedules.gateway.protocol import MemoryGateway, Refused
from tests.coach.web.coaches import sign_in
from tests.support import TestClock, enrol, person, rows, say, tick

PAGE = "/participants/1"
NEW = "+14155550777"


@pytest.fixture
def runtime(sqlite_runtime: Runtime) -> Runtime:
    return sqlite_runtime


@pytest.fixture
def memory(runtime: Runtime) -> MemoryGateway:
    assert isinstance(runtime.gateway, MemoryGateway)
    return runtime.gateway


@pytest.fixture
def dead(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> Runtime:
    """Somebody whose carrier does not know the number."""
    enrol(runtime, person(1, first_name="Maria"))
    clock.forward(hours=10)
    memory.answers = [Refused(30005, "code 30005")]
    tick(runtime)
    return runtime


def test_the_coach_sees_why_and_what_to_do(app: Flask, dead: Runtime) -> None:
    browser = sign_in(app, dead)
    page = browser.get(PAGE)
    assert "Cannot be texted" in page
    assert "No text is sent: the carrier does not know this number." in page
    assert "Correct it, or confirm that it is right" in page
    assert "Number is correct: resume texts" in page
    listed = browser.get("/participants/")
    assert "Cannot be texted" in listed
    assert "Maria" in browser.get("/participants/?status=dead_number")
    operator = sign_in(app, dead, "admin").get("/operator/")
    assert "1 participant has a number that cannot be texted" in operator
    assert "The carrier does not know this number. (30005) Ask them for the number" in operator


def test_correcting_the_number_lifts_it(app: Flask, dead: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    browser = sign_in(app, dead)
    assert "No texts until they answer the welcome" in browser.post(f"{PAGE}/number", {"phone": "(415) 555-0777"})
    assert rows(dead.engine, Participant)[0].phone == NEW
    assert rows(dead.engine, DeadNumber) == [], "nothing is kept of a number that is nobody's"
    tick(dead)
    say(dead, NEW, "YES")
    clock.forward(days=1)
    tick(dead)
    assert [one.to for one in memory.taken] == [NEW, NEW], "the welcome, and an evening text"
    assert "Cannot be texted" not in browser.get(PAGE)


def test_a_coach_who_says_that_it_is_right_lifts_it(
    app: Flask, dead: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    assert "Next text:" in sign_in(app, dead).post(f"{PAGE}/change/release")
    clock.forward(days=1)
    tick(dead)
    assert len(memory.taken) == 1


def test_whoever_has_not_answered_the_welcome_gets_it_on_the_new_number(
    app: Flask, runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    enrol(runtime, person(1), confirmed=False)
    memory.answers = [Refused(21614, "code 21614")]
    tick(runtime)
    sign_in(app, runtime).post(f"{PAGE}/number", {"phone": NEW})
    tick(runtime)
    assert [one.to for one in memory.taken] == [NEW]
    assert [one.state for one in rows(runtime.engine, OutboxMessage)] == ["failed", "accepted"]


def test_a_number_that_cannot_be_theirs_is_refused_in_one_sentence(app: Flask, dead: Runtime) -> None:
    enrol(dead, person(2))
    say(dead, "+14155550003", "STOP")
    browser = sign_in(app, dead)
    for given, sentence in (
        ("", "This is not a phone number"),
        ("12", "This is not a phone number"),
        ("+14155550001", "This is the number they have already"),
        ("+14155550002", "Another participant of your clinic has this number"),
    ):
        assert sentence in browser.post(f"{PAGE}/number", {"phone": given}, 400), given
    browser.post("/participants/999/number", {"phone": NEW}, 404)
    assert rows(dead.engine, Participant)[0].phone == "+14155550001"


def test_an_open_crisis_holds_on_the_new_number_as_well(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    say(runtime, "+14155550001", "i want to kill myself")
    sign_in(app, runtime).post(f"{PAGE}/number", {"phone": NEW})
    assert rows(runtime.engine, Flag)[0].number_hash == runtime.keys.number_hash(NEW)
    clock.forward(hours=10)
    tick(runtime)
    assert [
        one for one in rows(runtime.engine, OutboxMessage) if one.kind == "nudge" and one.state != "suppressed"
    ] == []
    assert rows(runtime.engine, Enrolment)[0].status == "invited"


def test_the_operator_reads_what_to_do_about_a_line_that_is_shut(
    app: Flask, runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    enrol(runtime, *(person(number) for number in range(1, 6)))
    clock.forward(hours=10)
    memory.answers = [Refused(21705, "code 21705")] * 50
    tick(runtime)
    page = sign_in(app, runtime, "admin").get("/operator/")
    assert "Nothing is being sent from simulator: Twilio does not know this messaging service." in page
    assert "Set TWILIO_MESSAGING_SERVICE_SID to a service of this account that has a number" in page
