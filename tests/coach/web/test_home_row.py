"""A row of Home: whom to call, who waits for an answer, what was done, and who is due to be looked at again."""

import re

from flask import Flask
from sqlalchemy import func, select, update

from coach.adherence.standings import renew_standings
from coach.database.tables import AuditEvent, Note
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.evenings import GEORGE, MARIA, evenings
from tests.support import TestClock, enrol, person, rows, say


def two_people(app: Flask, runtime: Runtime) -> Browser:
    enrol(runtime, person(1, first_name="Maria", language="es"), person(2, first_name="George"))
    return sign_in(app, runtime)


def test_a_crisis_says_whom_to_call_first_and_in_which_language(app: Flask, runtime: Runtime) -> None:
    browser = two_people(app, runtime)
    say(runtime, MARIA, "quiero morir")
    for path in ("/", "/flags/", "/flags/1", "/participants/1"):
        assert 'href="tel:+14155550001"' in browser.html(path), path
        assert "Call Maria, +1 415-555-0001 Language: Spanish" in browser.get(path), path
    home = browser.html("/")
    assert home.index("tel:+14155550001") < home.index("Answer<span")


def test_a_phone_that_somebody_else_reads_is_not_offered_to_call(app: Flask, runtime: Runtime) -> None:
    browser = two_people(app, runtime)
    say(runtime, GEORGE, "I want to kill myself, my wife reads my texts so don't call")
    assert "tel:" not in browser.html("/")
    assert "Do not call or text details: somebody else may read or answer this phone." in browser.get("/flags/1")


def test_everyone_who_waits_for_an_answer_is_listed_with_their_words(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = two_people(app, runtime)
    say(runtime, GEORGE, "could you tell me who runs this and why the texts have numbers?")
    clock.forward(minutes=1)
    say(runtime, GEORGE, "and may my brother join in, what do you think?")
    home = browser.get("/")
    assert "George" in home.split("Most urgent first")[1]
    assert "2 replies waiting from 1 person in the inbox" in home
    assert "1 needs attention" in home
    assert "may my brother join in" in home


def test_i_called_stands_in_the_row_which_moves_down(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = two_people(app, runtime)
    evenings(runtime, clock, 4, None)
    home = browser.get("/")
    assert home.index("Maria") < home.index("George")
    browser.post("/called", {"participant": "1"})
    home = browser.get("/")
    assert home.index("George") < home.index("Maria")
    assert re.search(r"Called \w+, Mar \d+, [\d:]+ [ap]m \(\w+( \w+)*\) , coach@example.org", home)
    assert rows(runtime.engine, AuditEvent)[-1].action != "noted"
    sign_in(app, runtime, "lead", clinic="Other").post("/called", {"participant": "1"}, 404)


def test_a_crisis_stays_by_the_name_for_a_month(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = two_people(app, runtime)
    say(runtime, GEORGE, "I want to kill myself")
    assert "Crisis Mar 2" not in browser.get("/participants/")
    browser.post("/flags/1/acknowledge", {"note": "He is safe."})
    renew_standings(runtime.engine, clock())
    for path in ("/participants/", "/participants/2"):
        assert "Crisis Mar 2" in browser.get(path), path
    assert "Crisis" not in browser.get("/participants/1").split("Last texts")[0]
    clock.forward(days=31)
    assert "Crisis Mar 2" not in browser.get("/participants/2")


def test_whoever_is_to_be_looked_at_again_is_on_home_that_day(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = two_people(app, runtime)
    say(runtime, GEORGE, "I want to kill myself")
    wrong = browser.post("/flags/1/acknowledge", {"note": "I call again on Friday", "again": "2001-01-01"})
    assert "Choose a date within the next year" in wrong
    browser.post("/flags/1/acknowledge", {"note": "I call again on Friday", "again": "2026-03-06"})
    assert "Look again" not in browser.get("/")
    clock.shows = clock.shows.replace(day=6)
    renew_standings(runtime.engine, clock())
    home = browser.get("/")
    assert "Look again on Mar 6: After the crisis flag: I call again on Friday" in home
    assert "Crisis Mar 2" in home
    [note] = rows(runtime.engine, Note)
    sign_in(app, runtime, "lead", clinic="Other").post("/looked-again", {"note": str(note.id)}, 404)
    assert "I call again on Friday" not in browser.post("/looked-again", {"note": str(note.id)})
    assert "I call again on Friday" in browser.get("/participants/2")
    browser.post("/participants/2/note", {"body": "Ask about sleep", "again": "2026-03-06"})
    assert "Ask about sleep" in browser.get("/")


def test_whoever_is_silent_because_the_last_text_failed_is_to_be_called(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = two_people(app, runtime)
    evenings(runtime, clock, 4, None)
    assert "Last text not delivered" not in browser.get("/")
    with write_transaction(runtime.engine) as connection:
        last = select(func.max(OutboxMessage.id)).scalar_subquery()
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == last).values(state="undelivered"))
    assert browser.get("/").count("Last text not delivered: call") == 1


def test_a_page_says_before_sending_that_it_is_night_where_they_are(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = two_people(app, runtime)
    clock.shows = clock.shows.replace(day=3, hour=20, minute=0)  # 15:00 in New York
    assert "outside texting hours" not in browser.get("/participants/1")
    clock.shows = clock.shows.replace(day=4, hour=7)  # 02:00
    assert "outside texting hours. What you send leaves Wed, Mar 4, 9:00 am (New York)." in browser.get(
        "/participants/1"
    )
