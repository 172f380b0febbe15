"""Sessions are rows: whoever signs out, changes or loses access is out, whatever cookie somebody kept."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from coach.accounts.administration import change_sign_in, load_sign_ins, reset_second_step
from coach.accounts.signed_in import SignedIn
from coach.database.tables import WebSession
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from tests.coach.web.signing_in import PASSWORD, SECOND_STEP, Visitor, add_coach
from tests.support import rows

ANN = "ann@clinic.example"
ADMIN = SignedIn(99, "admin@x.example", "admin", None)


@pytest.fixture
def ann(app: Flask, runtime: Runtime) -> Visitor:
    add_coach(runtime, ANN)
    visitor = Visitor.of(app)
    visitor.sign_in_first(ANN)
    assert visitor.is_signed_in()
    return visitor


def copied(app: Flask, of: Visitor) -> Visitor:
    """Somebody who has copied the cookie."""
    thief, cookie = Visitor.of(app), of.client.get_cookie("__Host-coach")
    assert cookie is not None
    thief.client.set_cookie("__Host-coach", cookie.value)
    assert thief.is_signed_in()
    return thief


def change(runtime: Runtime, account_id: int, **values: object) -> None:
    with write_transaction(runtime.engine) as connection:
        [row] = load_sign_ins(connection, ADMIN, account_id)
        before = {name: getattr(row, name) for name in ("role", "clinic_id", "active", "may_export")}
        change_sign_in(connection, ADMIN, row, before | values, runtime.now())


def test_a_cookie_kept_from_before_signing_out_is_worth_nothing(app: Flask, ann: Visitor, runtime: Runtime) -> None:
    thief = copied(app, ann)
    ann.submit("/sign-out", form_at="/account/")
    assert not ann.is_signed_in()
    assert not thief.is_signed_in()
    assert rows(runtime.engine, WebSession) == []


def test_access_taken_and_given_back_leaves_nobody_inside(app: Flask, ann: Visitor, runtime: Runtime) -> None:
    thief = copied(app, ann)
    change(runtime, 1, active=False)
    change(runtime, 1, active=True)
    assert not thief.is_signed_in()


def test_another_role_begins_with_another_sign_in(app: Flask, ann: Visitor, runtime: Runtime) -> None:
    change(runtime, 1, may_export=True)
    assert ann.is_signed_in(), "the right to export is looked up each time"
    change(runtime, 1, role="researcher")
    assert not ann.is_signed_in()


def test_a_second_step_set_back_ends_them_too(app: Flask, ann: Visitor, runtime: Runtime) -> None:
    with write_transaction(runtime.engine) as connection:
        reset_second_step(connection, ADMIN.email, 1, 1, runtime.now())
    assert rows(runtime.engine, WebSession) == []


def test_a_new_password_keeps_one_session_under_a_new_id(app: Flask, ann: Visitor, runtime: Runtime) -> None:
    thief = copied(app, ann)
    words = "some other four words"
    ann.submit("/account/password", password=PASSWORD, new_password=words, new_password_confirm=words)
    assert ann.is_signed_in()
    assert not thief.is_signed_in()
    assert len(rows(runtime.engine, WebSession)) == 1


def test_no_form_asks_to_be_remembered(app: Flask, ann: Visitor) -> None:
    visitor = Visitor.of(app, ann.key)
    visitor.skipped = 1
    visitor.submit("/sign-in", email=ANN, password=PASSWORD, remember="y")
    visitor.submit(SECOND_STEP, code=visitor.digits(), remember="y")
    assert visitor.is_signed_in()
    assert visitor.client.get_cookie("remember_token") is None


def test_a_cookie_of_the_version_before_asks_for_one_new_sign_in(app: Flask, ann: Visitor) -> None:
    with ann.client.session_transaction() as session:
        del session["sid"]
    assert ann.open("/").headers["Location"].startswith("/sign-in")


def test_how_long_a_page_may_be_left_open_is_a_setting(runtime: Runtime) -> None:
    settings = runtime.settings.model_copy(update={"session_idle_minutes": 15})
    app = create_app(replace(runtime, settings=settings))
    add_coach(runtime, ANN)
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False) as clock:
        visitor = Visitor.of(app)
        visitor.sign_in_first(ANN)
        clock.shift(timedelta(minutes=14))
        assert visitor.is_signed_in()
        clock.shift(timedelta(minutes=16))
        assert not visitor.is_signed_in()


def test_sessions_that_are_over_are_not_kept(app: Flask, runtime: Runtime) -> None:
    add_coach(runtime, ANN)
    add_coach(runtime, "ben@clinic.example")
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False) as clock:
        Visitor.of(app).sign_in_first(ANN)
        clock.shift(timedelta(hours=13))
        Visitor.of(app).sign_in_first("ben@clinic.example")
    assert [row.account_id for row in rows(runtime.engine, WebSession)] == [2]
