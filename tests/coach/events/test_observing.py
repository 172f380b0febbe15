"""Operators and leads see which systems take their events, and can send them again."""

import json
import re

import pytest
from flask import Flask

from coach.database.tables import AuditEvent
from coach.events.health import describe_failing
from coach.operations.diagnosis.events import check_endpoints
from coach.operations.facts import DatabaseFacts, Facts
from coach.operations.measures import measure
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import read_transaction
from schedules.database.tables.events import WebhookEvent
from tests.coach.events.receiving import NOWHERE, deliver, listen, receiver
from tests.coach.web.coaches import sign_in
from tests.commands import environment, run
from tests.support import BEARER, TestClock, enrol, person, rows


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


def doctor_says(runtime: Runtime) -> list[tuple[str, str]]:
    with read_transaction(runtime.engine) as connection:
        failing, endpoints = describe_failing(connection, runtime.now())
    database = DatabaseFacts(endpoints=endpoints, endpoints_failing=failing)
    return [(one.level, one.says) for one in check_endpoints(Facts(runtime.now(), database=database))]


def test_a_system_that_fails_for_ten_minutes_is_in_the_metrics_and_fails_the_doctor(
    runtime: Runtime, app: Flask, clock: TestClock
) -> None:
    assert doctor_says(runtime) == []
    listen(runtime, NOWHERE, "participant.confirmed")
    enrol(runtime, person(1), person(2))
    deliver(runtime)
    assert [level for level, _ in doctor_says(runtime)] == ["ok"], "a short failure is nobody's business"
    clock.forward(minutes=11)
    [(level, says)] = doctor_says(runtime)
    assert level == "failed"
    assert "Webhook 1 of Clinic (127.0.0.1) has failed since 2026-03-02 15:00 UTC: connection refused." in says
    assert "2 events wait, 0 were given up" in says
    told = app.test_client().get("/metrics", headers=BEARER).get_data(as_text=True)
    assert "coach_event_endpoints_failing 1.0" in told
    assert "coach_events_waiting 2.0" in told
    assert "coach_events_age_seconds 660.0" in told
    clock.forward(days=4)
    deliver(runtime)
    with read_transaction(runtime.engine) as connection:
        found = measure(connection, clock())
    assert (found.events_waiting, found.events_given_up) == (1, 1)


def test_a_lead_sees_what_failed_and_sends_it_again(runtime: Runtime, app: Flask, clock: TestClock) -> None:
    lead = sign_in(app, runtime, "lead")
    assert "No system is told anything yet" in lead.get("/events/")
    with receiver() as hook:
        hook.status = 500
        id, _ = listen(runtime, hook.url, "participant.confirmed")
        [participant] = enrol(runtime, person(1))
        deliver(runtime)
        clock.forward(days=4)
        deliver(runtime)
        page = lead.get("/events/")
        assert "127.0.0.1 (1)" in page
        assert "Failing HTTP 500" in page
        assert "Given up HTTP 500" in page
        assert "of=clinic" not in lead.html("/events/"), "the address may hold a secret of the receiver's"
        assert f'href="/participants/{participant}"' in lead.html("/events/")
        hook.status = 204
        assert "1 event is sent again." in lead.post(f"/events/{id}/replay")
        assert deliver(runtime) == 1
    page = lead.get("/events/")
    assert "received" in page
    assert "Good" in page
    assert "Given up HTTP" not in page
    replayed = [
        (one.actor, one.subject, one.detail) for one in rows(runtime.engine, AuditEvent) if one.action == "replayed"
    ]
    assert replayed == [("lead@example.org", "webhook 1", {"events": 1})]


def test_another_clinics_systems_are_neither_shown_nor_replayed_and_coaches_have_no_such_page(
    runtime: Runtime, app: Flask
) -> None:
    id, _ = listen(runtime, NOWHERE, clinic="Another clinic")
    enrol(runtime, person(1), clinic="Another clinic")
    lead = sign_in(app, runtime, "lead")
    assert "No system is told anything yet" in lead.get("/events/")
    lead.post(f"/events/{id}/replay", status=404)
    admin = sign_in(app, runtime, "admin", clinic="Another clinic")
    assert "Another clinic" in admin.get("/events/")
    for role in ("coach", "researcher"):
        other = sign_in(app, runtime, role, clinic="Another clinic")
        other.get("/events/", status=403)
        other.post(f"/events/{id}/replay", status=403)
        assert "Other systems" not in other.get("/" if role == "coach" else "/effects/")


def test_the_commands_add_list_replay_and_remove(database_url: str, runtime: Runtime) -> None:
    given = environment(database_url)

    def webhooks(*arguments: str) -> tuple[int, str, str]:
        done = run(("webhooks", *arguments), given)
        return done.returncode, done.stdout, done.stderr

    code, out, _ = webhooks("add", NOWHERE, "--clinic", "Clinic", "--type", "participant.confirmed", "--json")
    added = json.loads(out)
    assert (code, added["id"]) == (0, 1)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", added["secret"])
    enrol(runtime, person(1))
    [listed] = json.loads(webhooks("list", "--json")[1])
    assert {name: listed[name] for name in ("id", "clinic", "url", "types", "waiting", "failed")} == {
        **{"id": 1, "clinic": "Clinic", "url": NOWHERE, "types": ["participant.confirmed"]},
        **{"waiting": 1, "failed": 0},
    }
    assert added["secret"] not in str(listed)
    assert run(("tick", "--json"), given).returncode == 0
    assert rows(runtime.engine, WebhookEvent)[0].trouble == "connection refused"
    assert webhooks("replay", "1") == (0, "1 event is sent again.\n", "")
    assert webhooks("remove", "1")[0] == 0
    for refused in (
        ("remove", "1"),
        ("replay", "1"),
        ("replay", "1", "--since", "soon"),
        ("add", "x", "--clinic", "C"),
    ):
        code, out, problem = webhooks(*refused)
        assert (code, out) == (2, "")
        assert problem.strip()
    assert json.loads(webhooks("list", "--json")[1]) == []
