"""One participant: the conversation, the nights, what comes next, and changes by the rules of their own texts."""

from datetime import UTC, date, datetime, time

from flask import Flask
from sqlalchemy import update

from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.evenings import MARIA, evenings
from tests.support import TestClock, enrol, everything, person, rows, say, tick

PAGE = "/participants/1"


def test_the_first_day_claims_no_night_no_step_and_no_text(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    page = sign_in(app, runtime).get(PAGE)
    for said in ("No texts yet", "No check-ins yet", "No evening has been planned yet"):
        assert said in page
    assert "Next: Mon, Mar 2, 8:00 pm (New York) : a step and the check-in" in page


def test_the_conversation_has_two_sides_and_says_what_became_of_each(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 1, "<b>4</b> yes")
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).values(state="undelivered", error_code=30003))
    page = browser.get(PAGE)
    assert "Received Mon, Mar 2, 8:30 pm (New York)" in page
    assert "Not delivered: The phone could not be reached: it may be off or out of range." in page
    assert "provider code 30003" in page
    assert "<b>4</b> yes" in page, "as they wrote it, and harmless"
    assert "&lt;b&gt;4&lt;/b&gt; yes" in browser.html(PAGE)


def test_an_open_page_hears_of_a_new_text_and_of_nothing_else(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    have = browser.html(PAGE).split("have=")[1].split('"')[0]
    again = f"{PAGE}/conversation?have={have}"
    assert browser.client.get(again).status_code == 204
    say(runtime, MARIA, "hello there")
    assert "hello there" in browser.get(again)


def test_nights_are_drawn_with_a_table_and_steps_say_why(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 6, "4 yes")
    page = browser.get(PAGE)
    assert "6 of 6 nights have a score, from Mar 1 to Mar 6, 2026" in page
    assert "legs 4, step done" in page
    assert "was drawn, with a chance of" in page
    assert "not enough" not in page


def test_changes_hold_from_the_next_evening_and_are_recorded(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    times = {"evening_time": "19:00", "bedtime": "22:00", "time_zone": "America/Chicago"}
    assert "Next text: Mon, Mar 2, 7:00 pm (Chicago)" in browser.post(f"{PAGE}/change/times", times)
    assert "Next text: Thu, Mar 5, 7:00 pm (Chicago)" in browser.post(f"{PAGE}/change/pause", {"evenings": "3"})
    assert "Paused until Thu 5 Mar" in browser.get(PAGE)
    assert "Next text: Mon, Mar 2, 7:00 pm (Chicago)" in browser.post(f"{PAGE}/change/resume")
    browser.post(f"{PAGE}/change/language", {"language": "es"})
    assert "Next text: Sat, Mar 7" in browser.post(f"{PAGE}/change/cadence", {"cadence": "weekends"})
    browser.post(f"{PAGE}/change/exclusions", {"exclude": ["fall_risk", "caffeine"]})
    [enrolment], [participant] = rows(runtime.engine, Enrolment), rows(runtime.engine, Participant)
    assert (enrolment.evening_at, enrolment.bedtime_at, enrolment.cadence) == (time(19), time(22), "weekends")
    assert (enrolment.next_due_at, enrolment.exclude) == (
        datetime(2026, 3, 3, 1, tzinfo=UTC),
        ["caffeine", "fall_risk"],
    )
    assert (participant.language, participant.time_zone) == ("es", "America/Chicago")
    recorded = [row.detail["what"] for row in rows(runtime.engine, AuditEvent) if row.action == "changed"]
    assert recorded == ["times", "pause", "resume", "language", "cadence", "exclusions"]


REFUSALS = (
    ("pause", {"evenings": "0"}, "a number from 1 to 60"),
    ("pause", {"evenings": "three"}, "a number from 1 to 60"),
    ("times", {"evening_time": "23:00"}, "is in quiet hours"),
    ("times", {"evening_time": "late"}, "is not a time"),
    ("times", {"evening_time": "20:00", "bedtime": "19:30"}, "is not before the bedtime"),
    ("times", {"evening_time": "20:00", "time_zone": "Mars/Base"}, "is not a time zone"),
    ("cadence", {"cadence": "hourly"}, "Choose one of the cadences offered"),
    ("language", {"language": "fr"}, "'fr' is not a language: choose from en, es, es-ES."),
    ("exclusions", {"exclude": ["nonsense"]}, "is no step and no exclusion"),
)


def test_what_cannot_be_is_told_in_one_sentence_and_changes_nothing(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    before = rows(runtime.engine, Enrolment)
    for what, form, sentence in REFUSALS:
        assert sentence in browser.post(f"{PAGE}/change/{what}", form, 400), (what, form)
    browser.post(f"{PAGE}/change/nothing-such", {}, 404)
    browser.post("/participants/999/change/pause", {"evenings": "3"}, 404)
    assert rows(runtime.engine, Enrolment) == before


def test_a_pause_counts_from_tomorrow_once_tonight_was_asked(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 1)
    browser.post(f"{PAGE}/change/pause", {"evenings": "2"})
    assert rows(runtime.engine, Enrolment)[0].paused_until_on == date(2026, 3, 5)


def test_a_hold_is_let_go_by_its_button_and_a_crisis_only_by_acknowledging_it(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(held_for="stop_or_not"))
    assert "they may have wanted to stop" in browser.get(PAGE)
    assert "Next text: Mon, Mar 2" in browser.post(f"{PAGE}/change/release")
    say(runtime, MARIA, "I don't want to live anymore")
    assert "mark it as handled first" in browser.post(f"{PAGE}/change/release", {}, 400)
    flag = browser.html(PAGE).split("/flags/")[2].split('"')[0]
    done = {"back": "person", "note": "Called her: her sister is with her."}
    assert "Next: Mon, Mar 2" in browser.post(f"/flags/{flag}/acknowledge", done)


def test_a_text_of_the_coachs_own_leaves_once_in_the_daytime(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    form = {"body": "How are   the nights?", "once": "abc"}
    assert "on its way" in browser.post(f"{PAGE}/write", form)
    browser.post(f"{PAGE}/write", form)
    [message] = rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "coach")
    assert message.body == "How are the nights?"
    tick(runtime)
    assert "How are the nights?" in browser.get("/inbox/?folder=sent")
    assert "between 1 and 640" in browser.post(f"{PAGE}/write", {"body": " ", "once": "def"}, 400)


def test_notes_are_kept_and_encrypted(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    assert "prefers calls on Tuesdays" in browser.post(f"{PAGE}/note", {"body": "prefers calls\non Tuesdays"})
    assert "between 1 and 2000" in browser.post(f"{PAGE}/note", {"body": "  "}, 400)
    with runtime.engine.connect() as connection:
        [stored] = connection.exec_driver_sql("SELECT body FROM note").scalars()
    assert "Tuesdays" not in stored


def test_what_was_typed_comes_back_with_the_reason(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    late = {"body": "See you on Friday.", "once": "a", "on": "2026-03-01", "at": "12:00"}
    page = browser.post(f"{PAGE}/write", late, 400)
    assert "Choose a time that is still to come" in page
    assert "See you on Friday." in page
    assert not rows(runtime.engine, OutboxMessage)


def test_a_text_says_when_it_leaves(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    clock.shows = datetime(2026, 3, 3, 2, tzinfo=UTC)  # 21:00 in New York
    page = browser.post(f"{PAGE}/write", {"body": "How are the nights?", "once": "a"})
    assert "Your text will leave tomorrow at 9:00 am (New York)." in page
    assert "Not sent yet How are the nights?" in page
    [text] = rows(runtime.engine, OutboxMessage)
    back = browser.post(f"{PAGE}/texts/{text.id}/take-back")
    assert "Taken back. It will not be sent." in back
    assert "Undone. It will be sent after all." in browser.post(f"{PAGE}/texts/{text.id}/put-back")
    assert "Saved. It has not left yet." in browser.post(f"{PAGE}/texts/{text.id}/reword", {"body": "Other words"})
    assert rows(runtime.engine, OutboxMessage)[0].body == "Other words"


def test_the_undo_button_restores_what_was_before(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    before = everything(runtime)
    browser.post(f"{PAGE}/change/pause", {"until": "2026-03-09"})
    token = _undo_of(browser, f"{PAGE}/change/name", {"first_name": "Ana"})
    assert "Undone." in browser.post("/participants/undo", {"token": token})
    token = _undo_of(browser, f"{PAGE}/change/resume", {})
    clock.forward(seconds=61)
    assert "for one minute only" in browser.post("/participants/undo", {"token": token})
    assert everything(runtime) == before


def _undo_of(browser: Browser, path: str, form: dict[str, str]) -> str:
    """The token of the Undo button after a change."""
    page = browser.html(PAGE)
    form |= {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    answer = browser.client.post(path, data=form)
    return browser.html(answer.headers["Location"]).split('name="token" value="')[1].split('"')[0]


def test_the_visit_sheet_has_the_week_and_what_they_asked(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    assert "No check-ins yet" in browser.get(f"{PAGE}/visit")
    evenings(runtime, clock, 5, "4 yes")
    say(runtime, MARIA, "should I stop my ropinirole?")
    page = browser.get(f"{PAGE}/visit")
    assert "nights of Mar 1–5" in page
    assert (
        "Legs this week 4.0 over 5 nights 5 nights so far: they started on Mar 2. The 4 weeks before no scores" in page
    )
    assert "should I stop my ropinirole?" in page
    assert "Iron test (ferritin) not suggested yet" in page
    sign_in(app, runtime, "lead", email="x@else.example", clinic="Elsewhere").get(f"{PAGE}/visit", 404)


def test_the_visit_sheet_never_says_nothing_after_a_crisis(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    assert "Crisis messages" not in browser.get(f"{PAGE}/visit")
    say(runtime, MARIA, "I want to end my life")
    page = browser.get(f"{PAGE}/visit")
    assert "Crisis messages Mar 2. What they wrote in a crisis is not printed on this sheet." in page
    assert "Ask coach@example.org what was said and done." in page
    assert "end my life" not in page
    say(runtime, MARIA, "I have chest pain and cannot breathe")
    assert "I have chest pain" in browser.get(f"{PAGE}/visit"), "an urgent sign is printed"
