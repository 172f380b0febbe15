"""The poster's page: the keyword, a QR code that a foreign reader reads, two languages, one printed sheet."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import zxingcpp
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from schedules.database.tables.clinics import Clinic
from tests.coach.web.coaches import sign_in
from tests.coach.web.story import Story
from tests.support import rows

NUMBER = "number=(500) 555-0006"


@pytest.fixture
def runtime(sqlite_runtime: Runtime) -> Runtime:
    return sqlite_runtime


def scanned(html: str) -> str:
    """What a camera reads from the page's picture: its squares drawn as pixels, read by another library."""
    [picture] = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    [size] = re.findall(r'viewBox="0 0 ([\d.]+) ', picture)
    squares = [(float(x), float(y)) for x, y in re.findall(r"M([\d.]+),([\d.]+)H", picture)]
    step = min(abs(a - b) for a, _ in squares for b, _ in squares if abs(a - b) > 0.01)
    pixels = np.full([round(float(size) / step)] * 2, 255, np.uint8)
    for x, y in squares:
        pixels[round(y / step), round(x / step)] = 0
    [code] = zxingcpp.read_barcodes(np.kron(pixels, np.ones((6, 6), np.uint8)))
    return str(code.text)


def test_a_lead_chooses_the_keyword_and_the_audit_log_says_from_what_to_what(app: Flask, runtime: Runtime) -> None:
    lead = sign_in(app, runtime, "lead")
    lead.post("/poster/keyword", {"keyword": "harbor"}, status=303)
    lead.post("/poster/keyword", {"keyword": "bay"}, status=303)
    assert rows(runtime.engine, Clinic)[0].keyword == "BAY"
    changed = rows(runtime.engine, AuditEvent, AuditEvent.action == "changed")[-1]
    assert (changed.actor, changed.detail) == (lead.email, {"keyword_was": "HARBOR", "keyword": "BAY"})
    lead.post("/poster/keyword", {"keyword": ""}, status=303)
    assert rows(runtime.engine, Clinic)[0].keyword is None


@pytest.mark.parametrize("typed", ["stop", "Pause", "12", "two words", "ünete", "a" * 21, "7777", "TEN", "DONE"])
def test_a_keyword_that_means_something_already_is_refused(app: Flask, runtime: Runtime, typed: str) -> None:
    lead = sign_in(app, runtime, "lead")
    assert "There is a problem" in lead.post("/poster/keyword", {"keyword": typed}, status=422)
    assert rows(runtime.engine, Clinic)[0].keyword is None


def test_a_keyword_belongs_to_one_clinic(app: Flask, runtime: Runtime) -> None:
    sign_in(app, runtime, "lead").post("/poster/keyword", {"keyword": "HARBOR"}, status=303)
    other = sign_in(app, runtime, "lead", email="other@x.example", clinic="Other")
    assert "Another clinic has the keyword" in other.post("/poster/keyword", {"keyword": "Harbor"}, status=422)


def test_coaches_and_researchers_have_no_poster(app: Flask, runtime: Runtime) -> None:
    for role in ("coach", "researcher"):
        sign_in(app, runtime, role).get("/poster/", status=403)


@pytest.mark.parametrize(("language", "body"), [("en", "JOIN HARBOR B7"), ("es", "UNIRME HARBOR B7")])
def test_the_code_writes_the_text_that_joins(app: Flask, runtime: Runtime, language: str, body: str) -> None:
    lead = sign_in(app, runtime, "lead")
    lead.post("/poster/keyword", {"keyword": "HARBOR"}, status=303)
    page = lead.html(f"/poster/?language={language}&poster=b7&{NUMBER}")
    link = urlsplit(scanned(page))
    assert (link.scheme, link.path) == ("sms", "+15005550006")
    assert parse_qs(link.query) == {"body": [body]}
    assert f"<strong>{body}</strong>" in page
    assert f'lang="{language}"' in page
    assert "STOP" in page


@pytest.mark.parametrize("wrong", ["poster=no spaces", "poster=thirteenchars", "number=5"])
def test_what_makes_no_poster_is_said(app: Flask, runtime: Runtime, wrong: str) -> None:
    lead = sign_in(app, runtime, "lead")
    lead.post("/poster/keyword", {"keyword": "HARBOR"}, status=303)
    assert "There is a problem" in lead.get(f"/poster/?{wrong}")


def test_one_sheet_is_printed_with_the_poster_alone(story: Story, browser: Chromium) -> None:
    page = story.sign_in(browser.new_context(), "lead")
    page.goto(f"{story.url}/poster/")
    page.get_by_label("Keyword").fill("HARBOR")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Poster ID").fill("B7")
    page.get_by_label("Number people text").fill("(500) 555-0006")
    page.get_by_role("button", name="Show poster").click()
    page.emulate_media(media="print")
    expect(page.get_by_text("JOIN HARBOR B7")).to_be_visible()
    expect(page.get_by_role("button", name="Show poster")).not_to_be_visible()
    expect(page.get_by_role("heading", name="Poster", level=1)).not_to_be_visible()
    for paper in ("A4", "Letter"):
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) == 1
