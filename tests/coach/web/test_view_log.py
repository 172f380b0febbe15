"""Who looked at whom is in the audit log, whatever page it was; so are refusals, failures and links."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from coach.web.app import create_app
from coach.web.sign_in.limits import record_refusal, unknown_address
from tests.coach.web.coaches import sign_in
from tests.coach.web.signing_in import SECOND_STEP, Visitor, add_coach
from tests.coach.web.test_isolation import MARKS, ask, ours, walked
from tests.support import eventually, rows

__all__ = ["ours"]
POLL = {"HX-Request": "true"}


@pytest.fixture
def app(ours: Runtime) -> Flask:
    return create_app(ours)


def entries(runtime: Runtime, actor: str) -> list[tuple[str, str]]:
    return [(row.action, row.subject) for row in rows(runtime.engine, AuditEvent, AuditEvent.actor == actor)]


@pytest.mark.parametrize("role", ["coach", "lead"])
def test_every_route_that_shows_a_person_is_recorded(app: Flask, ours: Runtime, role: str) -> None:
    clinic = "Harbour Ours"
    browser = sign_in(app, ours, role, email=f"{role}@clinic.example", clinic=clinic)
    client, shown, silent = app.test_client(), [], []
    for method, path, _ in sorted(walked(app)):
        before = len(entries(ours, browser.email))
        status, body = ask(client, ours, browser, method, path)
        # `ask` opens the account page for its token, which shows nobody.
        if any(mark in body for mark in MARKS[:4]):
            shown.append(path)
            if len(entries(ours, browser.email)) == before:
                silent.append(f"{method} {path}: {status}")
    assert silent == []
    expected = {"/", "/inbox/", "/participants/", "/participants/1", "/participants/1/conversation"}
    assert role == "coach" or expected <= set(shown)


def test_what_an_open_page_asks_for_by_itself_is_recorded_every_ten_minutes(app: Flask, ours: Runtime) -> None:
    lead = sign_in(app, ours, "lead", email="lead@clinic.example", clinic="Harbour Ours")
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for _ in range(5):
            assert lead.client.get("/participants/1/conversation", headers=POLL).status_code == 200
        assert entries(ours, lead.email) == [("viewed", "participant 1")]
        clock.shift(timedelta(minutes=11))
        lead.client.get("/participants/1/conversation", headers=POLL)
    assert entries(ours, lead.email) == [("viewed", "participant 1")] * 2
    assert lead.client.get("/participants/1/conversation").status_code == 200
    assert len(entries(ours, lead.email)) == 3, "without that header it is a page of its own"


def test_a_page_that_is_refused_is_recorded(app: Flask, ours: Runtime) -> None:
    other = sign_in(app, ours, "lead", email="lead@theirs.example", clinic="Meadow Theirs")
    other.get("/participants/1", status=404)
    other.get("/admin/", status=403)
    other.get("/no/such/page", status=404)
    assert entries(ours, other.email) == [("was refused", "participant 1"), ("was refused", "admin")]
    assert {row.clinic_id for row in rows(ours.engine, AuditEvent, AuditEvent.actor == other.email)} == {2}


def test_a_form_without_its_token_shows_nobody(app: Flask, ours: Runtime) -> None:
    lead = sign_in(app, ours, "lead", email="lead@clinic.example", clinic="Harbour Ours")
    assert lead.client.post("/participants/1/erase", data={"sure": "no"}).status_code == 400
    assert entries(ours, lead.email) == []
    lead.post("/participants/1/erase", status=400)
    assert entries(ours, lead.email)[-1] == ("viewed", "participant 1")


def test_failed_sign_ins_are_recorded_without_what_was_typed(app: Flask, ours: Runtime) -> None:
    ann = "ann@clinic.example"
    id = add_coach(ours, ann, clinic="Harbour Ours")
    visitor = Visitor.of(app)
    visitor.give_password(ann, "a wrong guess")
    visitor.give_password("mistyped@clinic.example", "a wrong guess")
    visitor.sign_in_first(ann)
    guesser = Visitor.of(app)
    guesser.give_password(ann)
    guesser.submit(SECOND_STEP, code="000000")
    with app.app_context():
        mistyped = unknown_address(" Mistyped@clinic.example ")
    assert entries(ours, "unknown") == [("gave a wrong password", mistyped)]
    found = [action for action, about in entries(ours, ann) if about == f"account {id}"]
    assert found == ["gave a wrong password", "signed in", "gave a wrong code"]
    visitor.submit("/forgotten-password", email=ann)
    eventually(lambda: ("asked for a password", f"account {id}") in entries(ours, "unknown"))
    assert "mistyped" not in str(rows(ours.engine, AuditEvent))
    add_coach(ours, "all@x.example", "admin", clinic=None)
    admin = Visitor.of(app)
    admin.sign_in_first("all@x.example")
    assert mistyped in admin.open("/log/?about=mistyped@clinic.example").get_data(as_text=True)


def test_a_guesser_of_addresses_cannot_fill_the_log(app: Flask, ours: Runtime) -> None:
    for number in range(70):
        guess = {"email": f"guess{number}@x.example", "password": "a wrong guess"}
        with app.test_request_context("/sign-in", method="POST", data=guess):
            record_refusal("password", None)
    recorded = [about for _, about in entries(ours, "unknown")]
    assert (len(recorded), len(set(recorded))) == (61, 61)
    assert recorded[-1] == "further unknown addresses"


def test_a_link_and_a_limit_are_recorded(app: Flask, ours: Runtime) -> None:
    admin = sign_in(app, ours, "admin", email="admin@clinic.example", clinic="Harbour Ours")
    admin.post(f"/admin/sign-ins/{admin.id}/link", status=200)
    form = {"name": "Harbour Ours", "country": "us", "time_zone": "America/New_York", "keep_texts_days": "90"}
    form |= {f"{edge}_{day}": at for day in range(1, 8) for edge, at in (("from", "08:00"), ("until", "21:00"))}
    admin.post("/admin/clinics/1", form)
    assert ("made link", f"account {admin.id}") in entries(ours, admin.email)
    [changed] = rows(ours.engine, AuditEvent, AuditEvent.action == "changed", AuditEvent.actor == admin.email)
    assert changed.detail == {"keep_texts_days": 90}


def test_a_refusal_of_an_admin_of_all_is_in_the_log_of_the_participants_clinic(app: Flask, ours: Runtime) -> None:
    add_coach(ours, "all@x.example", "admin", clinic=None)
    visitor = Visitor.of(app)
    visitor.sign_in_first("all@x.example")
    assert visitor.open("/participants/1").status_code == 403
    [refusal] = rows(ours.engine, AuditEvent, AuditEvent.subject == "participant 1", AuditEvent.action == "was refused")
    assert refusal.clinic_id == 1
