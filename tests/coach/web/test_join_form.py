"""People join by their clinic's public page: only the welcome before YES, and nothing about anybody told."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from coach.runtime import Runtime
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.story import Story
from tests.commands import environment, run
from tests.support import TestClock, enrol, person, rows, say, tick

PHONE = "+14155550134"
GIVEN = {"phone": "(415) 555-0134", "first_name": "Rosa", "time_zone": "", "language": "en", "agree": "yes"}


@pytest.fixture
def lead(app: Flask, runtime: Runtime) -> Browser:
    """A lead whose clinic has opened its form."""
    lead = sign_in(app, runtime, "lead")
    lead.post("/poster/keyword", {"keyword": "harbor", "public_form": "open"}, status=303)
    return lead


@pytest.fixture
def form(app: Flask, lead: Browser) -> FlaskClient:
    """The browser of somebody who comes to the form."""
    return app.test_client()


def send(form: FlaskClient, **changed: str | None) -> tuple[int, str]:
    """Fill in the form and send it, as a browser does; a value of None leaves a field out."""
    page = form.get("/join/harbor").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    given = {name: value for name, value in (GIVEN | changed).items() if value is not None}
    answer = form.post("/join/harbor", data=given | {"csrf_token": token[1]})
    return answer.status_code, answer.get_data(as_text=True)


def test_the_welcome_goes_out_and_nothing_else_before_a_yes(
    form: FlaskClient, runtime: Runtime, clock: TestClock
) -> None:
    assert send(form)[0] == 303
    tick(runtime)
    [invited] = rows(runtime.engine, Enrolment)
    assert invited.status == "invited"
    [person] = rows(runtime.engine, Participant)
    assert (person.phone, person.first_name, person.time_zone) == (PHONE, "Rosa", "America/Los_Angeles")
    [consent] = rows(runtime.engine, ConsentEvent)
    assert consent.source == "web form HARBOR"
    assert "texts this number" in consent.wording
    for _ in range(48):
        clock.forward(hours=1)
        tick(runtime)
    assert [text.kind for text in rows(runtime.engine, OutboxMessage)] == ["welcome"]
    say(runtime, PHONE, "YES")
    assert rows(runtime.engine, Enrolment)[0].status == "active"


def test_in_spanish_and_with_another_time_zone(form: FlaskClient, runtime: Runtime) -> None:
    assert "celular" in form.get("/join/harbor", headers={"Accept-Language": "es-MX"}).get_data(as_text=True)
    send(form, language="es", time_zone="America/Chicago")
    [person] = rows(runtime.engine, Participant)
    assert (person.language, person.time_zone) == ("es", "America/Chicago")


def test_whoever_is_known_already_is_left_as_they_are_and_the_page_says_the_same(
    form: FlaskClient, runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1, phone=PHONE, first_name="Ann", time_zone="America/New_York"))
    tick(runtime)
    texts = len(rows(runtime.engine, OutboxMessage))
    known = send(form, first_name="Mallory", time_zone="America/Chicago")
    [stored] = rows(runtime.engine, Participant)
    assert (stored.first_name, stored.time_zone) == ("Ann", "America/New_York")
    assert len(rows(runtime.engine, OutboxMessage)) == texts
    assert known == send(form, phone="(415) 555-0135")


def test_whoever_has_stopped_is_not_texted(form: FlaskClient, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, phone=PHONE), clinic="Another clinic")
    say(runtime, PHONE, "STOP")
    texts = len(rows(runtime.engine, OutboxMessage))
    assert send(form)[0] == 303
    clock.forward(hours=20)
    tick(runtime)
    assert len(rows(runtime.engine, Participant)) == 1
    assert len(rows(runtime.engine, OutboxMessage)) == texts


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"phone": "12345"}, "such as (415) 555-0134"),
        ({"phone": "800 555 0134"}, "such as (415) 555-0134"),
        ({"agree": None}, "without your agreement"),
        ({"time_zone": "Mars"}, "from the list"),
        ({"first_name": "x" * 100}, "first name of at most"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_nothing_typed_is_lost(
    form: FlaskClient, runtime: Runtime, changed: dict[str, str | None], says: str
) -> None:
    status, page = send(form, **changed)
    assert status == 422
    assert says in page
    assert f'value="{(GIVEN | changed)["phone"]}"' in page
    assert not rows(runtime.engine, Participant)


def test_one_place_cannot_invite_a_whole_town(form: FlaskClient, runtime: Runtime) -> None:
    answers = [send(form, phone=f"(415) 555-01{number}")[0] for number in range(40, 52)]
    assert answers == [303] * 10 + [429] * 2
    assert len(rows(runtime.engine, Participant)) == 10


def test_a_form_that_is_closed_is_not_there(form: FlaskClient, lead: Browser) -> None:
    assert form.get("/join/other").status_code == 404
    lead.post("/poster/keyword", {"keyword": "harbor"}, status=303)
    assert form.get("/join/harbor").status_code == 404


def test_the_command_opens_it_once_there_is_a_keyword(runtime: Runtime, database_url: str) -> None:
    enrol(runtime, person(1))
    settings = environment(database_url)
    refused = run(("clinics", "set", "Clinic", "--form", "open"), settings)
    assert (refused.returncode, "keyword first" in refused.stderr) == (2, True)
    assert run(("clinics", "set", "Clinic", "--keyword", "HARBOR", "--form", "open"), settings).returncode == 0
    assert rows(runtime.engine, Clinic)[0].public_form


@pytest.mark.parametrize("width", [360, 1280])
def test_it_reads_well_and_works_without_a_script(story: Story, browser: Chromium, width: int) -> None:
    lead = story.sign_in(browser.new_context(), "lead")
    lead.goto(f"{story.url}/poster/")
    lead.get_by_label("Keyword").fill("HARBOR")
    lead.get_by_label("Let people join by a web page too").check()
    lead.get_by_role("button", name="Save").click()
    plain = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800}).new_page()
    plain.goto(f"{story.url}/join/HARBOR")
    plain.get_by_label("Your cell phone number").fill("(415) 555-0199")
    plain.get_by_label("I agree").check()
    plain.get_by_role("button", name="Send me the welcome").click()
    expect(plain.get_by_role("heading", name="Thank you")).to_be_visible()
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{story.url}/join/HARBOR")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
