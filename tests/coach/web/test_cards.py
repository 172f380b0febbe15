"""The inbox as cards: one a person, the most urgent first; closed, assigned and searched as one."""

import re

from flask import Flask

from coach.database.tables import AuditEvent, InboundReply
from coach.inbox.searching import fold
from coach.runtime import Runtime
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.safety import Flag
from tests.coach.web.coaches import Browser, sign_in
from tests.coach.web.evenings import GEORGE, MARIA
from tests.support import TestClock, enrol, person, rows, say

STRANGER = "+14155559999"


def cards(browser: Browser, path: str = "/inbox/") -> list[str]:
    return re.findall(r'<article class="reply card"\s+id="card-(\w+)"', browser.html(path))


def chatty(app: Flask, runtime: Runtime, clock: TestClock) -> Browser:
    """Maria asks three things, George one that is for a clinician."""
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    browser = sign_in(app, runtime)
    for question in (
        "do you know a good foot roller?",
        "can my sister get these texts too?",
        "and what time do you close?",
    ):
        say(runtime, MARIA, question)
        clock.forward(minutes=15)
    say(runtime, GEORGE, "can I take magnesium with ropinirole?")
    return browser


def test_a_person_has_one_card_with_all_that_waits_and_the_urgent_comes_first(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = chatty(app, runtime, clock)
    assert cards(browser) == ["2", "1"]
    inbox = browser.get("/inbox/")
    assert "3 texts are waiting" in inbox
    for question in ("do you know a good foot roller?", "can my sister", "what time do you close?"):
        assert question in inbox
    assert cards(browser, "/inbox/?kind=medical") == ["2"]
    assert cards(browser, "/inbox/?kind=other") == ["1"]
    assert "Nothing here matches this filter" in browser.get("/inbox/?kind=crisis")


def test_all_of_one_person_is_closed_at_once_and_taken_back_for_a_minute(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = chatty(app, runtime, clock)
    last = rows(runtime.engine, InboundReply)[2].id
    assert "Closed all 3 texts of this person." in browser.post(f"/inbox/{last}/close", {"seen": str(last)})
    assert cards(browser) == ["2"]
    clock.forward(seconds=50)
    assert "It is back in the inbox." in browser.post(f"/inbox/{last}/undo")
    assert cards(browser) == ["2", "1"]
    assert "3 texts are waiting" in browser.get("/inbox/")
    browser.post(f"/inbox/{last}/close", {"seen": str(last)})
    clock.forward(seconds=61)
    assert "for a minute only" in browser.post(f"/inbox/{last}/undo")
    assert cards(browser) == ["2"]


def test_closing_and_taking_it_back_goes_for_a_medical_flag_too(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = chatty(app, runtime, clock)
    last = rows(runtime.engine, InboundReply)[3].id
    browser.post(f"/inbox/{last}/close", {"seen": str(last)})
    assert rows(runtime.engine, Flag)[0].acknowledged_at is not None
    browser.post(f"/inbox/{last}/undo")
    assert rows(runtime.engine, Flag)[0].acknowledged_at is None


def test_an_answer_closes_what_was_read_and_leads_to_the_next_card(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = chatty(app, runtime, clock)
    last = rows(runtime.engine, InboundReply)[2].id
    page = browser.html("/inbox/")
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    form = {"csrf_token": token, "body": "We are three people.", "seen": str(last), "card": "1", "next": "2"}
    answer = browser.client.post(f"/inbox/{last}/answer?folder=open&kind=other", data=form)
    assert answer.headers["Location"] == "/inbox/?folder=open&kind=other#card-2"
    assert cards(browser) == ["2"]
    assert len(rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "answer")) == 1
    assert all(reply.closed_at for reply in rows(runtime.engine, InboundReply)[:3])


def test_it_is_said_when_an_answer_leaves_later(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    clock.shows = clock.shows.replace(hour=4)  # 23:00 in New York
    say(runtime, MARIA, "do you know a good foot roller?")
    clock.forward(hours=2)
    said = browser.post("/inbox/1/answer", {"body": "Yes, I am."})
    assert "Your answer will leave" in said
    assert "on its way" not in said


def test_a_colleague_who_may_see_them_gets_all_of_a_persons_texts(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    browser = chatty(app, runtime, clock)
    lead = sign_in(app, runtime, "lead")
    stranger = sign_in(app, runtime, email="stranger@example.org")
    last = rows(runtime.engine, InboundReply)[2].id
    assert "Choose a colleague from the list" in browser.post(f"/inbox/{last}/assign", {"coach": stranger.email})
    assert "Assigned to lead@example.org." in browser.post(f"/inbox/{last}/assign", {"coach": lead.email})
    assert "lead@example.org is answering this" in browser.get("/inbox/")
    assert cards(lead, "/inbox/?owner=mine") == ["1"]
    assert cards(lead, "/inbox/?owner=nobody") == ["2"]
    assert {"claimed", "assigned"} & {event.action for event in rows(runtime.engine, AuditEvent)} == {"assigned"}


def test_numbers_that_are_nobodys_have_a_folder_for_leads(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = chatty(app, runtime, clock)
    lead = sign_in(app, runtime, "lead")
    say(runtime, STRANGER, "hello who is this?")
    say(runtime, STRANGER, "I want to die")
    assert cards(lead) == ["2", "1"]
    assert "Unknown numbers" in lead.get("/inbox/")
    assert "I want to die" in lead.get("/inbox/?folder=unknown")
    assert len(cards(lead, "/inbox/?folder=unknown")) == 1
    assert "Unknown numbers" not in browser.get("/inbox/")
    browser.get("/inbox/?folder=unknown", 404)


def test_words_are_found_whatever_their_case_and_accents(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    browser = chatty(app, runtime, clock)
    for sought in ("ropinirole", "ROPINIROLE", "Rópin"):
        found = browser.get(f"/inbox/search?q={sought}")
        assert "1 text with" in found
        assert "George 2 can I take magnesium with" in found
    assert "Searched the latest 4 texts" in found
    assert "No text has these words" in browser.get("/inbox/search?q=gabapentin")
    assert "Type a word" in browser.get("/inbox/search")


def test_a_search_finds_nothing_of_other_peoples(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    chatty(app, runtime, clock)
    for other in (sign_in(app, runtime, email="new@example.org"), sign_in(app, runtime, "lead", clinic="Other")):
        assert "No text has these words" in other.get("/inbox/search?q=ropinirole")


def test_folding_keeps_every_letter_in_its_place() -> None:
    for text in ("Ñandú", "ÇA VA?", "İstanbul", "ﬁn", "ß", "🦵 legs", "a\u0301b"):
        assert len(fold(text)) == len(text), text
