"""Erasing on the page: by a lead or an admin, after a second look, with all that `coach erase` does; nobody else."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from coach.database.tables import AuditEvent, Note
from coach.runtime import Runtime
from schedules.database.tables.limits import ProviderDeletion
from schedules.database.tables.people import Enrolment, Participant, Suppression
from tests.coach.web.coaches import sign_in
from tests.coach.web.story import Story
from tests.coach.web.test_walk import faults_of
from tests.support import TestClock, enrol, person, rows, say, tick

NAME = "Xochitl"


@pytest.fixture
def lived_in(runtime: Runtime, clock: TestClock) -> Runtime:
    enrol(runtime, person(1, first_name=NAME), person(2, first_name="Berta"))
    clock.forward(hours=10)
    tick(runtime)
    say(runtime, person(1)["phone"], "6 and yes I did it")
    return runtime


def test_whoever_leads_erases_a_participant_after_a_second_look(app: Flask, lived_in: Runtime) -> None:
    browser = sign_in(app, lived_in, "lead")
    browser.post("/participants/1/note", {"body": "likes tea"})
    assert f"Erase {NAME}" in browser.get("/participants/1")
    assert "cannot be undone" in browser.get("/participants/1/erase")
    assert len(rows(lived_in.engine, Enrolment)) == 2, "looking erases nobody"
    told = browser.post("/participants/1/erase", {"sure": "yes"})
    assert "Participant 1 was erased and will not be texted again." in told
    assert NAME not in told
    assert [row.first_name for row in rows(lived_in.engine, Participant)] == [None, "Berta"]
    assert [row.participant_id for row in rows(lived_in.engine, Enrolment)] == [2]
    assert not rows(lived_in.engine, Note)
    assert [row.reason for row in rows(lived_in.engine, Suppression)] == ["erased"]
    last = rows(lived_in.engine, AuditEvent, AuditEvent.subject == "participant 1")[-1]
    assert (last.actor, last.action) == (browser.email, "erased")
    for path in ("/participants/1", "/participants/1/erase"):
        browser.get(path, 404)
    browser.post("/participants/1/erase", {"sure": "yes"}, status=404)


def test_without_the_tick_nothing_is_erased_and_the_page_says_so(app: Flask, lived_in: Runtime) -> None:
    browser = sign_in(app, lived_in, "lead")
    for form in ({}, {"sure": ""}, {"sure": "no"}):
        assert "Check the box to confirm" in browser.post("/participants/1/erase", form, status=400)
    assert len(rows(lived_in.engine, Enrolment)) == 2


@pytest.mark.parametrize("role", ["coach", "researcher", "admin"])
def test_nobody_else_may_and_a_coach_is_not_offered_it(app: Flask, lived_in: Runtime, role: str) -> None:
    browser = sign_in(app, lived_in, role)
    if role == "coach":
        assert "Erase" not in browser.get("/participants/1")
    browser.get("/participants/1/erase", 403)
    browser.client.post("/participants/1/erase", data={"sure": "yes"})
    browser.post("/participants/1/erase", {"sure": "yes"}, status=403)
    assert len(rows(lived_in.engine, Enrolment)) == 2


def test_another_clinic_cannot_and_learns_nothing(app: Flask, lived_in: Runtime) -> None:
    browser = sign_in(app, lived_in, "lead", clinic="Elsewhere")
    assert NAME not in browser.get("/participants/1/erase", 404)
    browser.post("/participants/1/erase", {"sure": "yes"}, status=404)
    browser.post("/participants/77/erase", {"sure": "yes"}, status=404)
    assert len(rows(lived_in.engine, Enrolment)) == 2
    assert not rows(lived_in.engine, ProviderDeletion)


def test_in_a_browser_it_takes_two_pages_and_a_tick(browser: Browser, story: Story) -> None:
    """The box alone stands between the second page and the end; left out, the page says so, and reads well."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = story.sign_in(context, "lead")
    page.goto(f"{story.url}/participants/?sort=name")
    page.locator("main table a").first.click()
    here = page.url
    page.get_by_role("button", name="Erase").click()
    page.get_by_role("button", name="Erase").click()
    expect(page.get_by_role("alert")).to_contain_text("Check the box")
    assert faults_of(page, page.url) == []
    page.get_by_role("link", name="Check the box").click()
    expect(page.get_by_role("checkbox")).to_be_focused()
    assert page.goto(here).ok  # type: ignore[union-attr]  # a page that is served has an answer
    context.close()
