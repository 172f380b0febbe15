"""A coach's first week in a real browser, from an empty clinic to the summary, with every step of it on the pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from coach.accounts.sign_ins import add_account, ensure_clinic
from coach.database.schema import open_database, upgrade
from coach.demo.clock import MovableClock
from coach.runtime import Runtime, open_runtime, utc_now
from content.segments import count, normalise
from schedules.database.engine import write_transaction
from tests.coach.web.story import STORY_PASSWORD, app_of, complaints
from tests.served import served
from tests.support import enrol, person, roster, say, settings_for

EMAIL, CLINIC = "coach@demo.example", "Harbor Sleep Clinic"


@dataclass(frozen=True)
class Clinic:
    """Where it is served, and what runs behind it."""

    url: str
    runtime: Runtime


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    """An empty clinic with one coach, on a real port; its phones are on the page, its clock is moved by hand."""
    clock = MovableClock(utc_now().replace(hour=16, minute=0, second=0, microsecond=0))
    settings = settings_for(f"sqlite:///{tmp_path}/clinic.sqlite3", public_url="", twilio_opt_out_mode="self")
    upgrade(open_database(settings), clock())
    runtime = open_runtime(settings, clock)
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, CLINIC, clock())
        add_account(connection, EMAIL, "coach", clinic_id, STORY_PASSWORD, clock())
    with runtime.dispatcher() as dispatcher:
        app: Flask = app_of(runtime, clock, dispatcher)
        with served(runtime, app) as url:
            yield Clinic(url, runtime)
    runtime.engine.dispose()


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(STORY_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(url + "/")


def go(page: Page, link: str) -> None:
    page.get_by_role("navigation", name="Menu").get_by_role("link", name=link, exact=True).click()


def forward(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()


def text_as_maria(page: Page, body: str) -> None:
    page.get_by_label("Text as Maria").fill(body)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".texts li.sent .words").first).to_have_text(body)


def test_enrol_import_nudge_reply_answer_pause_and_summary(page: Page, clinic: Clinic) -> None:
    told = complaints(page)
    sign_in(page, clinic.url)
    expect(page.get_by_text("Nobody is enrolled yet")).to_be_visible()

    page.get_by_role("link", name="Enroll the first person").click()
    page.get_by_label("Phone number").fill("(415) 555-0134")
    page.get_by_label("First name").fill("Maria")
    page.get_by_label("How they agreed to get texts").fill("paper form")
    agreed = (utc_now() - timedelta(days=2)).strftime("%Y-%m-%dT10:00")
    page.get_by_label("When they agreed").fill(agreed)
    page.get_by_role("button", name="Enroll").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody was enrolled")
    expect(page.get_by_text("Numbers in this area are often in Pacific, Los Angeles")).to_be_visible()
    told[:] = [words for words in told if "400" not in words]  # the form that was refused, as it should be
    page.get_by_label("Time zone where they sleep").select_option("America/Los_Angeles")
    page.get_by_role("button", name="Enroll").click()
    expect(page.get_by_role("heading", name=re.compile("Maria"))).to_be_visible()

    go(page, "Enroll")
    bad = roster(person(1, first_name="Ruth"), person(2, time_zone="Mars/Base"))
    page.get_by_label("CSV file").set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": bad})
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("row", name=re.compile("3 time_zone"))).to_contain_text("is not a time zone")
    told[:] = [words for words in told if "400" not in words]
    go(page, "Enroll")
    right = roster(person(1, first_name="Ruth"), person(2, first_name="Walter"))
    page.get_by_label("CSV file").set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": right})
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("2 to enroll, 0 to update")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("3 participants")).to_be_visible()

    go(page, "Phones")
    page.get_by_role("link", name="Maria").click()
    forward(page, "An hour")
    forward(page, "An hour")
    expect(page.locator(".texts li.received").first).to_contain_text("YES")
    text_as_maria(page, "YES")
    forward(page, "Forward to the next evening text")
    expect(page.locator(".texts li.received").first).to_contain_text("last night")
    text_as_maria(page, "about a 4")
    text_as_maria(page, "why do my legs do this every night?")

    go(page, "Inbox")
    reply = page.get_by_role("article", name=re.compile("Maria"))
    expect(reply).to_contain_text("why do my legs do this every night?")
    body = "Good question – let’s talk on Monday ☎"
    reply.get_by_label("Your answer").fill(body)
    parts = count(normalise(body)).parts
    expect(reply.locator(".parts")).to_contain_text(
        f"{parts} part of a text message. These make all of it cost more: ☎"
    )
    reply.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Nothing is waiting for you")).to_be_visible()
    go(page, "Phones")
    page.get_by_role("link", name="Maria").click()
    forward(page, "An hour")
    expect(page.locator(".texts")).to_contain_text("let's talk on Monday")

    go(page, "Participants")
    page.get_by_role("link", name=re.compile("Maria")).click()
    page.locator("summary").get_by_text("Pause", exact=True).click()
    page.get_by_label("Number of evenings to skip").fill("3")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").first).to_contain_text("Next text:")
    expect(page.get_by_text("Paused until then")).to_be_visible()
    expect(page.locator("svg.chart").first).to_be_visible()

    go(page, "Phones")
    page.get_by_role("link", name="Maria").click()
    for _ in range(8):
        forward(page, "A day")
    go(page, "Weekly summary")
    expect(page.get_by_role("row", name=re.compile("Maria"))).to_contain_text(re.compile(r"\d of \d"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert "Maria" not in Path(download.value.path()).read_text()
    assert told == []


def test_what_was_written_before_the_script_came_is_counted_too(page: Page, clinic: Clinic) -> None:
    enrol(clinic.runtime, person(1, first_name="Maria", coach=EMAIL), clinic=CLINIC)
    sign_in(page, clinic.url)
    on_its_way: list[Route] = []
    page.route("**/parts.js*", lambda route: on_its_way.append(route))  # noqa: PLW0108  (a bound method is refused)
    page.goto(clinic.url + "/participants/1", wait_until="commit")
    page.locator("[data-parts]").first.fill("Hello", force=True)
    expect(page.locator(".parts").first).to_be_empty()
    on_its_way[0].continue_()
    expect(page.locator(".parts").first).to_have_text("1 part of a text message.")


def test_a_new_reply_appears_on_an_open_conversation_and_inbox_without_reload(page: Page, clinic: Clinic) -> None:
    enrol(clinic.runtime, person(1, first_name="Maria", coach=EMAIL), clinic=CLINIC)
    sign_in(page, clinic.url)
    inbox = page.context.new_page()
    inbox.goto(clinic.url + "/inbox/")
    page.goto(clinic.url + "/participants/1")
    expect(page.get_by_text("No texts yet")).to_be_visible()
    say(clinic.runtime, "+14155550001", "why do my legs do this?")
    expect(page.locator(".conversation .theirs .words")).to_have_text("why do my legs do this?")
    expect(inbox.get_by_text("1 new reply")).to_be_visible(timeout=15_000)


BODIES = (
    *("", "Hello", "é" * 161, "a" * 160, "a" * 161, "{" * 80, "{" * 81, "ñ áé", "☎" * 71, "🦵" * 36),
    *("a" * 152 + "{" * 5, "  a \n b  ", "“Good” – it’s…"),
)


def test_the_parts_told_while_writing_are_those_that_are_sent(page: Page, clinic: Clinic) -> None:
    page.goto(clinic.url)
    for body in BODIES:
        told = page.evaluate("async (text) => (await import('/static/parts.js')).told(text)", body)
        sent = normalise(" ".join(body.split()))
        assert (told == "") == (not sent), body
        assert not sent or told.startswith(f"{count(sent).parts} part"), body
        assert ("cost more" in told) == (count(sent).encoding == "UCS-2"), body
