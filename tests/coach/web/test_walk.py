"""Every page in a real browser, light and dark, narrow and wide: no fault that axe knows, no complaint of its own."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from coach.database.tables import InboundReply
from schedules.database.engine import read_transaction
from schedules.database.tables.people import Participant
from schedules.database.tables.rosters import RosterImport
from tests.coach.web.story import Story, complaints

WIDTHS = (360, 1280)
# No pages: machines, files, fragments of a page, and steps of signing in that need one before them (walked elsewhere).
NO_PAGES = re.compile(
    r"static$|^health|^metrics|^webhooks|second-step|recovery-code$|/sign-out|<path:|/conversation$|/waiting$|\.csv$|/export"
)
SIGNED_OUT = ("/sign-in", "/forgotten-password", "/no-such-page")
EVERYTHING = {"resultTypes": ["violations"]}
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}


def addresses(app: Flask, story: Story) -> list[str]:
    """Every page that can be opened by its address, with someone of the story where it asks for one."""
    with read_transaction(story.runtime.engine) as connection:
        busy = connection.execute(
            select(InboundReply.participant_id).where(InboundReply.for_coach).order_by(InboundReply.id.desc())
        ).scalar()
        first = connection.execute(select(Participant.id).order_by(Participant.id)).scalar()
        imported = connection.execute(select(RosterImport.id).order_by(RosterImport.id.desc())).scalar()
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<int:participant_id>", str(busy or first), rule.rule)
        path = re.sub(r"<int:line>", "150", re.sub(r"<int:import_id>", str(imported), path))
        path = re.sub(r"<int:\w+>", "1", path)
        if "GET" in (rule.methods or ()) and not NO_PAGES.search(rule.rule) and not NO_PAGES.search(rule.endpoint):
            found.append(path)
    return sorted(path for path in set(found) if "<" not in path and path not in SIGNED_OUT)


def faults_of(page: Page, path: str) -> list[str]:
    """Everything in the light, the colours again in the dark, which changes nothing else; and nothing too wide."""
    faults = []
    page.evaluate(Axe().axe_script)
    for scheme, options in (("light", EVERYTHING), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
        for one in page.evaluate("options => axe.run(options).then(found => found.violations)", options):
            where = "; ".join(node["html"][:120] for node in one["nodes"][:3])
            faults.append(f"{path} {scheme}: {one['id']}: {where}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return faults + ([f"{path}: {wide} px wider than the window"] if wide > 0 else [])


def walk(browser: Browser, story: Story, role: str, width: int, looked_at: str = "") -> tuple[list[str], int]:
    """Open every page of a role; the faults of those whose address matches, and how many it may open.

    Which pages a role may open is the same at every width, so that at the second only those looked at are opened.
    """
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = story.sign_in(context, role)
    told, faults, seen = complaints(page), [], 0
    for path in addresses(story.app, story):
        if width != WIDTHS[0] and not re.search(looked_at, path):
            continue
        answer = page.goto(story.url + path)
        assert answer
        if answer.status == 403:
            told[:] = [words for words in told if "403" not in words]
            continue
        seen += 1
        if answer.status != 200:
            faults.append(f"{path}: {answer.status}")
        if re.search(looked_at, path):
            faults += faults_of(page, path)
    context.close()
    return faults + told, seen


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("role", "looked_at", "pages"), [("lead", "", 10), ("admin", "/admin/|/operator/", 8)])
def test_every_page_reads_well(
    browser: Browser, story: Story, width: int, role: str, looked_at: str, pages: int
) -> None:
    faults, seen = walk(browser, story, role, width, looked_at)
    assert faults == []
    assert seen > (pages if width == WIDTHS[0] else 0)


@pytest.mark.parametrize(("role", "pages"), [("coach", 5), ("researcher", 2)])
def test_every_other_role_has_its_own_home_and_nothing_broken(
    browser: Browser, story: Story, role: str, pages: int
) -> None:
    faults, seen = walk(browser, story, role, 360, looked_at="^/$")
    assert faults == []
    assert seen >= pages


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_before_signing_in_read_well(browser: Browser, story: Story, width: int) -> None:
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    faults: list[str] = []
    for path in SIGNED_OUT:
        page.goto(story.url + path)
        faults += faults_of(page, path)
    page.context.close()
    assert faults == []


def test_every_page_works_without_script(browser: Browser, story: Story) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = story.sign_in(context, "lead")
    assert page.get_by_role("link", name="Inbox").is_visible(), "the navigation is open where no script closes it"
    for path in addresses(story.app, story):
        answer = page.goto(story.url + path)
        assert answer
        assert answer.status in (200, 403), path
        assert page.locator("h1").count() == 1, path
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", name="Sign in").is_visible()
    context.close()
