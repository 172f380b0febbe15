"""A participant asks for their page by text: a link of one day, their nights, and the settings of their texts."""

import json
import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from sqlalchemy import select

from coach.database.desk_tables import Draft
from coach.database.tables import AuditEvent, InboundReply
from coach.runtime import Runtime
from schedules.database.engine import read_transaction
from schedules.database.tables.people import ConsentEvent, Enrolment, OwnPageLink, Participant, Suppression
from tests.coach.web.coaches import sign_in
from tests.coach.web.story import Story, complaints
from tests.support import PUBLIC_URL, TestClock, enrol, person, rows, say, tick

PHONE = "+14155550001"
WIDTHS = (360, 1280)


@pytest.fixture
def lived(runtime: Runtime, clock: TestClock) -> Runtime:
    """One person with two answered evenings."""
    enrol(runtime, person(1, first_name="Zebulon"))
    for answer in ("3 yes", "6 no"):
        clock.forward(hours=24 if answer == "6 no" else 10)
        tick(runtime)
        clock.forward(minutes=5)
        say(runtime, PHONE, answer)
    return runtime


def linked(runtime: Runtime, body: str = "my page") -> str:
    """Ask by text; the path of the link in the reply."""
    reply = say(runtime, PHONE, body) or ""
    link = re.search(rf"{re.escape(PUBLIC_URL)}(/me/\S+)$", reply)
    assert link, reply
    assert not re.search(r"legs|piernas|rls|restless|health|medic|salud", reply.lower()), "a preview tells nothing"
    return link[1]


@pytest.fixture
def phone(app: Flask, lived: Runtime) -> FlaskClient:
    """Their phone's browser, which is signed in nowhere."""
    return app.test_client()


def opens(phone: FlaskClient, path: str) -> bool:
    answer = phone.get(path)
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


@pytest.mark.parametrize("body", ["my page", "MY PAGE", "mi página", "Send me my page please"])
def test_the_page_shows_their_nights_and_what_they_tried(lived: Runtime, phone: FlaskClient, body: str) -> None:
    answer = phone.get(linked(lived, body))
    page = answer.get_data(as_text=True)
    assert "<svg" in page
    assert re.search(r"2 nights with a score.*Lowest 3, highest 6", page)
    assert "What you have tried" in page
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "no-store" in answer.headers["Cache-Control"]
    head = page.partition("</head>")[0]
    assert "<title>Your page</title>" in head
    assert not re.search(r"legs|coach|restless|Zebulon", head.lower()), "a preview tells nothing"
    assert "<script" not in page


def test_a_link_ends_after_a_day_and_with_the_next_one(lived: Runtime, phone: FlaskClient, clock: TestClock) -> None:
    first = linked(lived)
    assert opens(phone, first)
    second = linked(lived)
    assert not opens(phone, first)
    clock.forward(hours=23, minutes=59)
    assert opens(phone, second)
    clock.forward(minutes=2)
    assert not opens(phone, second)
    assert not opens(phone, "/me/" + "0" * 32)


def test_a_stop_ends_the_link_for_good(lived: Runtime, phone: FlaskClient) -> None:
    path = linked(lived)
    say(lived, PHONE, "STOP")
    assert not opens(phone, path)
    say(lived, PHONE, "START")
    assert not opens(phone, path)
    assert not rows(lived.engine, OwnPageLink)


def test_a_new_number_ends_the_link(app: Flask, lived: Runtime, phone: FlaskClient) -> None:
    path = linked(lived)
    coach = sign_in(app, lived, "lead")
    coach.post("/participants/1/number", {"phone": "+14155550199"}, status=303)
    assert not opens(phone, path)


def test_the_link_is_stored_nowhere_and_a_repeated_delivery_gets_the_same(lived: Runtime) -> None:
    sid = "SM" + "a" * 32
    reply = say(lived, PHONE, "my page", sid)
    assert reply == say(lived, PHONE, "my page", sid)
    token = (reply or "").rpartition("/")[2]
    [link] = rows(lived.engine, OwnPageLink)
    assert token != link.token_hash
    with read_transaction(lived.engine) as connection:
        answers = connection.execute(select(InboundReply.answer)).scalars().all()
    assert not any(token in (answer or "") for answer in answers)


def test_somebody_whose_texts_are_held_gets_no_link(lived: Runtime) -> None:
    say(lived, PHONE, "wrong number")
    assert "/me/" not in (say(lived, PHONE, "my page") or "")
    assert "/me/" not in (say(lived, "+14155550099", "my page") or "")


def test_pause_time_and_language_are_changed_and_logged(lived: Runtime, phone: FlaskClient) -> None:
    path = linked(lived)
    assert phone.post(f"{path}/pause", data={"evenings": "3"}).status_code == 303
    assert rows(lived.engine, Enrolment)[0].paused_until_on is not None
    assert "paused until" in phone.get(path).get_data(as_text=True)
    assert phone.post(f"{path}/resume").status_code == 303
    assert phone.post(f"{path}/times", data={"evening_time": "19:15"}).status_code == 303
    assert phone.post(f"{path}/language", data={"language": "es"}).status_code == 303
    assert "Tus noches" in phone.get(path).get_data(as_text=True)
    [enrolment] = rows(lived.engine, Enrolment)
    assert (enrolment.paused_until_on, f"{enrolment.evening_at:%H:%M}") == (None, "19:15")
    changed = [one for one in rows(lived.engine, AuditEvent) if one.action == "changed"]
    assert {one.actor for one in changed} == {"the person"}
    assert ("20:00", "19:15") in [
        (one.detail.get("evening_time_from"), one.detail.get("evening_time_to")) for one in changed
    ]


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("pause", {"evenings": "1000"}),
        ("pause", {}),
        ("times", {"evening_time": "03:00"}),
        ("times", {"evening_time": "x"}),
        ("language", {"language": "xx"}),
        ("stop", {}),
    ],
)
def test_a_wrong_value_is_said_and_changes_nothing(
    lived: Runtime, phone: FlaskClient, what: str, form: dict[str, str]
) -> None:
    path, before = linked(lived), rows(lived.engine, Enrolment)
    answer = phone.post(f"{path}/{what}", data=form)
    assert answer.status_code == 422
    assert "There is a problem" in answer.get_data(as_text=True)
    assert rows(lived.engine, Enrolment) == before


def test_a_form_of_an_ended_link_changes_nothing(lived: Runtime, phone: FlaskClient, clock: TestClock) -> None:
    path = linked(lived)
    clock.forward(hours=25)
    for what, form in (("pause", {"evenings": "3"}), ("stop", {"sure": "yes"}), ("nonsense", {})):
        assert phone.post(f"{path}/{what}", data=form).status_code == 404
    assert phone.get(f"{path}/data").status_code == 404
    assert (rows(lived.engine, Enrolment)[0].status, rows(lived.engine, Suppression)) == ("active", [])


def test_stop_on_the_page_is_a_stop(lived: Runtime, phone: FlaskClient) -> None:
    path = linked(lived)
    assert "START" in phone.post(f"{path}/stop", data={"sure": "yes"}).get_data(as_text=True)
    assert rows(lived.engine, Enrolment)[0].status == "stopped"
    assert rows(lived.engine, ConsentEvent)[-1].source == "own page"
    assert not opens(phone, path)


def test_the_download_is_the_access_file_and_is_logged(lived: Runtime, phone: FlaskClient) -> None:
    answer = phone.get(f"{linked(lived)}/data")
    assert "attachment" in answer.headers["Content-Disposition"]
    held = json.loads(answer.get_data(as_text=True))
    assert held["participant"][0]["first_name"] == "Zebulon"
    assert [one["score"] for one in held["check_in"]] == [3, 6]
    exported = rows(lived.engine, AuditEvent, AuditEvent.action == "exported")
    assert [(one.actor, one.subject) for one in exported] == [("the person", "participant 1")]


def test_it_has_what_a_coach_noted_but_no_draft_and_no_hash_of_a_link(
    app: Flask, lived: Runtime, phone: FlaskClient
) -> None:
    browser = sign_in(app, lived)
    browser.post("/participants/1/note", {"body": "Maria prefers mornings."})
    browser.post("/participants/1/write", {"body": "unsent " * 100, "once": "x"}, status=400)
    assert len(rows(lived.engine, Draft)) == 1
    told = phone.get(f"{linked(lived)}/data").get_data(as_text=True)
    assert "Maria prefers mornings." in told
    assert "unsent" not in told
    assert "hash" not in told


@pytest.mark.parametrize("width", WIDTHS)
def test_it_has_no_fault_in_a_browser_light_or_dark(story: Story, browser: Chromium, width: int) -> None:
    active = rows(story.runtime.engine, Enrolment, Enrolment.status == "active")
    ids = {one.participant_id for one in active if one.held_for is None}
    people = [one for one in rows(story.runtime.engine, Participant) if one.id in ids]
    replies = (say(story.runtime, one.phone, "my page") or "" for one in people)
    [path, *_] = [path for reply in replies for path in re.findall(r"https?://[^/]+(/me/\S+)$", reply)]
    page = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=True).new_page()
    told = complaints(page)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.goto(story.url + path)
        page.locator("summary").click()
        assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0
    assert told == []
