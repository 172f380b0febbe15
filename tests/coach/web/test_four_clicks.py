"""The tasks of a coach's day with people, in a real browser, wide and narrow: each in four clicks."""

from datetime import date

import pytest
from playwright.sync_api import Browser, Page

from coach.runtime import Runtime
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from tests.coach.web.hands import WIDTHS, Hand, hand_of
from tests.coach.web.signing_in import add_coach
from tests.support import TestClock, enrol, person, rows, say, tick

LEAD, COLLEAGUE = "lead@clinic.example", "bea@clinic.example"
pytestmark = pytest.mark.parametrize("width", WIDTHS)


@pytest.fixture
def clinic(sqlite_runtime: Runtime) -> Runtime:
    add_coach(sqlite_runtime, LEAD, "lead")
    add_coach(sqlite_runtime, COLLEAGUE, "coach")
    clinic_name = "Clinic"
    enrol(sqlite_runtime, person(1, first_name="Maria"), clinic=clinic_name)
    return sqlite_runtime


def maria(page: Page) -> None:
    page.goto("/participants/")


def test_stop_at_someones_word(browser: Browser, clinic: Runtime, width: int) -> None:
    with hand_of(browser, clinic, LEAD, width) as hand:
        maria(hand.page)
        hand.click("Maria")
        hand.click("Stop all texts (they asked)")
        hand.page.get_by_label("How they asked").fill("asked on the phone")
        hand.click("Stop all texts to Maria")
        hand.sees("Maria gets no more texts")
    assert rows(clinic.engine, Enrolment)[0].status == "stopped"


def test_the_same_from_the_menu_of_the_list(browser: Browser, clinic: Runtime, width: int) -> None:
    with hand_of(browser, clinic, LEAD, width) as hand:
        maria(hand.page)
        hand.click("Actions for Maria", role="summary")
        hand.click("Stop all texts (they asked)", role="link")
        hand.page.get_by_label("How they asked").fill("asked on the phone")
        hand.click("Stop all texts to Maria")
        hand.sees("Maria gets no more texts")


def test_a_new_phone_number(browser: Browser, clinic: Runtime, width: int) -> None:
    with hand_of(browser, clinic, LEAD, width) as hand:
        maria(hand.page)
        hand.click("Maria")
        hand.click("New phone number")
        hand.page.get_by_label("Number they get texts on").fill("(415) 555-0777")
        hand.click("Update number")
        hand.sees("No texts until they answer the welcome with YES")
    assert rows(clinic.engine, Participant)[0].phone == "+14155550777"


def test_hand_over_forty_and_undo(browser: Browser, clinic: Runtime, width: int) -> None:
    enrol(clinic, *(person(number) for number in range(2, 41)))
    [bea] = rows(clinic.engine, CoachAccount, CoachAccount.email == COLLEAGUE)
    with hand_of(browser, clinic, LEAD, width) as hand:
        hand.menu("Participants")
        hand.clicks += 1  # one box ticks all
        hand.page.get_by_label("Select all").check()
        hand.page.get_by_label("Hand over the people ticked to").select_option(COLLEAGUE)
        hand.click("Hand over")
        hand.sees("40 people handed over to bea@clinic.example.")
        assert {one.coach_id for one in rows(clinic.engine, Participant)} == {bea.id}
        hand.page.get_by_role("button", name="Undo").click()
        hand.page.get_by_text("Undone.").wait_for()
    assert {one.coach_id for one in rows(clinic.engine, Participant)} == {None}


def test_swap_tonights_step(browser: Browser, clinic: Runtime, width: int) -> None:
    with hand_of(browser, clinic, LEAD, width) as hand:
        maria(hand.page)
        hand.click("Maria")
        hand.click("Swap tonight's step")
        choice = hand.page.get_by_label("Step", exact=True)
        wanted = choice.locator("option").nth(1).get_attribute("value")
        choice.select_option(wanted)
        hand.click("Swap step")
        hand.sees("is the step of Mon Mar 2.")
    [enrolment] = rows(clinic.engine, Enrolment)
    assert (enrolment.chosen_step, enrolment.chosen_on) == (wanted, date(2026, 3, 2))


def test_schedule_a_text_and_take_it_back(browser: Browser, clinic: Runtime, width: int) -> None:
    with hand_of(browser, clinic, LEAD, width) as hand:
        maria(hand.page)
        hand.click("Maria")
        hand.click("Schedule a text")
        hand.page.locator("#later-body").fill("See you on Friday.")
        hand.page.get_by_label("Date").fill("2026-03-05")
        hand.page.get_by_label("Time, where they are").fill("17:30")
        hand.click("Schedule text")
        hand.sees("Your text will leave on Thu, Mar 5 at 5:30 pm (New York).")
        hand.click("Take back")
        hand.sees("Taken back. It will not be sent.")
    [text] = rows(clinic.engine, OutboxMessage, OutboxMessage.kind == "coach")
    assert (text.state, text.reason) == ("suppressed", "taken_back")


def test_enrol_someone_in_chicago(browser: Browser, clinic: Runtime, width: int) -> None:
    with hand_of(browser, clinic, LEAD, width) as hand:
        hand.menu("Enroll")
        fill_in(hand)
        hand.click("Enroll", role="button")
        hand.sees("is enrolled.")
    someone = rows(clinic.engine, Participant)[-1]
    assert (someone.first_name, someone.time_zone) == ("Ana", "America/Chicago")


def fill_in(hand: Hand) -> None:
    hand.page.get_by_label("Phone number").fill("(312) 555-0134")
    hand.page.get_by_label("First name").fill("Ana")
    zones = hand.page.get_by_label("Time zone where they sleep")
    [words] = [one for one in zones.locator("option").all_inner_texts() if one.startswith("Central, Chicago, now")]
    zones.select_option(label=words)
    hand.page.get_by_label("How they agreed to get texts").fill("paper form")
    hand.page.get_by_label("When they agreed").fill("2026-03-01T10:30")


def test_the_week_for_the_doctor(browser: Browser, clinic: Runtime, clock: TestClock, width: int) -> None:
    for day in (2, 3, 4):
        clock.shows = clock.shows.replace(day=day + 1, hour=1)
        tick(clinic)
        say(clinic, "+14155550001", f"{day} yes")
    with hand_of(browser, clinic, LEAD, width) as hand:
        maria(hand.page)
        hand.click("Maria")
        hand.click("Week for the doctor")
        hand.sees("The week, night by night")
        hand.sees("How to read this")
        hand.page.emulate_media(media="print")
        pages = hand.page.pdf(format="Letter").count(b"/Type /Page\n")
        assert pages == 1, "it fits on one sheet"
