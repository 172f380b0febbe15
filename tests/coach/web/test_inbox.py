"""The inbox: a crisis first, each reply answered once, by whoever took it."""

from flask import Flask

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.tables.messages import OutboxMessage
from tests.coach.web.coaches import sign_in
from tests.coach.web.evenings import GEORGE, MARIA
from tests.support import TestClock, enrol, person, rows, say, tick

QUESTION = "why do I have this every night?"


def test_a_crisis_stands_before_older_questions_until_it_is_acknowledged(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    browser = sign_in(app, runtime)
    say(runtime, MARIA, QUESTION)
    clock.forward(minutes=5)
    say(runtime, GEORGE, "I want to end my life")
    inbox = browser.get("/inbox/")
    assert "Open (2)" in inbox
    assert inbox.index("George") < inbox.index("Maria")
    browser.post("/inbox/2/answer", {"body": "I am calling you now."})
    assert "Evening texts are on hold until the flag is marked as handled." in browser.get("/inbox/")
    browser.post("/flags/1/acknowledge", {"note": "Called him, he is safe."})
    assert "George" not in browser.get("/inbox/")
    assert "George" in browser.get("/inbox/?folder=closed")


def test_an_answer_leaves_once_and_closes_the_reply(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    say(runtime, MARIA, QUESTION)
    assert "on its way" in browser.post("/inbox/1/answer", {"body": "Good question, let us talk."})
    assert "answered or closed this already" in browser.post("/inbox/1/answer", {"body": "Again."})
    assert len(rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "answer")) == 1
    tick(runtime)
    assert "Good question" in browser.get("/inbox/?folder=sent")
    assert "It is back in the inbox" in browser.post("/inbox/1/reopen")


def test_a_claimed_reply_is_answered_by_whoever_took_it(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    first = sign_in(app, runtime)
    second = sign_in(app, runtime, "lead")
    say(runtime, MARIA, QUESTION)
    first.post("/inbox/1/claim")
    assert "coach@example.org is answering this" in second.get("/inbox/")
    assert "take it over first" in second.post("/inbox/1/answer", {"body": "Mine."})
    second.post("/inbox/1/claim")
    assert "lead@example.org is answering this" in first.get("/inbox/")
    second.post("/inbox/1/release")
    assert "is answering this" not in first.get("/inbox/")


def test_nobody_touches_what_is_not_theirs(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    say(runtime, MARIA, QUESTION)
    stranger = sign_in(app, runtime, "lead", clinic="Other")
    for deed in ("answer", "close", "claim", "release", "reopen"):
        stranger.post(f"/inbox/1/{deed}", {"body": "hello"}, 404)
    assert "Maria" not in stranger.get("/inbox/")
    [reply] = rows(runtime.engine, InboundReply)
    assert reply.closed_at is None


def test_an_open_inbox_hears_that_more_has_come(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    assert "new repl" not in browser.get("/inbox/waiting?shown=0")
    say(runtime, MARIA, QUESTION)
    assert "1 new reply" in browser.get("/inbox/waiting?shown=0")


def test_no_answer_goes_to_whoever_has_stopped(app: Flask, runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    say(runtime, MARIA, QUESTION)
    say(runtime, MARIA, "STOP")
    assert "They no longer get texts, so you cannot answer from here." in browser.get("/inbox/")
    assert "no text may be sent to them" in browser.post("/inbox/1/answer", {"body": "But"})
    assert not rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "answer")
