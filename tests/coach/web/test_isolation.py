"""Nobody sees or changes another clinic's people: every route, as every role, and the rows looked at afterwards."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from coach.accounts.sign_ins import ROLES
from coach.database.tables import InboundReply, MailMessage
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from schedules.database.tables.safety import Flag
from tests.coach.web.coaches import RAW_TOKEN, Browser, form_token, sign_in
from tests.support import TestClock, enrol, person, rows, say, session_of, tick

NAME, WORDS, OURS, THEIRS = "Zebulon", "quagga at midnight", "Harbour Ours", "Meadow Theirs"
MARKS = (NAME, "+14155550001", "415 555 0001", WORDS, OURS, "ours@clinic.example")
WATCHED = (Clinic, CoachAccount, Participant, Enrolment, ConsentEvent, OutboxMessage, InboundReply, Flag, MailMessage)
# They end the session that walks, or concern only whoever asks.
NOT_WALKED = {"static", "security.static", "metrics.show", "security.logout"}


@pytest.fixture
def ours(sqlite_runtime: Runtime, clock: TestClock) -> Runtime:
    """A clinic with one person who wrote something; every id of it is the first."""
    runtime = sqlite_runtime
    sign_in(create_app(runtime), runtime, "coach", email="ours@clinic.example", clinic=OURS)
    who = person(1, first_name=NAME, coach="ours@clinic.example")
    assert enrol(runtime, who, clinic=OURS) == [1]
    clock.forward(hours=12)
    tick(runtime)
    say(runtime, who["phone"], f"should I stop my pills, {WORDS}?")
    return runtime


@pytest.fixture
def app(ours: Runtime) -> Flask:
    return create_app(ours)


def address_of(rule: Rule) -> str:
    """The rule with the first of everything."""
    built = rule.rule
    for name in rule.arguments:
        for converter in ("int:", "path:", ""):
            built = built.replace(f"<{converter}{name}>", "2026-W10" if name == "week" else "1")
    return built


def walked(app: Flask) -> Iterator[tuple[str, str, bool]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            if rule.endpoint not in NOT_WALKED:
                yield method, address_of(rule), bool(rule.arguments)


def ask(client: FlaskClient, runtime: Runtime, browser: Browser, method: str, path: str) -> tuple[int, str]:
    """One request in a session made anew, with the token that its forms would carry."""
    cookie = session_of(runtime, browser.id)
    with client.session_transaction() as session:
        session.clear()
        session.update(cookie | {"csrf_token": RAW_TOKEN})
    if method == "GET":
        answer = client.get(path)
    else:
        form = {"body": "hello", "active": "1", "role": "admin", "sure": "yes"}
        answer = client.post(path, data=form | {"csrf_token": form_token(client.application)})
    return answer.status_code, answer.get_data(as_text=True)


def kept(runtime: Runtime, theirs: set[int]) -> list[list[object]]:
    """Every watched row that is not of the walking clinic's own sign-ins."""
    found: list[list[object]] = []
    for table in WATCHED:
        of_ours = [row for row in rows(runtime.engine, table) if not (table is CoachAccount and row.id in theirs)]
        found.append([tuple(row) for row in of_ours])
    return found


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_another_clinic_sees_or_changes_anything(app: Flask, ours: Runtime, role: str) -> None:
    browser = sign_in(app, ours, role, email=f"{role}@theirs.example", clinic=THEIRS)
    before, faults = kept(ours, {browser.id}), []
    client = app.test_client()
    for method, path, of_one in walked(app):
        status, body = ask(client, ours, browser, method, path)
        if status >= 500 or (of_one and status not in (302, 303, 400, 403, 404, 405)):
            faults.append(f"{method} {path}: {status}")
        faults += [f"{method} {path}: shows {mark}" for mark in MARKS if mark in body]
    assert faults == []
    assert kept(ours, {browser.id}) == before


def test_a_researcher_of_the_same_clinic_sees_nobody_by_name_number_or_words(app: Flask, ours: Runtime) -> None:
    browser = sign_in(app, ours, "researcher", email="figures@clinic.example", clinic=OURS)
    client, faults = app.test_client(), []
    for method, path, _ in walked(app):
        status, body = ask(client, ours, browser, method, path)
        faults += [f"{method} {path}: shows {mark}" for mark in MARKS[:4] if mark in body]
        assert status < 500, path
    assert faults == []


def test_another_coach_of_the_clinic_does_not_see_a_colleagues_participants(app: Flask, ours: Runtime) -> None:
    browser = sign_in(app, ours, "coach", email="colleague@clinic.example", clinic=OURS)
    client, faults = app.test_client(), []
    for method, path, _ in walked(app):
        _, body = ask(client, ours, browser, method, path)
        faults += [f"{method} {path}: shows {mark}" for mark in MARKS[:4] if mark in body]
    assert faults == []


def test_who_may_not_erase_does_not_and_who_may_does(app: Flask, ours: Runtime) -> None:
    """The walk sends what erases: it is the scope and the role that keep it from the others."""
    client = app.test_client()
    for role, status in (("coach", 403), ("researcher", 403), ("lead", 303)):
        browser = sign_in(app, ours, role, email=f"{role}@clinic.example", clinic=OURS)
        assert ask(client, ours, browser, "GET", "/participants/1/erase")[0] == (403 if status == 403 else 200)
        before = kept(ours, set())
        assert ask(client, ours, browser, "POST", "/participants/1/erase")[0] == status
        assert (kept(ours, set()) == before) == (status == 403)
    assert not rows(ours.engine, Enrolment)


def test_the_walk_would_notice(app: Flask, ours: Runtime) -> None:
    browser = sign_in(app, ours, "lead", email="lead@clinic.example", clinic=OURS)
    client = app.test_client()
    seen = {
        path
        for method, path, _ in walked(app)
        if method == "GET" and NAME in ask(client, ours, browser, method, path)[1]
    }
    assert {"/", "/inbox/", "/participants/", "/participants/1"} <= seen
