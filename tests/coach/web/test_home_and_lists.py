"""Home and the participants: who needs someone, why, and nothing that the data does not say."""

import re

from flask import Flask
from sqlalchemy import update

from coach.adherence.standings import renew_standings
from coach.database.tables import Standing
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment
from tests.coach.web.coaches import sign_in
from tests.coach.web.evenings import GEORGE, MARIA, evenings
from tests.support import TestClock, enrol, person, rows, say


def test_an_empty_clinic_is_told_how_to_begin(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    home = browser.get("/")
    assert "Nobody is enrolled yet" in home
    assert "0 need attention of 0 participants" in home
    assert "Nothing needs you" not in home, "nobody there is not the same as all good"
    assert "Nobody is enrolled yet" in browser.get("/participants/")
    assert "Nothing is waiting for you" in browser.get("/inbox/")


def test_on_the_first_day_nothing_is_claimed(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"), confirmed=False)
    browser = sign_in(app, runtime)
    home = browser.get("/")
    assert "Nothing needs you right now" in home
    assert "1 new" in home
    assert "0 of 0 answered" in home
    people = browser.get("/participants/")
    assert "Maria" in people
    assert "has not answered the welcome yet" in people
    assert "no scores yet" in people
    assert "No texts until they answer the welcome with YES" in people


def test_a_crisis_is_first_with_its_reason_and_what_to_do(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 4, None)
    assert "No answers" in browser.get("/")
    say(runtime, GEORGE, "I want to kill myself")
    home = browser.get("/")
    assert home.index("George") < home.index("Maria")
    assert "Wrote of danger to a life" in home
    assert "Read their message (it may be about someone else), get help" in home
    [flag] = re.findall(r'/flags/(\d+)"', browser.html("/"))
    home = browser.post(f"/flags/{flag}/acknowledge", {"note": "Called him, he is safe."})
    assert "not yet handled" not in home


def test_three_silent_evenings_are_the_reason_in_words(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 3, None)
    home = browser.get("/")
    assert "1 needs attention of 1 participant" in home
    assert "No answer recorded for the last 3 check-ins" in home
    assert "0 of 3 answered" in home


def test_whoever_has_answered_since_is_shown_as_they_are_now(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 3, None)
    say(runtime, MARIA, "4 yes")
    assert "No answer recorded" not in browser.get("/"), "the list may be minutes old, what it says may not"


def test_too_many_undelivered_is_a_warning(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), person(2))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 2)
    assert "Warning" not in browser.get("/")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Standing).values(undelivered=1))
    assert "Warning: more than 3%" in browser.get("/")


def test_the_grid_says_in_words_what_each_night_was(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 2, "4 yes")
    evenings(runtime, clock, 1, "6 no")
    evenings(runtime, clock, 1, None)
    say(runtime, MARIA, "pause 3")
    evenings(runtime, clock, 1, None)
    people = browser.get("/participants/")
    for said in (
        "legs 4, only the score was asked",
        "legs 4, step done",
        "legs 6, step not done",
        "no answer",
        "paused",
    ):
        assert said in people


SEARCHES = {
    "maria": ["Maria"],
    "lucia": ["Lucía"],
    "I": ["Lucía", "Maria"],
    "2": ["Lucía"],
    "(415) 555-0001": ["Maria"],
    "%2B1 415 555 0001": ["Maria"],
    "4155559999": [],
    "not a number 1234567890123456789": [],
    "zoe": [],
    "%25": [],
}


def test_people_are_found_by_name_id_or_whole_number(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="Lucía"), person(3, first_name="Ruth"))
    browser = sign_in(app, runtime)
    for sought, found in SEARCHES.items():
        people = browser.get(f"/participants/?q={sought}")
        assert sorted(name for name in ("Maria", "Lucía", "Ruth") if f"{name} " in people) == found, sought
        assert ("No matching participants" in people) == (not found), sought


def test_a_status_filters_and_an_order_sorts(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 3, "9 no", GEORGE)
    shown = browser.get("/participants/?status=no_replies")
    assert "Maria" in shown
    assert "George" not in shown
    worst = browser.get("/participants/?sort=legs")
    assert worst.index("George") < worst.index("Maria")
    assert "No matching participants" in browser.get("/participants/?status=no-such-status")
    assert "Maria" in browser.get("/participants/?sort=no-such-order&page=-3")


def test_a_coach_sees_their_own_and_a_lead_the_clinic(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    own = sign_in(app, runtime, email="own@example.org")
    enrol(runtime, person(2, first_name="George"))
    enrol(runtime, person(3, first_name="Stranger"), clinic="Other")
    lead = sign_in(app, runtime, "lead")
    assert "George" not in own.get("/participants/")
    assert {"Maria", "George"} <= set(lead.get("/participants/").split())
    assert "Stranger" not in lead.get("/participants/")
    lead.get("/participants/3", 404)
    own.get("/participants/2", 404)


def test_a_researcher_sees_nobody(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    researcher = sign_in(app, runtime, "researcher")
    assert "Your role cannot see participants" in researcher.get("/")
    for path in ("/participants/", "/participants/1", "/inbox/", "/participants/1/conversation"):
        researcher.get(path, 403)


def test_an_opted_out_person_is_stopped_in_words(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 1)
    say(runtime, MARIA, "STOP")
    clock.forward(days=2)
    people = browser.get("/participants/")
    assert "Stopped opted out: do not text or call about it" in people
    assert "only they can start again" in people
    one = browser.get("/participants/1")
    assert "They cannot be texted" in one
    assert "Write to Maria" not in one
    assert browser.post("/participants/1/change/pause", {"evenings": "3"}, 400).count("They have opted out") >= 1
    assert rows(runtime.engine, Enrolment)[0].paused_until_on is None


def test_standings_are_renewed_when_old_and_after_a_reply(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), person(2))
    assert renew_standings(runtime.engine, clock()) == {"standings": 2}
    assert renew_standings(runtime.engine, clock()) == {"standings": 0}
    clock.forward(minutes=1)
    say(runtime, MARIA, "hello")
    assert renew_standings(runtime.engine, clock()) == {"standings": 1}
    clock.forward(minutes=11)
    assert renew_standings(runtime.engine, clock()) == {"standings": 2}


def test_home_shows_the_words_the_nights_and_the_next_thing(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 3, "4 yes")
    say(runtime, MARIA, "can I take magnesium with ropinirole?")
    home = browser.html("/")
    assert "can I take magnesium with ropinirole?" in home
    assert home.count('class="night-strip"') == 1
    assert 'href="/inbox/#card-1"' in home
    assert 'id="card-1"' in browser.html("/inbox/")


def test_whoever_has_stopped_is_never_first_in_worst_first(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 5, "9 no", GEORGE)
    say(runtime, GEORGE, "STOP")
    renew_standings(runtime.engine, clock())
    clock.forward(minutes=11)
    renew_standings(runtime.engine, clock())
    for order in ("need", "legs", "answered", "done"):
        people = browser.get(f"/participants/?sort={order}")
        assert people.index("Maria 1") < people.index("George 2"), order


def test_the_tour_is_closed_for_good_and_comes_back_when_asked_for(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    assert "A tour in five steps" in browser.get("/")
    assert "A tour in five steps" not in browser.post("/tour")
    assert "A tour in five steps" not in browser.get("/")
    assert "A tour in five steps" in browser.post("/tour", {"to": "show"})


def test_the_clinics_contact_is_told_where_texts_name_it(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    assert "your clinic has no contact yet" in browser.get("/")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(contact="Ann at 555-0100"))
    assert "it names Ann at 555-0100" in browser.get("/")
