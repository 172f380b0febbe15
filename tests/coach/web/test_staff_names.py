"""Colleagues read a name where an account has one, and its email address where it has none."""

import pytest
from flask import Flask

from coach.accounts.staff.names import StaffNameError, read_name
from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from schedules.database.tables.clinics import CoachAccount
from tests.coach.web.coaches import Browser, sign_in
from tests.support import enrol, person, rows, say

DANA = "Dana Ruiz, RN"
ACCOUNT = {"time_zone": "", "phone": "", "digest": "weekly"}


def dana_and_a_lead(app: Flask, runtime: Runtime) -> tuple[Browser, Browser]:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    dana = sign_in(app, runtime, email="dana@example.org")
    dana.post("/account/", ACCOUNT | {"name": f"  {DANA} "})
    return dana, sign_in(app, runtime, "lead")


def test_colleagues_see_her_name_wherever_her_address_stood(app: Flask, runtime: Runtime) -> None:
    dana, lead = dana_and_a_lead(app, runtime)
    say(runtime, "+14155550001", "I want to kill myself")
    dana.post("/called", {"participant": "2"})
    dana.post("/participants/2/note", {"body": "She sleeps better."})
    for path in ("/", "/participants/", "/participants/1", "/participants/2", "/participants/2/visit", "/enrol/"):
        assert "dana@example.org" not in lead.get(path), path
    assert lead.get("/participants/").count(DANA) == 2 + 2, "two rows, and two lists to choose a colleague from"
    assert f"Coach {DANA}" in lead.get("/participants/1")
    dana.post("/inbox/1/claim")
    assert f"{DANA} is answering this" in lead.get("/inbox/")
    assert f"{DANA} is answering this" in lead.post("/inbox/1/answer", {"body": "I am here."})
    dana.post("/flags/1/acknowledge", {"note": "She is safe."})
    assert f"by {DANA}" in lead.get("/flags/1")
    assert f"with {DANA} already" in lead.post("/participants/hand-over", {"id": "1", "coach": "dana@example.org"})


def test_the_audit_log_shows_the_name_and_keeps_the_address(app: Flask, runtime: Runtime) -> None:
    _, lead = dana_and_a_lead(app, runtime)
    assert f"{DANA} dana@example.org changed account" in lead.get("/log/")
    named = [one for one in rows(runtime.engine, AuditEvent) if one.detail.get("what") == "name"]
    assert [(one.actor, one.detail["named_from"], one.detail["named_to"]) for one in named] == [
        ("dana@example.org", False, True)
    ]
    assert DANA not in str(rows(runtime.engine, AuditEvent)), "the log holds no names"


def test_an_admin_names_somebody_and_a_refused_name_changes_nothing(app: Flask, runtime: Runtime) -> None:
    dana, lead = dana_and_a_lead(app, runtime)
    admin = sign_in(app, runtime, "admin")
    [clinic_id] = {one.clinic_id for one in rows(runtime.engine, CoachAccount)}
    form = {"role": "lead", "clinic_id": str(clinic_id), "active": "1", "name": "Sam Lee"}
    admin.post(f"/admin/sign-ins/{lead.id}", form)
    assert "Sam Lee" in admin.get("/admin/")
    wrong = admin.post(f"/admin/sign-ins/{lead.id}", form | {"name": DANA, "may_export": "1"}, 422)
    assert "A colleague has this name" in wrong
    assert "Write a name as colleagues say it" in dana.post("/account/", ACCOUNT | {"name": "sam@example.org"}, 422)
    stored = {one.email: (one.name, one.may_export) for one in rows(runtime.engine, CoachAccount)}
    assert stored["dana@example.org"] == (DANA, False)
    assert stored["lead@example.org"] == ("Sam Lee", False)


def test_a_name_of_another_clinic_is_not_told(app: Flask, runtime: Runtime) -> None:
    dana_and_a_lead(app, runtime)
    other = sign_in(app, runtime, "lead", email="other@example.org", clinic="Other")
    other.post("/account/", ACCOUNT | {"name": DANA})
    assert [one.name for one in rows(runtime.engine, CoachAccount)] == [DANA, None, DANA]


def test_a_name_goes_with_the_account(app: Flask, runtime: Runtime) -> None:
    dana, _ = dana_and_a_lead(app, runtime)
    sign_in(app, runtime, "admin").post(f"/admin/sign-ins/{dana.id}/remove", {"sure": "yes"})
    assert {one.name for one in rows(runtime.engine, CoachAccount)} == {None}


@pytest.mark.parametrize(
    ("typed", "stored"), [("", None), ("   ", None), ("José  Núñez", "José Núñez"), ("Dr. O'Neil-Ng", "Dr. O'Neil-Ng")]
)
def test_a_name_is_kept_as_it_is_written(typed: str, stored: str | None) -> None:
    assert read_name(typed, ["Dana"]) == stored


@pytest.mark.parametrize("typed", ["x" * 61, "dana@example.org", "Da\u202ena", "DANA"])
def test_a_name_that_would_mislead_is_refused(typed: str) -> None:
    with pytest.raises(StaffNameError):
        read_name(typed, ["Dana"])
