"""The weekly summary and the library: counts beside every rate, and what a clinic changes."""

import csv
import io
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import QueuePool, update

import coach.summaries.as_of as as_of
from coach.database.tables import AuditEvent, WeeklySummary
from coach.runtime import Runtime
from coach.summaries.compute import stored_batches
from coach.summaries.formats import week_in_words
from schedules.database.engine import read_transaction, write_transaction
from schedules.planning.clinic_library import load_own_texts, switched_off
from schedules.planning.text_reviews import record_review
from tests.coach.web.coaches import sign_in
from tests.coach.web.evenings import GEORGE, evenings
from tests.support import TestClock, enrol, person, rows, tick


def test_a_week_that_is_not_computed_yet_says_when_it_will_be(app: Flask, runtime: Runtime) -> None:
    browser = sign_in(app, runtime)
    page = browser.get("/summary/")
    assert "No summary for this week yet" in page
    assert "The next one is due Mon 9 Mar" in page
    browser.get("/summary/?week=2026-W99", 404)
    browser.get("/summary/?week=rubbish", 404)


def test_a_week_is_worst_first_with_counts_beside_every_rate(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"), person(2, first_name="George"))
    browser = sign_in(app, runtime, "lead")
    sign_in(app, runtime)
    evenings(runtime, clock, 6, "4 yes", GEORGE)
    list(stored_batches(runtime.engine, "2026-W10", clock()))
    page = browser.get("/summary/?week=2026-W10")
    assert page.index("Maria") < page.index("George")
    assert "100% (6 of 6)" in page
    assert "0% (0 of 6)" in page
    assert "not enough nights (0 of 5)" in page
    assert "6 of 12 answered" in page
    list(stored_batches(runtime.engine, "2026-W11", clock()))
    later = browser.get("/summary/?week=2026-W11")
    assert "legs 4.0 (6), 5 of 5 steps" in later, "the week before stands in its column"
    assert "none asked" in later
    assert "Mar 9–15, 2026" in later
    assert "2026-W" not in later, "weeks are named by their dates"
    assert browser.html("/summary/?week=2026-W10").count('class="bar"') == 4, "two for each person"


def test_no_transaction_is_open_while_the_file_of_a_week_is_sent(
    app: Flask, runtime: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(as_of, "AT_ONCE", 2)
    enrol(runtime, *(person(number) for number in range(1, 6)))
    browser = sign_in(app, runtime, "lead")
    evenings(runtime, clock, 6)
    list(stored_batches(runtime.engine, "2026-W10", clock()))
    answer = browser.client.get("/summary/summary.csv?week=2026-W10", buffered=False)
    parts, pool = [], runtime.engine.pool
    assert isinstance(pool, QueuePool)
    for part in answer.response:
        assert pool.checkedout() == 0
        parts.append(part.decode() if isinstance(part, bytes) else part)
    assert len(parts) == 4, "the heading, then two people at a time"
    file = csv.DictReader(io.StringIO("".join(parts)))
    assert [row["id"] for row in file] == ["1", "2", "3", "4", "5"]


def test_a_calm_week_claims_no_more_than_its_answers_say(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 6)
    list(stored_batches(runtime.engine, "2026-W10", clock()))
    page = browser.get("/summary/?week=2026-W10")
    assert "No flags, no long silence" in page
    assert "obody" not in page.partition("RLS Coach is not medical care")[0]


@pytest.mark.parametrize(
    ("week", "words"), [("2026-W47", "Nov 16–22"), ("2026-W49", "Nov 30–Dec 6"), ("2026-W53", "Dec 28–Jan 3")]
)
def test_a_week_is_named_by_its_dates(week: str, words: str) -> None:
    assert week_in_words(week) == words


def test_the_newest_version_of_a_summary_counts(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 6)
    list(stored_batches(runtime.engine, "2026-W10", clock()))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(WeeklySummary).values(done=0, status="slipping"))
    list(stored_batches(runtime.engine, "2026-W10", clock()))
    assert len(rows(runtime.engine, WeeklySummary)) == 2
    page = browser.get("/summary/?week=2026-W10")
    assert "Slipping" not in page
    assert "1 participant" in page


def test_the_file_has_ids_and_counts_and_is_recorded(app: Flask, runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, first_name="=Maria"))
    browser = sign_in(app, runtime)
    evenings(runtime, clock, 6)
    list(stored_batches(runtime.engine, "2026-W10", clock()))
    text = browser.client.get("/summary/summary.csv?week=2026-W10").get_data(as_text=True)
    [line] = csv.DictReader(io.StringIO(text))
    assert (line["id"], line["prompted"], line["done"]) == ("1", "6", "5")
    assert "Maria" not in text
    assert rows(runtime.engine, AuditEvent)[-1].action == "exported"


def test_a_strategy_switched_off_is_not_sent_from_the_next_decision(
    app: Flask, runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1))
    lead = sign_in(app, runtime, "lead")
    for id in list(runtime.catalogue.strategies)[1:]:
        lead.post(f"/library/{id}/switch", {"to": "off"})
    assert "leaves no strategy to send" in lead.post("/library/stretching/switch", {"to": "off"})
    with read_transaction(runtime.engine) as connection:
        assert len(switched_off(connection, 1)) == len(runtime.catalogue.strategies) - 1
    clock.forward(hours=10)
    tick(runtime)
    assert "Stretching" in lead.get("/participants/1").title()
    lead.post("/library/caffeine/switch", {"to": "on"})
    lead.post("/library/no-such-step/switch", {"to": "off"})
    with read_transaction(runtime.engine) as connection:
        assert len(switched_off(connection, 1)) == len(runtime.catalogue.strategies) - 2


def test_a_coach_reads_the_library_and_changes_nothing(app: Flask, runtime: Runtime) -> None:
    coach = sign_in(app, runtime)
    page = coach.get("/library/stretching")
    for said in (
        "Physical therapies",
        "stretching.1, version 2, 1 part, GSM-7",
        "not reviewed by a clinician",
        "Source: ",
    ):
        assert said in page
    assert "Turn off" not in coach.get("/library/")
    coach.post("/library/stretching/switch", {"to": "off"}, 403)
    coach.get("/library/no-such-step", 404)
    assert 'href="/library/messages/welcome"' in coach.html("/library/messages")
    assert "YES" in coach.get("/library/messages/welcome")
    assert len(coach.html("/library/messages")) < 60_000, "a list, not all texts"
    assert "988" in coach.get("/library/messages/crisis")
    coach.get("/library/messages/no-such-message", 404)


def test_the_library_says_who_of_the_clinic_has_reviewed_a_text(app: Flask, runtime: Runtime) -> None:
    coach = sign_in(app, runtime)
    with write_transaction(runtime.engine) as connection:
        text, on = ("stretching.1", "en"), date(2026, 2, 20)
        record_review(connection, 1, runtime.catalogue, text, "Ana Ruiz, RN", on, runtime.now())
    assert "reviewed by Ana Ruiz, RN of your clinic on 20 Feb 2026" in coach.get("/library/stretching")


def test_a_clinics_own_text_passes_the_same_review(app: Flask, runtime: Runtime) -> None:
    lead = sign_in(app, runtime, "lead")
    form = {"language": "en", "name": "pool-1", "body": "This cures your legs for sure."}
    assert "The text was not added" in lead.post("/library/stretching/texts", form, 400)
    good = form | {"body": "Stretch your calves on the bottom stair tonight. It may calm your legs. Up to you."}
    added = lead.post("/library/stretching/texts", good)
    assert "stretching.clinic-pool-1, version 1" in added
    assert "not for people with fall risk" in added
    removal = {"text_id": "stretching.clinic-pool-1", "language": "en"}
    assert "will no longer be sent" in lead.post("/library/stretching/remove", removal)
    with read_transaction(runtime.engine) as connection:
        assert not load_own_texts(connection, [1]).get(1)
    lead.post("/library/stretching/remove", removal, 404)
