"""A clinic's leads are told what is done to accounts that lead it: an admin could otherwise make one for themselves."""

import pytest
from click.testing import CliRunner
from flask import Flask

from coach.cli.main import coach
from coach.database.tables import MailMessage
from coach.runtime import Runtime
from schedules.database.tables.clinics import CoachAccount
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.signing_in import add_coach
from tests.support import DATA_KEY, SECRET_KEY, TestClock, rows


@pytest.fixture
def lead(app: Flask, runtime: Runtime) -> Browser:
    add_coach(runtime, "lead@other.example", "lead", clinic="Other")
    return sign_in(app, runtime, "lead", email="lead@x.example")


@pytest.fixture
def admin(app: Flask, runtime: Runtime, lead: Browser) -> Browser:
    return sign_in(app, runtime, "admin", email="admin@x.example")


def told(runtime: Runtime) -> list[tuple[int, str]]:
    return [(one.coach_id, one.body.partition("\n")[0]) for one in rows(runtime.engine, MailMessage)]


def clinic_of(runtime: Runtime, id: int) -> int:
    return int(rows(runtime.engine, CoachAccount, CoachAccount.id == id)[0].clinic_id)


def test_an_account_that_leads_is_made(runtime: Runtime, lead: Browser, admin: Browser) -> None:
    clinic_id = clinic_of(runtime, lead.id)
    for role in ("lead", "coach", "researcher"):
        form = {"email": f"new-{role}@x.example", "role": role, "clinic_id": str(clinic_id)}
        admin.post("/admin/sign-ins/new", form, status=200)
    [made] = rows(runtime.engine, CoachAccount, CoachAccount.email == "new-lead@x.example")
    [(whom, words)] = told(runtime)
    assert whom == lead.id
    assert words.startswith(f"Account {admin.id} made an account with the role of lead: account {made.id} of clinic")
    assert "@" not in words
    home = lead.get("/")
    assert "admin@x.example made an account with the role of lead: new-lead@x.example" in home
    assert "new-coach@x.example" not in home


def test_a_role_is_raised_and_not_when_it_is_lowered(runtime: Runtime, lead: Browser, admin: Browser) -> None:
    coach_id = add_coach(runtime, "c@x.example", "coach")
    for role, whom in (("lead", [lead.id]), ("coach", [])):
        before = len(told(runtime))
        form = {"role": role, "clinic_id": str(clinic_of(runtime, lead.id)), "active": "yes"}
        admin.post(f"/admin/sign-ins/{coach_id}", form)
        assert [id for id, _ in told(runtime)[before:]] == whom
    assert "changed the role of an account from coach to lead: c@x.example" in lead.get("/")


def test_an_admin_makes_a_link_or_removes_the_second_step(runtime: Runtime, lead: Browser, admin: Browser) -> None:
    second, coach_id = add_coach(runtime, "second@x.example", "lead"), add_coach(runtime, "c@x.example", "coach")
    for deed, status in (("link", 200), ("second-step", 303)):
        for account in (coach_id, second):
            admin.post(f"/admin/sign-ins/{account}/{deed}", status=status)
    for words in ("made a password link for", "removed the second step of"):
        assert {id for id, body in told(runtime) if words in body} == {lead.id, second}, "its owner may not have asked"
        assert f"{words} an account with the role of lead: second@x.example" in lead.get("/")


def test_home_tells_it_for_a_week_and_only_to_leads_of_that_clinic(
    app: Flask, runtime: Runtime, lead: Browser, admin: Browser, clock: TestClock
) -> None:
    other = sign_in(app, runtime, "lead", email="second@other.example", clinic="Other")
    coach_of_it = sign_in(app, runtime, "coach", email="c@x.example")
    admin.post(f"/admin/sign-ins/{lead.id}/link", status=200)
    assert "made a password link" in lead.get("/")
    assert "made a password link" not in other.get("/") + coach_of_it.get("/")
    clock.forward(days=7)
    assert "made a password link" not in lead.get("/")


def test_the_command_line_tells_too(runtime: Runtime, lead: Browser) -> None:
    settings = {"DATABASE_URL": runtime.settings.database_url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY}
    added = ["coaches", "add", "more@x.example", "--role", "lead", "--clinic", "Clinic", "--password-stdin"]
    assert CliRunner(env=settings).invoke(coach, added, input="four quiet words here\n").exit_code == 0
    [(whom, words)] = told(runtime)
    assert whom == lead.id
    assert words.startswith("Somebody (command line) made an account with the role of lead")
