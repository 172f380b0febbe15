"""An admin sees nobody, until they give a reason: then one clinic's care pages for an hour, told to its leads."""

import pytest
from flask import Flask

from coach.accounts.break_glass import REASON_KEPT, forget_reasons
from coach.database.sign_in_tables import BreakGlass
from coach.database.tables import AuditEvent, MailMessage, Note
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.signing_in import Visitor, add_coach
from tests.coach.web.test_isolation import MARKS, NAME, OURS, THEIRS, ask, ours, walked
from tests.support import TestClock, rows

__all__ = ["ours"]
REASON = "Nobody on call answers about participant 1"
PEOPLE = MARKS[:4]  # a name, a number in two forms, words of a text


@pytest.fixture
def app(ours: Runtime) -> Flask:
    return create_app(ours)


@pytest.fixture
def admin(app: Flask, ours: Runtime) -> Browser:
    return sign_in(app, ours, "admin", email="admin@clinic.example", clinic=OURS)


def open_glass(admin: Browser, clinic_id: int = 1, reason: str = REASON, status: int = 303) -> str:
    return admin.post("/admin/emergency/", {"clinic_id": str(clinic_id), "reason": reason}, status=status)


def test_an_admin_of_the_clinic_sees_and_texts_nobody(app: Flask, ours: Runtime, admin: Browser) -> None:
    client, faults = app.test_client(), []
    for method, path, _ in walked(app):
        if not path.startswith("/admin/emergency"):
            status, body = ask(client, ours, admin, method, path)
            faults += [f"{method} {path}: shows {mark}" for mark in PEOPLE if mark in body]
            assert status < 500, path
    assert faults == []


def test_an_admins_home_leads_to_their_own_pages(ours: Runtime, admin: Browser) -> None:
    assert "do not see participants" in admin.get("/")
    admin.get("/admin/")
    admin.post("/participants/1/note", {"body": "I looked"}, status=403)
    assert not rows(ours.engine, Note)


@pytest.mark.parametrize(
    "reason", ["too short", "aaaaaaaaaaaa", "xyxyxyxyxyxy", "1234567890 12", ". . . . . . . . . . ."]
)
def test_a_reason_that_is_no_words_opens_nothing(ours: Runtime, admin: Browser, reason: str) -> None:
    open_glass(admin, reason=reason, status=422)
    assert not rows(ours.engine, BreakGlass)


def test_with_a_reason_the_care_pages_open_for_an_hour(ours: Runtime, admin: Browser, clock: TestClock) -> None:
    assert NAME in open_glass(admin)
    assert NAME in admin.get("/participants/1")
    for page in ("/admin/", "/log/", "/account/", "/participants/1"):
        assert f"Emergency access to {OURS}" in admin.get(page)
    clock.forward(minutes=59)
    assert NAME in admin.get("/participants/1")
    clock.forward(minutes=1)
    admin.get("/participants/1", status=403)
    assert "Emergency access to" not in admin.get("/admin/")


def test_a_button_ends_it(admin: Browser) -> None:
    open_glass(admin)
    assert "has ended" in admin.post("/admin/emergency/end")
    admin.get("/participants/1", status=403)


def test_without_a_reason_nothing_opens(ours: Runtime, admin: Browser) -> None:
    assert "Give a reason of 10 to 300 characters." in open_glass(admin, reason="  help   me ", status=422)
    assert "Choose a clinic that you administer." in open_glass(admin, 7, status=422)
    admin.get("/participants/1", status=403)
    assert not rows(ours.engine, BreakGlass)


def test_an_admin_of_another_clinic_opens_only_their_own(app: Flask, ours: Runtime) -> None:
    other = sign_in(app, ours, "admin", email="admin@theirs.example", clinic=THEIRS)
    assert "Choose a clinic that you administer." in open_glass(other, status=422)
    open_glass(other, 2)
    other.get("/participants/1", status=404)


@pytest.mark.parametrize("role", ["coach", "lead", "researcher"])
def test_nobody_but_admins_can_open_it(app: Flask, ours: Runtime, role: str) -> None:
    browser = sign_in(app, ours, role, email=f"{role}@clinic.example", clinic=OURS)
    browser.get("/admin/emergency/", status=403)
    open_glass(browser, status=403)
    assert not rows(ours.engine, BreakGlass)


def test_the_clinics_leads_are_told_by_mail_at_home_and_in_the_log(app: Flask, ours: Runtime, admin: Browser) -> None:
    lead = sign_in(app, ours, "lead", email="lead@clinic.example", clinic=OURS)
    sign_in(app, ours, "lead", email="lead@theirs.example", clinic=THEIRS)
    open_glass(admin)
    admin.get("/participants/1")
    [mail] = rows(ours.engine, MailMessage, MailMessage.kind == "emergency")
    assert mail.coach_id == lead.id
    assert f"Account {admin.id}" in mail.body
    assert not [mark for mark in (*MARKS, admin.email, REASON) if mark in mail.body + mail.subject]
    home = lead.get("/")
    assert admin.email in home
    assert REASON in home
    told = lead.get("/log/?who=admin@clinic.example")
    assert "opened emergency access" in told
    assert "viewed participant 1" in told
    entries = rows(ours.engine, AuditEvent, AuditEvent.actor == admin.email)
    assert {one.clinic_id for one in entries} == {1}
    assert REASON not in str([one.detail for one in entries])


def test_a_clinic_without_leads_has_the_other_admins_told(app: Flask, ours: Runtime, admin: Browser) -> None:
    whole = add_coach(ours, "all@x.example", "admin", clinic=None)
    open_glass(admin)
    assert [mail.coach_id for mail in rows(ours.engine, MailMessage, MailMessage.kind == "emergency")] == [whole]


def test_an_admin_of_the_installation_sees_one_clinic_at_a_time(app: Flask, ours: Runtime) -> None:
    sign_in(app, ours, "coach", email="coach@theirs.example", clinic=THEIRS)
    add_coach(ours, "all@x.example", "admin", clinic=None)
    visitor = Visitor.of(app)
    visitor.sign_in_first("all@x.example")
    assert visitor.open("/participants/1").status_code == 403
    visitor.submit("/admin/emergency/", clinic_id="1", reason=REASON)
    assert visitor.open("/participants/1").status_code == 200
    visitor.submit("/admin/emergency/", clinic_id="2", reason=REASON)
    assert visitor.open("/participants/1").status_code == 404
    ended = rows(ours.engine, AuditEvent, AuditEvent.action == "ended emergency access")
    assert [one.clinic_id for one in ended] == [1]
    [view] = rows(ours.engine, AuditEvent, AuditEvent.action == "viewed", AuditEvent.subject == "participant 1")
    assert view.clinic_id == 1


def test_reasons_are_kept_for_a_year(ours: Runtime, admin: Browser) -> None:
    open_glass(admin)
    for later, kept in ((REASON_KEPT, REASON), (REASON_KEPT * 2, "")):
        with write_transaction(ours.engine) as connection:
            forget_reasons(connection, ours.now() + later)
        assert rows(ours.engine, BreakGlass)[0].reason == kept
