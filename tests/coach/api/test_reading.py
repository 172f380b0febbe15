"""Another system reads participants, nights, weeks and decisions: its clinic's, a page at a time, and as elsewhere."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask

from coach.database.tables import WeeklySummary
from coach.export.decisions_csv import COLUMNS
from coach.runtime import Runtime
from coach.summaries.compute import stored_batches
from coach.summaries.formats import as_json
from schedules.database.tables.evenings import Decision
from tests.coach.api.calling import System, system
from tests.support import TestClock, enrol, person, rows, say, tick


def live(runtime: Runtime, evenings: int, people: dict[int, list[str | None]]) -> None:
    """Evenings at which everyone is asked and some answer."""
    clock = cast(TestClock, runtime.now)
    for evening in range(evenings):
        clock.shows = datetime(2026, 3, 3 + evening, 1, 30, tzinfo=UTC)
        tick(runtime)
        for number, answers in people.items():
            if answer := answers[evening]:
                say(runtime, person(number)["phone"], answer)


def test_pages_lead_through_everyone_once(caller: System, runtime: Runtime) -> None:
    ids = enrol(runtime, *(person(number) for number in range(1, 8)))
    found: list[Any] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = caller.get(f"/participants?limit=3&cursor={cursor}")
        assert len(page["participants"]) <= 3
        found += [one["id"] for one in page["participants"]]
        cursor = page["next_cursor"]
    assert found == ids


def test_only_who_changed_since_is_listed(caller: System, runtime: Runtime) -> None:
    first, second, third = enrol(runtime, *(person(number) for number in (1, 2, 3)))
    assert len(caller.get("/participants?updated_since=2026-03-02T15:00:00Z")["participants"]) == 3
    caller.call("PATCH", f"/participants/{second}", {"language": "es"})
    say(runtime, person(3)["phone"], "STOP")
    changed = caller.get(f"/participants?updated_since={_after(runtime)}")["participants"]
    assert [one["id"] for one in changed] == [second, third]
    assert caller.get(f"/participants/{first}")["updated_at"] == caller.get(f"/participants/{first}")["created_at"]


def _after(runtime: Runtime) -> str:
    return f"{runtime.now() + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"


def test_an_evening_that_passes_is_no_change(caller: System, runtime: Runtime) -> None:
    enrol(runtime, person(1))
    live(runtime, 2, {})
    assert caller.get("/participants?updated_since=2026-03-02T15:01:00Z")["participants"] == []


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=501", "limit=x", "limit=", "limit=1&limit=2", "cursor=x", "cursor=-1", "cursor=9999999999"),
        *("updated_since=yesterday", "updated_since=2026-03-02", "updated_since=2026-02-30T00:00:00Z", "sort=name"),
        *("updated_since=2026-03-02T10:00:00", "updated_since=1", "updated_since=", "cursor=%00", "limit=%F0%9F%98%80"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_its_name(lone_caller: System, query: str) -> None:
    assert list(lone_caller.wrong_fields("GET", f"/participants?{query}")) == [query.partition("=")[0]]


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "1900-01-01T00:00:00Z"])
def test_any_instant_of_the_calendar_may_be_asked_for(caller: System, since: str) -> None:
    caller.get(f"/participants?updated_since={since}")
    caller.get(f"/decisions?since={since}")


def test_what_has_not_changed_is_not_sent_again(caller: System, runtime: Runtime) -> None:
    [id] = enrol(runtime, person(1))
    etag = caller.raw("GET", f"/participants/{id}").headers["ETag"]
    again = caller.raw("GET", f"/participants/{id}", headers={"If-None-Match": etag})
    assert (again.status_code, again.get_data()) == (304, b"")
    caller.post(f"/participants/{id}/pause", {"evenings": 2})
    assert caller.raw("GET", f"/participants/{id}", headers={"If-None-Match": etag}).status_code == 200


def test_nights_are_the_dates_of_the_participants_page(caller: System, runtime: Runtime) -> None:
    [id] = enrol(runtime, person(1))
    live(runtime, 3, {1: [None, "4 yes", "2"]})
    nights = caller.get(f"/participants/{id}/nights")["nights"]
    assert [one["asked_on"] for one in nights] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert [one["score"] for one in nights][1:] == [4, 2]
    assert (nights[1]["night_on"], nights[1]["state"]) == ("2026-03-02", "done")
    assert len(caller.get(f"/participants/{id}/nights?days=1")["nights"]) == 1


def test_a_week_is_what_the_command_prints_and_is_not_stored(caller: System, runtime: Runtime) -> None:
    enrol(runtime, person(1), person(2))
    live(runtime, 5, {1: [None, "4 yes", None, "6 no", "3"], 2: ["5"] * 5})
    told = caller.get("/summaries/2026-W10")
    assert rows(runtime.engine, WeeklySummary) == []
    printed = [one for batch, _ in stored_batches(runtime.engine, "2026-W10", runtime.now()) for one in batch]
    assert told == json.loads(json.dumps(as_json("2026-W10", printed)))
    assert told["totals"]["answered"] > 0


@pytest.mark.parametrize("week", ["2026-W54", "2027-W53", "2026-W00", "W10", "2026-10", "0001-W01", "9999-W52", "x"])
def test_a_week_that_is_none_is_unknown(lone_caller: System, week: str) -> None:
    lone_caller.get(f"/summaries/{week}", status=404)


def test_a_week_holds_ones_own_clinic_only(app: Flask, caller: System, runtime: Runtime) -> None:
    [ours] = enrol(runtime, person(1))
    enrol(runtime, person(2), clinic="Other")
    assert [one["id"] for one in caller.get("/summaries/2026-W10")["participants"]] == [ours]


def test_decisions_come_in_order_with_the_fields_of_the_file_and_their_outcomes(
    app: Flask, caller: System, runtime: Runtime
) -> None:
    enrol(runtime, person(1), person(2))
    live(runtime, 4, {1: [None, "4 yes", "6 no", "3 yes"], 2: [None, "5 yes", None, None]})
    found: list[Any] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = caller.get(f"/decisions?limit=3&cursor={cursor}")
        found += page["decisions"]
        cursor = page["next_cursor"]
    assert [one["decision_id"] for one in found] == [row.id for row in rows(runtime.engine, Decision)]
    assert set(found[0]) == set(COLUMNS)
    assert 4 in [one["outcome_score"] for one in found]
    assert True in [one["habit"] for one in found]
    since = caller.get("/decisions?since=2026-03-05T00:00:00Z")["decisions"]
    assert since == [one for one in found if one["decided_at"] >= "2026-03-05"]
    assert 0 < len(since) < len(found)
    assert system(app, runtime, clinic="Other").get("/decisions") == {"decisions": [], "next_cursor": None}
