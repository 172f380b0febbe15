"""Signing in: a password, a second step, ways back in, and sessions that end."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from coach.database.tables import AuditEvent, MailMessage
from coach.runtime import Runtime
from coach.web.sign_in.datastore import PRINTED
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import CoachAccount
from tests.coach.web.signing_in import PASSWORD, SECOND_STEP, SET_UP, Visitor, add_coach
from tests.support import PUBLIC_URL, eventually, rows

ANN = "ann@clinic.example"


@pytest.fixture
def ann(app: Flask, runtime: Runtime) -> Visitor:
    """Signed in, with her second step set up."""
    add_coach(runtime, ANN)
    visitor = Visitor.of(app)
    visitor.sign_in_first(ANN)
    assert visitor.is_signed_in()
    return visitor


def test_the_first_sign_in_leads_to_setting_up_the_second_step(app: Flask, runtime: Runtime) -> None:
    add_coach(runtime, ANN)
    visitor = Visitor.of(app)
    assert visitor.give_password(ANN).headers["Location"].endswith(SET_UP)
    assert not visitor.is_signed_in()
    assert visitor.set_up_second_step().headers["Location"] == "/"
    assert visitor.is_signed_in()


def test_every_later_sign_in_asks_for_digits_and_takes_each_only_once(app: Flask, ann: Visitor) -> None:
    again = Visitor.of(app, ann.key)
    assert SECOND_STEP in again.give_password(ANN).headers["Location"]
    assert not again.is_signed_in()
    assert "has already been used" in again.submit(SECOND_STEP, code=ann.given[-1]).get_data(as_text=True)
    again.skipped = 1
    again.submit(SECOND_STEP, code=again.digits())
    assert again.is_signed_in()


def test_going_back_to_the_second_step_signs_nobody_out(app: Flask, ann: Visitor) -> None:
    assert ann.open(SECOND_STEP).headers["Location"] == "/"
    assert ann.is_signed_in()
    page = ann.open("/account/").get_data(as_text=True)
    assert ann.post(SECOND_STEP, page, code="123456").headers["Location"] == "/", "a second click on the button"
    assert ann.is_signed_in()
    stranger = Visitor.of(app)
    assert stranger.open(SECOND_STEP).headers["Location"].endswith("/sign-in")
    stranger.give_password(ANN)
    assert stranger.open(SECOND_STEP).status_code == 200
    assert not stranger.is_signed_in()


def test_only_the_printed_accounts_of_a_demonstration_need_no_second_step(app: Flask, runtime: Runtime) -> None:
    app.config[PRINTED] = frozenset({"printed@demo.example"})
    for email, leads_to in (("printed@demo.example", "/"), ("made@demo.example", SET_UP)):
        add_coach(runtime, email, "lead")
        visitor = Visitor.of(app)
        assert visitor.give_password(email).headers["Location"].endswith(leads_to)
        assert visitor.is_signed_in() == (leads_to == "/")


def test_what_the_app_shares_is_unreadable_in_the_database(ann: Visitor, runtime: Runtime) -> None:
    with runtime.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT totp_secret FROM coach_account").scalar()
    assert stored
    assert stored.startswith("gAAAA")


def test_a_recovery_code_signs_in_once(app: Flask, ann: Visitor) -> None:
    page = ann.submit("/account/recovery-codes").get_data(as_text=True)
    codes = re.findall(r"<code>([0-9a-f-]{14})</code>", page)
    assert len(codes) == 10
    for works in (True, False):
        visitor = Visitor.of(app)
        visitor.give_password(ANN)
        visitor.submit("/sign-in/recovery-code", code=codes[0])
        assert visitor.is_signed_in() == works


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(app: Flask, ann: Visitor) -> None:
    answers = []
    for email in (ANN, "nobody@clinic.example"):
        page = Visitor.of(app).give_password(email, "wrong password").get_data(as_text=True)
        answers.append(re.sub(r'value="[^"]*"', "", page))
    assert answers[0] == answers[1]
    assert "is wrong" in answers[0]


@pytest.mark.parametrize("email", [ANN, "nobody@clinic.example"])
def test_after_ten_refusals_a_name_must_wait_and_others_need_not(
    app: Flask, runtime: Runtime, ann: Visitor, email: str
) -> None:
    add_coach(runtime, "ben@clinic.example")
    with time_machine.travel("2026-03-02T12:00:10Z", tick=False) as clock:
        guesser = Visitor.of(app)
        for _ in range(10):
            assert guesser.give_password(email, "a guess again").status_code == 200
        refused = guesser.give_password(email)
        assert refused.status_code == 429
        assert "Wait 15 minutes" in refused.get_data(as_text=True)
        assert Visitor.of(app).give_password("ben@clinic.example").status_code == 302
        clock.shift(timedelta(minutes=16))
        assert guesser.give_password(email).status_code != 429


def test_digits_cannot_be_guessed_for_long(app: Flask, ann: Visitor) -> None:
    guesser = Visitor.of(app)
    guesser.give_password(ANN)
    answers = [guesser.submit(SECOND_STEP, code=f"{guess:06}").status_code for guess in range(11)]
    assert answers == [200] * 10 + [429]


def test_a_forgotten_password_is_reset_by_a_mail_whose_link_works_once(
    app: Flask, runtime: Runtime, ann: Visitor
) -> None:
    visitor = Visitor.of(app)
    visitor.submit("/forgotten-password", email=ANN)
    eventually(lambda: rows(runtime.engine, MailMessage))
    (mail,) = rows(runtime.engine, MailMessage)
    link = re.search(re.escape(PUBLIC_URL) + r"(\S+)", mail.body)
    assert link
    fields = {"password": "another four words", "password_confirm": "another four words"}
    assert visitor.submit(link[1], **fields).status_code == 302
    assert not ann.is_signed_in()
    assert visitor.open(link[1]).headers["Location"].endswith("/forgotten-password")
    assert SECOND_STEP in visitor.give_password(ANN, "another four words").headers["Location"]


def test_asking_for_a_new_password_does_not_tell_who_has_a_sign_in(app: Flask, runtime: Runtime, ann: Visitor) -> None:
    pages = []
    for email in (ANN, "nobody@clinic.example"):
        visitor = Visitor.of(app)
        answer = visitor.submit("/forgotten-password", email=email)
        assert answer.status_code == 303
        shown = visitor.open(answer.headers["Location"]).get_data(as_text=True)
        pages.append(re.sub(r'value="[^"]*"', "", shown))
    assert pages[0] == pages[1]
    assert "If that address has an account" in pages[0]
    eventually(lambda: rows(runtime.engine, MailMessage))
    assert len(rows(runtime.engine, MailMessage)) == 1


def test_a_changed_password_signs_every_other_session_out(app: Flask, runtime: Runtime, ann: Visitor) -> None:
    other = Visitor.of(app, ann.key)
    other.skipped = 1
    other.give_password(ANN)
    other.submit(SECOND_STEP, code=other.digits())
    assert other.is_signed_in()
    words = "some other four words"
    ann.submit("/account/password", password=PASSWORD, new_password=words, new_password_confirm=words)
    assert ann.is_signed_in()
    assert not other.is_signed_in()
    actions = [event.action for event in rows(runtime.engine, AuditEvent)]
    assert actions.count("signed in") == 2
    assert "changed password" in actions


def test_a_session_ends_after_an_idle_hour_and_in_any_case_after_twelve(app: Flask, runtime: Runtime) -> None:
    add_coach(runtime, ANN)
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False) as clock:
        visitor = Visitor.of(app)
        visitor.sign_in_first(ANN)
        for _ in range(12):
            clock.shift(timedelta(minutes=59))
            assert visitor.is_signed_in()
        clock.shift(timedelta(minutes=15))
        assert not visitor.is_signed_in()
        visitor.skipped = 0
        visitor.give_password(ANN)
        visitor.submit(SECOND_STEP, code=visitor.digits())
        assert visitor.is_signed_in()
        clock.shift(timedelta(minutes=40))
        assert visitor.client.get("/", headers={"HX-Request": "true"}).status_code == 200
        clock.shift(timedelta(minutes=21))
        assert not visitor.is_signed_in()


def test_a_deactivated_sign_in_is_out_at_once(runtime: Runtime, ann: Visitor) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(CoachAccount).values(active=False))
    assert not ann.is_signed_in()


def test_a_cookie_planted_before_signing_in_knows_no_form_token_after_it(app: Flask, ann: Visitor) -> None:
    visitor = Visitor.of(app, ann.key)
    planted = visitor.open("/sign-in").get_data(as_text=True)
    visitor.skipped = 1
    visitor.give_password(ANN)
    visitor.submit(SECOND_STEP, code=visitor.digits())
    assert visitor.post("/sign-out", planted).status_code == 400
    assert visitor.is_signed_in()


def test_no_form_is_taken_without_its_token(ann: Visitor) -> None:
    assert ann.client.post("/sign-out").status_code == 400
    assert ann.is_signed_in()


@pytest.mark.parametrize(
    "next_page", ["//evil.example", "https://evil.example/", "/\\\\evil.example", "////evil.example"]
)
def test_an_address_elsewhere_is_ignored_after_signing_in(app: Flask, runtime: Runtime, next_page: str) -> None:
    add_coach(runtime, "ann@clinic.example")
    visitor = Visitor.of(app)
    form = {"email": "ann@clinic.example", "password": PASSWORD, "next": next_page}
    answer = visitor.submit("/sign-in", f"/sign-in?next={next_page}", **form)
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]
