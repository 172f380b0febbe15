"""A coach's commonest tasks in a real browser: four clicks at most, found by the words on the page, wide and narrow."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import delete

from coach.accounts.sign_ins import add_account, ensure_clinic
from coach.database.schema import open_database, upgrade
from coach.database.tables import WebSession
from coach.demo.clock import MovableClock
from coach.runtime import Runtime, open_runtime, utc_now
from schedules.database.engine import write_transaction
from tests.coach.web.story import STORY_PASSWORD, app_of, complaints
from tests.served import served
from tests.support import enrol, person, say, settings_for

EMAIL, CLINIC, MOST = "coach@demo.example", "Harbor Sleep Clinic", 4
CHATTY = ("do you know a good foot roller?", "can my sister get these texts too?", "and what time do you close?")
WIDTHS = pytest.mark.parametrize("width", [1280, 360])


@dataclass(frozen=True)
class Desk:
    """A clinic on a real port: Maria has asked three things, George names a medicine."""

    url: str
    runtime: Runtime

    def open(self, browser: Browser, width: int, *, script: bool = True) -> Page:
        """The home page, signed in."""
        page = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script).new_page()
        page.goto(self.url)
        self.sign_in(page)
        page.wait_for_url(self.url + "/")
        return page

    def sign_in(self, page: Page) -> None:
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Password").fill(STORY_PASSWORD)
        page.get_by_role("button", name="Sign in").click()


@dataclass
class Hand:
    """Clicks, and counts them; typing and choosing in a list are free."""

    clicks: list[str] = field(default_factory=list)

    def click(self, what: Locator) -> None:
        self.clicks.append(what.inner_text())
        what.click()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = MovableClock(utc_now().replace(hour=18, minute=0, second=0, microsecond=0))
    settings = settings_for(f"sqlite:///{tmp_path}/desk.sqlite3", public_url="", twilio_opt_out_mode="self")
    upgrade(open_database(settings), clock())
    runtime = open_runtime(settings, clock)
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, CLINIC, clock())
        add_account(connection, EMAIL, "coach", clinic_id, STORY_PASSWORD, clock())
    people = (person(1, first_name="Maria", coach=EMAIL), person(2, first_name="George", coach=EMAIL))
    enrol(runtime, *people, clinic=CLINIC)
    for words in CHATTY:
        say(runtime, "+14155550001", words)
    say(runtime, "+14155550002", "my sister said ropinirole helps with this, is that so?")
    with runtime.dispatcher() as dispatcher, served(runtime, app_of(runtime, clock, dispatcher)) as url:
        yield Desk(url, runtime)
    runtime.engine.dispose()


@WIDTHS
def test_the_first_reply_is_answered(browser: Browser, desk: Desk, width: int) -> None:
    page, hand = desk.open(browser, width), Hand()
    told = complaints(page)
    hand.click(page.get_by_role("link", name="replies waiting"))
    card = page.get_by_role("article").first
    card.get_by_label("Your answer").fill("Thank you for asking. I will call you tomorrow.")
    hand.click(card.get_by_role("button", name="Send"))
    expect(page.get_by_role("status").first).to_contain_text("Your answer")
    assert len(hand.clicks) <= MOST, hand.clicks
    assert told == []
    page.context.close()


@WIDTHS
def test_all_of_one_chatty_person_is_cleared_and_taken_back(browser: Browser, desk: Desk, width: int) -> None:
    page, hand = desk.open(browser, width), Hand()
    hand.click(page.get_by_role("link", name="replies waiting"))
    hand.click(page.get_by_role("article").filter(has_text="Maria").get_by_role("button", name="Close all 3"))
    expect(page.get_by_role("article").filter(has_text="Maria")).to_have_count(0)
    assert len(hand.clicks) <= MOST, hand.clicks
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("article").filter(has_text="Maria")).to_have_count(1)
    page.context.close()


@WIDTHS
def test_whoever_wrote_a_medicines_name_is_found(browser: Browser, desk: Desk, width: int) -> None:
    page, hand = desk.open(browser, width), Hand()
    page.get_by_label("Words in what people wrote").fill("ropinirole")
    hand.click(page.get_by_role("button", name="Search texts"))
    expect(page.get_by_role("row").filter(has_text="ropinirole")).to_contain_text("George")
    assert len(hand.clicks) <= MOST, hand.clicks
    page.context.close()


@pytest.mark.parametrize("script", [True, False])
def test_words_typed_before_a_session_ran_out_are_there_after_signing_in(
    browser: Browser, desk: Desk, script: bool
) -> None:
    page = desk.open(browser, 1280, script=script)
    page.goto(desk.url + "/inbox/?kind=other")
    card = page.get_by_role("article").filter(has_text="Maria")
    card.get_by_label("Your answer").fill("These words took me ten minutes.")
    with write_transaction(desk.runtime.engine) as connection:
        connection.execute(delete(WebSession))
    card.get_by_role("button", name="Send").click()
    expect(page.get_by_text("What you typed is kept")).to_be_visible()
    desk.sign_in(page)
    expect(page.get_by_label("Your answer").first).to_have_value("These words took me ten minutes.")
    page.get_by_role("button", name="Send").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Your answer")
    page.context.close()


def test_words_in_one_box_outlive_sending_another_and_following_a_link(browser: Browser, desk: Desk) -> None:
    page = desk.open(browser, 1280)
    page.goto(desk.url + "/inbox/")
    george, maria = (page.get_by_role("article").filter(has_text=name) for name in ("George", "Maria"))
    maria.get_by_label("Your answer").fill("Half an answer, to be")
    george.get_by_label("Your answer").fill("That is for your doctor to say.")
    george.get_by_role("button", name="Send").click()
    expect(george).to_have_count(0)
    expect(maria.get_by_label("Your answer")).to_have_value("Half an answer, to be")
    maria.get_by_label("Your answer").fill("Half an answer, to be finished")
    page.get_by_role("link", name="Closed", exact=True).click()
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    page.goto(desk.url + "/inbox/")
    expect(maria.get_by_label("Your answer")).to_have_value("Half an answer, to be finished")
    page.context.close()


def test_the_tour_is_closed_without_script_and_comes_back_when_asked_for(browser: Browser, desk: Desk) -> None:
    page = desk.open(browser, 360, script=False)
    expect(page.get_by_role("heading", name="A tour in five steps")).to_be_visible()
    assert page.locator(".tour li").count() == 5
    page.get_by_role("button", name="Close the tour").click()
    expect(page.get_by_role("heading", name="A tour in five steps")).to_have_count(0)
    page.get_by_text("What the words and pictures mean").click()
    page.get_by_role("button", name="Show the tour").click()
    expect(page.get_by_role("heading", name="A tour in five steps")).to_be_visible()
    page.context.close()
