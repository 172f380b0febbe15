"""Small sentences that keep a coach from asking "why?": nights, quiet hours, a text taken back, six of seven nights."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from coach.adherence.days import Day, why_no_score
from coach.inbox.schedule import LeaveAt, Reachable, when_to_leave
from coach.runtime import Runtime
from coach.summaries.compute import stored_batches
from schedules.database.tables.messages import OutboxMessage
from schedules.timing.quiet_hours import quiet_hours_from
from tests.coach.web.coaches import sign_in
from tests.coach.web.evenings import MARIA, evenings
from tests.support import TestClock, enrol, person, rows, say

PAGE = "/participants/1"
MONDAY = date(2026, 3, 2)
MONDAY_NIGHT = datetime(2026, 3, 3, 2, tzinfo=UTC)  # 9 pm in New York


def test_a_card_says_that_a_text_arrived_at_night(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    clock.shows = datetime(2026, 3, 3, 7, 10, tzinfo=UTC)
    say(runtime, MARIA, "why do my legs do this?")
    assert "Arrived 2:10 am, at night for them." in browser.get("/inbox/")
    clock.forward(hours=7)
    say(runtime, MARIA, "and why at night?")
    assert browser.get("/inbox/").count("at night for them") == 1, "the second came at nine in the morning"


def test_a_text_set_for_their_quiet_hours_leaves_when_these_end(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    assert "Texts may reach them from 8:00 am to 9:00 pm." in browser.get(PAGE)
    late = {"body": "See you on Friday.", "once": "a", "on": "2026-03-05", "at": "23:00"}
    page = browser.post(f"{PAGE}/write", late)
    assert "This is in their quiet hours. Your text will leave on Fri, Mar 6 at 8:00 am (New York)." in page
    assert "quiet hours. Your" not in browser.post(f"{PAGE}/write", late | {"once": "b", "at": "17:30"})
    leaves = [one.due_at for one in rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "coach")]
    assert leaves == [datetime(2026, 3, 6, 13, tzinfo=UTC), datetime(2026, 3, 5, 22, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("06:15", datetime(2026, 3, 5, 13, tzinfo=UTC)),
        ("08:00", datetime(2026, 3, 5, 13, tzinfo=UTC)),
        ("20:59", datetime(2026, 3, 6, 1, 59, tzinfo=UTC)),
        ("21:00", datetime(2026, 3, 6, 13, tzinfo=UTC)),
    ],
)
def test_quiet_hours_move_a_text_to_their_end(at: str, leaves: datetime) -> None:
    to = Reachable("America/New_York", None, quiet_hours_from(None))
    assert when_to_leave(LeaveAt("2026-03-05", at), to, MONDAY_NIGHT) == leaves


def test_a_text_taken_back_stays_in_the_conversation_struck_through_with_who_did_it(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    dana = sign_in(app, runtime, email="dana@example.org")
    dana.post("/account/", {"name": "Dana Ruiz, RN", "time_zone": "", "phone": "", "digest": "off"})
    dana.post(f"{PAGE}/write", {"body": "See you on Friday.", "once": "a", "on": "2026-03-05", "at": "17:30"})
    [text] = rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "coach")
    clock.shows = datetime(2026, 3, 2, 15, 2, tzinfo=UTC)
    dana.post(f"{PAGE}/texts/{text.id}/take-back")
    assert "<del>See you on Friday.</del>" in dana.html(PAGE)
    assert "Taken back at 10:02 am by Dana Ruiz, RN" in dana.get(f"{PAGE}/conversation")
    dana.post(f"{PAGE}/texts/{text.id}/put-back")
    assert "<del>" not in dana.html(PAGE)


def test_a_week_says_why_fewer_nights_count(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 3)
    evenings(runtime, clock, 1, None)
    sheet = browser.get(f"{PAGE}/visit")
    assert "over 3 nights No score for Mar 4 (no answer). 4 nights so far: they started on Mar 2." in sheet
    evenings(runtime, clock, 3)
    list(stored_batches(runtime.engine, "2026-W10", clock()))
    week = browser.get("/summary/?week=2026-W10")
    assert "not asked on 1: no step the evening before" in week
    assert "so far" not in browser.get(f"{PAGE}/visit")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (Day(MONDAY, "done", 4), None),
        (Day(MONDAY, "done"), "no score in their answer"),
        (Day(MONDAY, "undelivered"), "text not delivered"),
        (Day(MONDAY, "not_prompted", reason="paused"), "paused"),
    ],
)
def test_a_night_without_a_score_has_a_reason(day: Day, why: str | None) -> None:
    assert why_no_score(day) == why
