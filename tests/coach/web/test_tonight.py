"""A person's page says what tonight's step is, or when it will be chosen, and offers another one beside it."""

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium

from coach.runtime import Runtime
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from tests.coach.web.coaches import sign_in
from tests.coach.web.evenings import MARIA, evenings
from tests.coach.web.hands import WIDTHS, hand_of
from tests.coach.web.signing_in import add_coach
from tests.support import TestClock, enrol, person, rows, say, tick

LEAD = "lead@clinic.example"


def test_before_the_evening_it_says_when_the_step_will_be_chosen(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    page = sign_in(app, runtime).get("/participants/1")
    assert "Tonight’s step Will be chosen at 8:00 pm. Give another one tonight" in page


def test_a_step_that_a_coach_chose_is_shown_with_its_words(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    browser.post("/participants/1/step", {"step": "evening-walk"})
    page = browser.get("/participants/1").split("Tonight’s step")[1]
    assert "chosen by a coach. Leaves at 8:00 pm." in page
    assert "walk" in page.split("chosen by a coach")[0].casefold()


def test_after_it_left_the_text_itself_is_shown_and_another_is_for_the_next_evening(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    evenings(runtime, clock, 1, None)
    [text] = rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "nudge")
    page = sign_in(app, runtime).get("/participants/1").split("Tonight’s step")[1]
    assert page.startswith(f" {' '.join(text.body.split())} 8:00 pm: Delivered Give another one on Tuesday")


def test_nothing_is_promised_to_somebody_who_gets_no_texts(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    say(runtime, MARIA, "STOP")
    page = sign_in(app, runtime).get("/participants/1")
    assert "’s step" not in page


@pytest.mark.parametrize("width", WIDTHS)
def test_another_one_tonight_is_four_clicks_from_home(
    browser: Chromium, sqlite_runtime: Runtime, clock: TestClock, width: int
) -> None:
    add_coach(sqlite_runtime, LEAD, "lead")
    enrol(sqlite_runtime, person(1, first_name="Maria"), clinic="Clinic")
    tick(sqlite_runtime)
    say(sqlite_runtime, MARIA, "why do I get this?")
    with hand_of(browser, sqlite_runtime, LEAD, width) as hand:
        hand.click("Maria", role="link")
        hand.click("Give another one tonight", role="link")
        choice = hand.page.get_by_label("Step", exact=True)
        wanted = choice.locator("option").nth(2).get_attribute("value")
        choice.select_option(wanted)
        hand.click("Swap step")
        hand.sees("chosen by a coach. Leaves at")
    assert rows(sqlite_runtime.engine, Enrolment)[0].chosen_step == wanted
