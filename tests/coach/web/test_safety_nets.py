"""What ends or moves something says whose it is: stopping, a new number, handing over."""

from flask import Flask
from sqlalchemy import update

from coach.database.tables import ReplyClaim
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Participant
from tests.coach.web.coaches import sign_in
from tests.coach.web.evenings import GEORGE, MARIA, evenings
from tests.support import TestClock, enrol, person, rows, say


def test_stopping_asks_with_the_name_and_says_whose_texts_stopped(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="George"))
    browser = sign_in(app, runtime)
    assert "Stop all texts to George 1?" in browser.get("/participants/1")
    told = browser.post("/participants/1/stop", {"reason": "asked on the phone"})
    assert "George gets no more texts." in told
    assert "George had stopped already." in browser.post("/participants/1/stop", {"reason": "asked again"})


def test_a_new_number_is_repeated_and_does_not_make_someone_new(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 3, "4 yes", MARIA)
    told = browser.post("/participants/1/number", {"phone": "(415) 555-0777"})
    assert "Maria's new number is +1 415-555-0777. If that is wrong, correct it now." in told
    assert "New number, waiting for YES" in told
    assert "has not answered the welcome yet" not in browser.get("/participants/")


def test_handing_over_carries_the_replies_a_coach_had_taken_on(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    ann, bea = sign_in(app, runtime, email="ann@x.example"), sign_in(app, runtime, email="bea@x.example")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).values(coach_id=ann.id))
    say(runtime, GEORGE, "could you tell me who runs this and why the texts have numbers?")
    ann.post("/inbox/1/claim")
    told = ann.post("/participants/hand-over", {"id": ["1", "2"], "coach": bea.email})
    assert "2 people handed over to bea@x.example. The replies assigned to their coach went along." in told
    assert [claim.coach_id for claim in rows(runtime.engine, ReplyClaim)] == [bea.id]
    for path in ("/", "/participants/"):
        assert "Your 2 people are now with bea@x.example." in ann.get(path), path
        assert "Nobody is enrolled yet" not in ann.get(path), path


def test_a_lead_sees_whose_people_they_are_and_chooses_all_of_one_coach(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    ann, lead = sign_in(app, runtime, email="ann@x.example"), sign_in(app, runtime, "lead")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).where(Participant.id == 2).values(coach_id=None))
    everyone, of_ann = lead.html("/participants/"), lead.html("/participants/?coach=ann@x.example&ticked=all")
    assert "ann@x.example</td>" in everyone
    assert "Select George 2" in everyone
    assert "Select Maria 1" in of_ann
    assert "Select George 2" not in of_ann
    assert "Select Maria 1" not in lead.html("/participants/?coach=nobody")
    assert "All of coach" not in ann.get("/participants/")
