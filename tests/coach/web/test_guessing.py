"""Guessing passwords and codes: counted by account and network before anything is checked, whatever else is sent."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
import time_machine
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import event, update

from coach.database.tables import MailMessage
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import CoachAccount
from tests.coach.web.signing_in import PASSWORD, SECOND_STEP, Visitor, add_coach
from tests.support import eventually, rows

ANN = "ann@clinic.example"
AGAIN, CHANGE = "/sign-in/again", "/account/password"
TEN_THEN_WAIT = [200] * 10 + [429]


@pytest.fixture
def app(sqlite_runtime: Runtime) -> Flask:
    return create_app(sqlite_runtime)


@pytest.fixture
def ann(app: Flask, sqlite_runtime: Runtime) -> Iterator[Visitor]:
    """Signed in, at a time of day that stands still."""
    add_coach(sqlite_runtime, ANN)
    with time_machine.travel("2026-03-02T12:00:10Z", tick=False):
        visitor = Visitor.of(app)
        visitor.sign_in_first(ANN)
        assert visitor.is_signed_in()
        yield visitor


def test_an_email_beside_the_digits_changes_nothing(app: Flask, ann: Visitor) -> None:
    guesser = Visitor.of(app)
    guesser.give_password(ANN)
    answers = [
        guesser.submit(SECOND_STEP, code=f"{guess:06}", email=f"{guess}@x.example").status_code for guess in range(11)
    ]
    assert answers == TEN_THEN_WAIT


def test_an_address_is_the_same_however_it_is_written(app: Flask, ann: Visitor) -> None:
    written = [ANN, "ANN@clinic.example", "ann@\uff43linic.example", "ann@clinic\uff0eexample", " ann@CLINIC.example "]
    guesser = Visitor.of(app)
    answers = [guesser.give_password(written[guess % 5], "a wrong guess").status_code for guess in range(11)]
    assert answers == TEN_THEN_WAIT
    assert Visitor.of(app).give_password(ANN).status_code == 429


@pytest.mark.parametrize("path", [AGAIN, CHANGE])
def test_whoever_is_signed_in_cannot_guess_the_password_either(app: Flask, ann: Visitor, path: str) -> None:
    new = {"new_password": "some other four words", "new_password_confirm": "some other four words"}
    answers = [ann.submit(path, password=f"a wrong guess {guess}", **new).status_code for guess in range(11)]
    assert answers == TEN_THEN_WAIT
    assert ann.submit(path, password=PASSWORD, **new).status_code == 429


def test_a_code_texted_to_a_phone_cannot_be_guessed(app: Flask, ann: Visitor, sqlite_runtime: Runtime) -> None:
    code = {"phone_code": "123456", "phone_code_until_at": sqlite_runtime.now() + timedelta(hours=1)}
    with write_transaction(sqlite_runtime.engine) as connection:
        connection.execute(update(CoachAccount).values(phone="+14155550100", **code))
    answers = [
        ann.submit("/account/pager-code", form_at="/account/", code=f"{guess:06}").status_code for guess in range(11)
    ]
    assert answers == [422] * 10 + [429]


def test_a_network_of_ipv6_is_one_place(app: Flask, ann: Visitor) -> None:
    def guess(number: int) -> int:
        guesser = Visitor.of(app)
        guesser.client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{number:x}"
        return guesser.give_password(f"{number}@x.example", "a wrong guess").status_code

    assert [guess(number) for number in range(61)] == [200] * 60 + [429]
    neighbor = Visitor.of(app)
    neighbor.client.environ_base["REMOTE_ADDR"] = "2001:db8:1:3::1"
    assert neighbor.give_password("someone@x.example", "a wrong guess").status_code == 200


def test_many_at_once_get_no_more_guesses_than_one_after_the_other(app: Flask, ann: Visitor) -> None:
    guessers = [Visitor.of(app) for _ in range(16)]
    pages = [guesser.open("/sign-in").get_data(as_text=True) for guesser in guessers]
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(
                lambda one: one[0].post("/sign-in", one[1], email=ANN, password="a wrong guess").status_code,
                zip(guessers, pages, strict=True),
            )
        )
    assert sorted(answers) == [200] * 10 + [429] * 6


def test_signing_in_uses_up_no_guesses(app: Flask, ann: Visitor) -> None:
    for _ in range(12):
        assert Visitor.of(app).give_password(ANN).status_code == 302


def test_digits_and_recovery_codes_work_once_in_the_whole_installation(
    app: Flask, ann: Visitor, sqlite_runtime: Runtime
) -> None:
    other = create_app(sqlite_runtime)
    ann.submit("/account/recovery-codes")
    ann.skipped = 1
    digits, found = ann.digits(), []
    for each in (app, other):
        with each.test_request_context():
            security = each.extensions["security"]
            account = security.datastore.find_user(email=ANN)
            assert len(account.mf_recovery_codes) == 10
            found.append((each, security, account))
    with time_machine.travel("2026-03-02T12:00:40Z", tick=False):
        taken = []
        for each, security, account in found:
            with each.test_request_context():
                taken.append(
                    (
                        security._totp_factory.verify_totp(digits, account.tf_totp_secret, account, window=30),
                        security.datastore.mf_delete_recovery_code(account, 3),
                    )
                )
    assert taken == [(True, True), (False, False)]
    assert TOTP(key=ann.key.replace("-", "")).generate(0).token, "the key is one that an app takes"


@pytest.mark.parametrize("path", ["/sign-in", AGAIN, CHANGE])
def test_a_password_of_900_kilobytes_is_refused_as_too_long(ann: Visitor, app: Flask, path: str) -> None:
    visitor = Visitor.of(app) if path == "/sign-in" else ann
    for long in ("x" * 900_000, "x" * 100_000, "\ufdfa" * 900):
        words = {"password": long, "new_password": long, "new_password_confirm": long, "email": ANN}
        answer = visitor.submit(path, **words)
        says = answer.get_data(as_text=True)
        assert (answer.status_code, "at most 1000" in says) == (400, True) or "too large" in says


def test_a_sign_in_is_taken_from_a_form_only(ann: Visitor, app: Flask) -> None:
    token = Visitor.of(app).client
    answer = token.post("/sign-in", json={"email": ANN, "password": PASSWORD})
    assert answer.status_code == 400


def test_asking_for_a_new_password_does_the_same_for_every_name(
    app: Flask, ann: Visitor, sqlite_runtime: Runtime
) -> None:
    asked: dict[str, list[str]] = {}
    held = Event()
    app.extensions["forgotten"].submit(held.wait, 60)
    for email in ("the.first@clinic.example", ANN, "nobody@clinic.example"):
        visitor = Visitor.of(app)
        page = visitor.open("/forgotten-password").get_data(as_text=True)
        statements = asked[email] = []

        def note(*executed: object, into: list[str] = statements) -> None:
            into.append(str(executed[2]))

        event.listen(sqlite_runtime.engine, "before_cursor_execute", note)
        assert visitor.post("/forgotten-password", page, email=email).status_code == 303
        event.remove(sqlite_runtime.engine, "before_cursor_execute", note)
    assert asked[ANN] == asked["nobody@clinic.example"]
    assert rows(sqlite_runtime.engine, MailMessage) == [], "the mail is written apart from the answer"
    held.set()
    eventually(lambda: rows(sqlite_runtime.engine, MailMessage))
    assert len(rows(sqlite_runtime.engine, MailMessage)) == 1
