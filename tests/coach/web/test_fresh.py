"""Half an hour after signing in, rights, links, exports, erasing and keys ask for the password again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from coach.api.keys import SCOPES, add_key, list_keys
from coach.database.sign_in_tables import BreakGlass
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import Enrolment
from tests.coach.web.signing_in import PASSWORD, Visitor, add_coach
from tests.coach.web.test_isolation import OURS, ours
from tests.support import rows

__all__ = ["ours"]
AGAIN = "/sign-in/again"
SENT = "Confirm your password first. Nothing has been done yet: do it again afterward."


@pytest.fixture
def clock_of_machine() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime.now(UTC), tick=False) as moved:
        yield moved


def signed_in_long_ago(
    ours: Runtime, app: Flask, machine: time_machine.Traveller, role: str, clinic: str | None = OURS
) -> Visitor:
    add_coach(ours, f"{role}@x.example", role, clinic=clinic)
    visitor = Visitor.of(app)
    visitor.sign_in_first(f"{role}@x.example")
    machine.shift(timedelta(minutes=31))
    return visitor


def post(visitor: Visitor, path: str, **fields: str) -> TestResponse:
    return visitor.submit(path, form_at="/account/", **fields)


def asks_again(answer: TestResponse) -> bool:
    return answer.status_code == 303 and answer.headers["Location"].startswith(AGAIN)


@pytest.fixture
def app(ours: Runtime) -> Flask:
    return create_app(ours)


def test_what_an_admin_does_to_accounts_and_keys(
    app: Flask, ours: Runtime, clock_of_machine: time_machine.Traveller
) -> None:
    other = add_coach(ours, "other@x.example", "coach", clinic=OURS)
    with write_transaction(ours.engine) as connection:
        add_key(connection, ours.keys, 1, SCOPES[:1], None, "operator", ours.now())
    admin = signed_in_long_ago(ours, app, clock_of_machine, "admin", None)
    before = rows(ours.engine, CoachAccount)
    assert admin.open("/admin/").status_code == 200
    for path in (f"/admin/sign-ins/{other}", "/admin/sign-ins/new", "/admin/emergency/"):
        assert asks_again(admin.open(path)), path
    right = {"role": "lead", "clinic_id": "1", "active": "1", "may_export": "1", "email": "new@x.example"}
    forms = ("", "/link", "/second-step", "/remove")
    for path in (*(f"/admin/sign-ins/{other}{form}" for form in forms), "/admin/sign-ins/new"):
        assert asks_again(post(admin, path, sure="yes", **right)), path
    assert asks_again(post(admin, "/admin/api-keys/1/revoke"))
    assert asks_again(post(admin, "/admin/emergency/", clinic_id="1", reason="somebody needs help"))
    assert [tuple(row) for row in rows(ours.engine, CoachAccount)] == [tuple(row) for row in before]
    assert not rows(ours.engine, BreakGlass)
    with read_transaction(ours.engine) as connection:
        assert [key.revoked_at for key in list_keys(connection, Clinic.id == 1)] == [None]


def test_exports_and_erasing(app: Flask, ours: Runtime, clock_of_machine: time_machine.Traveller) -> None:
    lead = signed_in_long_ago(ours, app, clock_of_machine, "lead")
    for path in ("/participants/1/erase", "/summary/summary.csv"):
        assert asks_again(lead.open(path)), path
    for path in ("/participants/1/erase", "/effects/export"):
        assert asks_again(post(lead, path, sure="yes", clinic="1", what="all")), path
    assert rows(ours.engine, Enrolment)
    assert lead.open("/participants/1").status_code == 200, "reading goes on"


def test_the_password_leads_back_and_holds_for_half_an_hour(
    app: Flask, ours: Runtime, clock_of_machine: time_machine.Traveller
) -> None:
    lead = signed_in_long_ago(ours, app, clock_of_machine, "lead")
    again = lead.open("/participants/1/erase").headers["Location"]
    assert lead.submit(again, password="not the password").status_code == 200
    assert asks_again(lead.open("/participants/1/erase"))
    confirmed = lead.submit(again, password=PASSWORD)
    assert confirmed.headers["Location"].endswith("/participants/1/erase")
    assert lead.open("/participants/1/erase").status_code == 200
    clock_of_machine.shift(timedelta(minutes=31))
    assert asks_again(lead.open("/participants/1/erase"))


def test_a_form_that_came_too_late_says_so_and_leads_back_to_its_page(
    app: Flask, ours: Runtime, clock_of_machine: time_machine.Traveller
) -> None:
    lead = signed_in_long_ago(ours, app, clock_of_machine, "lead")
    page = lead.open("/account/").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    for referrer, back in (("http://localhost/effects/", "/effects/"), ("https://elsewhere.example/effects/", "/")):
        answer = lead.client.post(
            "/effects/export", data={"csrf_token": token, "clinic": "1"}, headers={"Referer": referrer}
        )
        assert answer.headers["Location"].endswith("next=" + back.replace("/", "%2F")) or answer.headers[
            "Location"
        ].endswith("next=" + back)
        assert SENT in lead.open(answer.headers["Location"]).get_data(as_text=True)
