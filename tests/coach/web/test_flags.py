"""Flags: one block a person, the most urgent first; a crisis is acknowledged with a note of what was done."""

import json
import re

from flask import Flask

from coach.database.tables import AuditEvent
from coach.privacy.personal_data import export_person
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.safety import Flag
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.evenings import GEORGE, MARIA
from tests.support import TestClock, enrol, person, rows, say

DONE = "Called him. His brother is with him; he sees his doctor tomorrow."


def flagged(app: Flask, runtime: Runtime, clock: TestClock) -> Browser:
    """Maria asks two medical questions, then George is in a crisis: flags 1, 2 and 3."""
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    browser = sign_in(app, runtime)
    say(runtime, MARIA, "can I take magnesium with ropinirole?")
    clock.forward(minutes=15)
    say(runtime, MARIA, "should I stop my iron pills?")
    clock.forward(minutes=15)
    say(runtime, GEORGE, "I want to end my life")
    return browser


def test_flags_stand_by_urgency_one_block_a_person_with_the_words(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = flagged(app, runtime, clock)
    assert [flag.kind for flag in rows(runtime.engine, Flag)] == ["medical", "medical", "crisis"]
    page = browser.html("/flags/")
    assert re.findall(r'aria-labelledby="flag-(\d+)"', page) == ["3", "2"], "of one person the newest names the block"
    for said in ("I want to end my life", "magnesium with ropinirole", "should I stop my iron pills?"):
        assert said in page


def test_a_crisis_is_acknowledged_after_it_was_opened_and_with_what_was_done(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = flagged(app, runtime, clock)
    for path in ("/", "/inbox/", "/flags/", "/participants/2"):
        assert 'href="/flags/3"' in browser.html(path), path
        assert 'action="/flags/3/acknowledge"' not in browser.html(path), path
    opened = browser.get("/flags/3")
    assert "I want to end my life" in opened
    assert "What was done" in opened
    assert "Write what was done" in browser.post("/flags/3/acknowledge", {"note": "  "})
    assert rows(runtime.engine, Flag)[2].acknowledged_at is None
    assert "Nothing is kept for you" in browser.get("/kept/"), "no words, nothing to keep"
    browser.post("/flags/3/acknowledge", {"note": DONE, "back": "flags"})
    assert rows(runtime.engine, Flag)[2].note == DONE
    assert DONE in browser.get("/flags/3")
    assert DONE in browser.get("/participants/2"), "it stands among the notes"
    assert "Handled lately" in browser.get("/flags/")


def test_a_note_that_is_too_long_comes_back(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = flagged(app, runtime, clock)
    long = "x" * 2001
    assert "This has 2001 characters" in browser.post("/flags/3/acknowledge", {"note": long})
    assert f"{long}</textarea>" in browser.html("/flags/3")


def test_whoever_acknowledged_it_may_take_it_back_for_a_minute(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = flagged(app, runtime, clock)
    lead = sign_in(app, runtime, "lead")
    shown = browser.post("/flags/3/acknowledge", {"note": DONE})
    assert "Marked as handled." in shown
    assert "Undo" in shown
    assert "by whoever did it" in lead.post("/flags/3/undo")
    clock.forward(seconds=59)
    assert "It is open again." in browser.post("/flags/3/undo")
    assert rows(runtime.engine, Flag)[2].acknowledged_at is None
    assert f"{DONE}</textarea>" in browser.html("/flags/3"), "the note is there to be completed"
    browser.post("/flags/3/acknowledge", {"note": DONE})
    clock.forward(seconds=61)
    assert "for a minute only" in browser.post("/flags/3/undo")
    actions = [event.action for event in rows(runtime.engine, AuditEvent) if event.detail.get("flag") == 3]
    assert actions == ["acknowledged", "reopened", "acknowledged"]


def test_a_medical_flag_is_marked_where_it_stands(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = flagged(app, runtime, clock)
    assert "Marked as handled." in browser.post("/flags/1/acknowledge", {"back": "flags"})
    assert 'aria-labelledby="flag-2"' in browser.html("/flags/")


def test_nobody_opens_what_is_not_theirs(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    flagged(app, runtime, clock)
    stranger = sign_in(app, runtime, "lead", clinic="Other")
    stranger.get("/flags/3", 404)
    stranger.post("/flags/3/acknowledge", {"note": DONE}, 404)
    stranger.post("/flags/3/undo", {}, 404)
    assert "No flag is open" in stranger.get("/flags/")


def test_the_note_is_part_of_what_is_held_about_a_person(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = flagged(app, runtime, clock)
    browser.post("/flags/3/acknowledge", {"note": DONE})
    with read_transaction(runtime.engine) as connection:
        assert DONE in json.dumps(export_person(connection, 2))
