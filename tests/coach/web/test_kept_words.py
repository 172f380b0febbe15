"""Nothing typed is lost: whatever keeps a form from being taken, its words come back with the reason."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from coach.accounts.drafts import MOST, keep_draft, load_drafts
from coach.accounts.signed_in import SignedIn
from coach.database.desk_tables import Draft
from coach.database.tables import WebSession
from coach.privacy.erase import erase, erase_number
from coach.privacy.personal_data import export_number
from coach.runtime import Runtime
from coach.web.sign_in.limits import machine_now
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from tests.coach.web.coaches import Browser, sign_in, words
from tests.coach.web.evenings import MARIA
from tests.coach.web.signing_in import PASSWORD, Visitor, add_coach
from tests.support import TestClock, enrol, person, rows, say, session_of

QUESTION = "why do I have this every night?"
ANSWER = "Good question, Maria. Let us talk on Monday."


def token_of(html: str, name: str = "csrf_token") -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found
    return found[1]


def form_of(browser: Browser, path: str = "/inbox/") -> dict[str, str]:
    html = browser.html(path)
    return {"csrf_token": token_of(html), "kept_for": token_of(html, "kept_for")}


def sign_out_everywhere(runtime: Runtime) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(delete(WebSession))


def asked(app: Flask, runtime: Runtime) -> Browser:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    say(runtime, MARIA, QUESTION)
    return browser


def test_words_of_a_session_that_ran_out_come_back_after_signing_in(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    form = form_of(browser) | {"body": ANSWER}
    sign_out_everywhere(runtime)
    answer = browser.client.post("/inbox/1/answer", data=form, headers={"Referer": "http://localhost/inbox/"})
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]
    assert "Monday" not in answer.headers["Location"], "words are never part of an address"
    shown = words(browser.client.get(answer.headers["Location"]).get_data(as_text=True))
    assert "What you typed is kept" in shown
    again = browser_of(app, runtime, browser)
    inbox = again.html("/inbox/")
    assert f"{ANSWER}</textarea>" in inbox
    assert "You were signed out before this was sent" in inbox
    assert "on its way" in again.post("/inbox/1/answer", {"body": ANSWER})
    assert not rows(runtime.engine, Draft), "what was sent is kept no longer"


def browser_of(app: Flask, runtime: Runtime, before: Browser) -> Browser:
    """The same account on a new session, in a browser without the old cookies."""
    client: FlaskClient = app.test_client()
    with client.session_transaction() as session:
        session.update(session_of(runtime, before.id))
    return Browser(client, before.id, before.email)


def test_they_come_back_through_the_whole_sign_in_with_its_second_step(app: Flask, runtime: Runtime) -> None:
    coach = Visitor.of(app)
    add_coach(runtime, "ann@clinic.example", "lead")
    coach.sign_in_first("ann@clinic.example")
    enrol(runtime, person(1, first_name="Maria"))
    say(runtime, MARIA, QUESTION)
    html = coach.open("/inbox/").get_data(as_text=True)
    form = {"csrf_token": token_of(html), "kept_for": token_of(html, "kept_for"), "body": ANSWER}
    coach.client = app.test_client()  # the cookie is gone with its time
    answer = coach.client.post("/inbox/1/answer", data=form, headers={"Referer": "http://localhost/inbox/"})
    assert answer.status_code == 303
    coach.submit(answer.headers["Location"], email="ann@clinic.example", password=PASSWORD)
    page = coach.open("/sign-in/second-step").get_data(as_text=True)
    coach.post("/sign-in/second-step", page, code=coach.digits())
    assert f"{ANSWER}</textarea>" in coach.open("/inbox/").get_data(as_text=True)


def test_nobody_else_sees_them_and_nobody_can_plant_any(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    form = form_of(browser) | {"body": ANSWER}
    lead = sign_in(app, runtime, "lead")
    sign_out_everywhere(runtime)
    for mark in ("", "rubbish", form["kept_for"][:-2] + "xx"):
        answer = app.test_client().post("/inbox/1/answer", data=form | {"kept_for": mark})
        assert answer.status_code in (302, 400)
    assert not rows(runtime.engine, Draft)
    browser.client.post("/inbox/1/answer", data=form)
    assert len(rows(runtime.engine, Draft)) == 1
    assert ANSWER not in browser_of(app, runtime, lead).html("/inbox/")
    assert "Nothing is kept for you" in browser_of(app, runtime, lead).get("/kept/")


@pytest.mark.parametrize("role", ["researcher", "admin", "coach"])
def test_who_may_not_see_a_person_learns_no_name_from_what_is_kept(app: Flask, runtime: Runtime, role: str) -> None:
    asked(app, runtime)
    curious = sign_in(app, runtime, role, email="curious@example.org")
    mark = token_of(curious.html("/account/"), "kept_for")
    for address in ("/participants/1/note", "/participants/9/note", "/inbox/1/answer"):
        posted = {"body": f"to {address}", "kept_for": mark}
        assert app.test_client().post(address, data=posted).status_code == 303
    shown = browser_of(app, runtime, curious).get("/kept/")
    assert "to /participants/1/note" in shown
    assert "Maria" not in shown


def test_a_form_of_the_session_before_this_one_comes_back_too(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    old = form_of(browser) | {"body": ANSWER}
    again = browser_of(app, runtime, browser)
    again.get("/inbox/")
    answer = again.client.post("/inbox/1/answer", data=old, headers={"Referer": "http://localhost/inbox/?kind=other"})
    assert answer.headers["Location"] == "/inbox/?kind=other", "the page stays where it was"
    assert "You have signed in again since this page was opened" in again.get("/inbox/")
    assert f"{ANSWER}</textarea>" in again.html("/inbox/")


def test_too_long_an_answer_comes_back_with_its_words(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    long = "a" * 641
    assert "This has 641 characters" in browser.post("/inbox/1/answer", {"body": long})
    assert f"{long}</textarea>" in browser.html("/inbox/")


def test_an_answer_to_somebody_who_wrote_again_waits_for_a_second_look(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    say(runtime, MARIA, "and can I take more iron?")
    assert "They wrote again while you were writing" in browser.post(
        "/inbox/1/answer", {"body": ANSWER, "seen": "1", "card": "1"}
    )
    assert not rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "answer")
    assert ANSWER in browser.get("/kept/")


def test_when_somebody_else_answered_first_the_words_can_still_be_sent(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    lead = sign_in(app, runtime, "lead")
    lead.post("/inbox/1/answer", {"body": "I am on it."})
    shown = browser.post("/inbox/1/answer", {"body": ANSWER})
    assert "Words you typed were not sent" in shown
    assert "Someone has answered or closed this already" in shown
    assert ANSWER in browser.get("/kept/")
    browser.post("/participants/1/write", {"body": ANSWER, "once": "x", "resent": "/inbox/1/answer"})
    assert "Nothing is kept for you" in browser.get("/kept/")


def test_any_other_form_is_kept_on_a_page_of_its_own(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    form = form_of(browser, "/participants/1") | {"evenings": "3"}
    sign_out_everywhere(runtime)
    answer = browser.client.post("/participants/1/change/pause", data=form)
    assert "next=/kept/" in answer.headers["Location"]
    kept = browser_of(app, runtime, browser)
    assert 'action="/participants/1/change/pause"' in kept.html("/kept/")
    assert 'value="3"' in kept.html("/kept/")
    assert "Discarded" in kept.post("/kept/discard", {"address": "/participants/1/change/pause"})


def test_words_are_kept_for_a_day_and_not_without_end(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    with write_transaction(runtime.engine) as connection:
        for number in range(MOST + 5):
            assert keep_draft(
                connection, browser.id, f"/a/{number}", {"body": ["x"]}, "why", machine_now(), runtime.keys
            )
        assert not keep_draft(
            connection, browser.id, "/b", {"body": ["x" * 30_000]}, "why", machine_now(), runtime.keys
        )
        coach = SignedIn(browser.id, browser.email, "coach", 1)
        assert len(load_drafts(connection, coach, machine_now())) == MOST


def test_erasing_a_person_erases_what_was_typed_about_them(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = asked(app, runtime)
    browser.post("/inbox/1/answer", {"body": "b" * 700})
    with write_transaction(runtime.engine) as connection:
        erase(connection, 1, clock(), actor="lead", at_provider=False)
    assert not rows(runtime.engine, Draft)


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("/flags/1/acknowledge", {"note": "Maria's sister picked up"}),
        ("/called", {"participant": "1"}),
        ("/participants/hand-over", {"id": "1", "coach": "coach@example.org"}),
        ("/participants/hand-over", {"id": ["2", "1"], "coach": "coach@example.org"}),
    ],
)
def test_so_it_does_where_the_form_names_them_or_their_flag(
    app: Flask, runtime: Runtime, clock: TestClock, address: str, typed: dict[str, Any]
) -> None:
    browser = asked(app, runtime)
    enrol(runtime, person(2))
    say(runtime, MARIA, "I want to die")
    given = form_of(browser)
    sign_out_everywhere(runtime)
    browser.client.post(address, data=given | typed)
    browser.client.post("/participants/2/note", data=given | {"body": "about somebody else"})
    assert len(rows(runtime.engine, Draft)) == 2
    with write_transaction(runtime.engine) as connection:
        erase(connection, 1, clock(), actor="lead", at_provider=False)
    assert [one.address for one in rows(runtime.engine, Draft)] == ["/participants/2/note"]


def test_words_are_put_aside_only_for_forms_that_show_them_again(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    for address in ("/account/password", "/no/such", "", "//elsewhere.example/", "/participants/1/change/pause"):
        browser.post("/kept/put-aside", {"address": address, "body": "x"}, 400)
    browser.post("/kept/put-aside", {"address": "/inbox/1/answer", "body": "half an"}, 204)
    assert "half an</textarea>" in browser.html("/inbox/")
    assert "Not sent" not in browser.get("/inbox/"), "nothing has failed"


def test_a_password_is_never_kept(app: Flask, runtime: Runtime) -> None:
    browser = asked(app, runtime)
    form = form_of(browser) | {"password": "my secret", "new_password": "another"}
    sign_out_everywhere(runtime)
    browser.client.post("/account/password", data=form)
    browser.client.post("/inbox/1/close", data=form)
    assert "secret" not in str(rows(runtime.engine, Draft))
    assert "another" not in str(rows(runtime.engine, Draft))


def test_a_form_about_a_number_goes_when_whoever_has_that_number_is_erased(app: Flask, runtime: Runtime) -> None:
    """Typed before they were enrolled, however it was written; a form about another number stays."""
    browser = sign_in(app, runtime)
    for typed in ("(415) 555-0007", "(415) 555-0008"):
        form = form_of(browser, "/enrol/") | {"phone": typed, "first_name": "Zebulon"}
        sign_out_everywhere(runtime)
        assert browser.client.post("/enrol/one", data=form).status_code == 303
        browser = browser_of(app, runtime, browser)
        with write_transaction(runtime.engine) as connection:
            connection.execute(update(Draft).where(Draft.address == "/enrol/one").values(address=f"/enrol/one?{typed}"))
    assert len(rows(runtime.engine, Draft)) == 2
    [id] = enrol(runtime, person(7))
    with read_transaction(runtime.engine) as connection:
        held = export_number(connection, MARIA[:-1] + "7", runtime.keys.number_hash(MARIA[:-1] + "7"))
    assert "Zebulon" not in str(held), "what was never sent is not held about them"
    with write_transaction(runtime.engine) as connection:
        erase(connection, id, runtime.now(), actor="somebody", at_provider=False)
    [left] = rows(runtime.engine, Draft)
    assert left.address.endswith("0008")
    with write_transaction(runtime.engine) as connection:
        phone = MARIA[:-1] + "8"
        assert erase_number(
            connection, phone, runtime.keys.number_hash(phone), runtime.now(), actor="somebody", at_provider=False
        )
    assert not rows(runtime.engine, Draft), "nor where nobody was enrolled"
