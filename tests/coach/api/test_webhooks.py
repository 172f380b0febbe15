"""Other systems add, see and remove their own webhooks, and are told what they ask for."""

from typing import Any

import pytest
from flask import Flask

from coach.database.tables import AuditEvent
from coach.events.endpoints import AT_MOST
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.tables.events import WebhookEvent
from schedules.events.record import TYPES
from tests.coach.api.calling import System, system
from tests.coach.events.receiving import NOWHERE, deliver, receiver
from tests.support import enrol, person, rows, settings_for

URL = "https://records.example.org/hook"


def test_what_a_system_asked_for_arrives_signed_with_the_secret_it_got(caller: System, runtime: Runtime) -> None:
    with receiver() as hook:
        added = caller.post("/webhooks", {"url": hook.url, "types": ["participant.confirmed"]}, status=201)
        assert added.keys() == {"id", "secret"}
        [id] = enrol(runtime, person(1))
        deliver(runtime)
    [one] = hook.got
    assert one.is_signed_with(added["secret"])
    assert one.told == {
        "type": "participant.confirmed",
        "timestamp": "2026-03-02T15:00:00Z",
        "data": {"participant": id},
    }
    shown = caller.get(f"/webhooks/{added['id']}")
    assert {name: shown[name] for name in ("url", "types", "waiting", "failed", "trouble")} == {
        **{"url": hook.url, "types": ["participant.confirmed"]},
        **{"waiting": 0, "failed": 0, "trouble": None},
    }
    assert caller.get("/webhooks") == {"webhooks": [shown]}


def test_enrolling_confirming_and_stopping_by_the_interface_are_told_too(caller: System, runtime: Runtime) -> None:
    caller.post("/webhooks", {"url": NOWHERE}, status=201)
    consent = {"consent_source": "paper form", "consent_at": "2026-01-02T10:00:00Z"}
    new = {"phone": "+14155550134", "time_zone": "America/New_York", **consent, "confirmed": True}
    id = caller.post("/participants", new, status=201)["id"]
    caller.post(f"/participants/{id}/stop", {"reason": "asked on the phone"})
    told = [(one.type, one.participant_id) for one in rows(runtime.engine, WebhookEvent)]
    assert told == [(f"participant.{what}", id) for what in ("enrolled", "confirmed", "stopped")]


def test_where_no_type_is_named_everything_is_told(caller: System) -> None:
    for body in ({"url": URL}, {"url": URL, "types": []}):
        id = caller.post("/webhooks", body, status=201)["id"]
        assert caller.get(f"/webhooks/{id}")["types"] == list(TYPES)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "records"}, "url"),
        ({"url": "http://records.example.org/"}, "url"),
        ({"url": 7}, "url"),
        ({"url": URL, "types": ["night.unknown"]}, "types"),
        ({"url": URL, "types": "night.known"}, "types"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_what_cannot_be_told_is_refused_by_field(caller: System, runtime: Runtime, body: Any, field: str) -> None:
    assert list(caller.wrong_fields("POST", "/webhooks", body)) == [field]
    assert caller.get("/webhooks") == {"webhooks": []}


def test_in_production_no_private_network_and_nothing_unencrypted_is_told(runtime: Runtime) -> None:
    twilio = {"twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": "1", "twilio_from_number": "+15005550006"}
    settings = settings_for(str(runtime.settings.database_url), **twilio)
    production = Runtime(settings, runtime.engine, runtime.catalogue, runtime.keys, runtime.gateway, runtime.now)
    caller = system(create_app(production), production)
    for url in (NOWHERE, "https://10.0.0.1/hook", "https://localhost/hook", "https://169.254.169.254/latest"):
        assert list(caller.wrong_fields("POST", "/webhooks", {"url": url})) == ["url"]


def test_an_eleventh_is_refused_and_has_room_once_another_is_removed(caller: System, runtime: Runtime) -> None:
    first = caller.post("/webhooks", {"url": URL}, status=201)["id"]
    for _ in range(AT_MOST - 1):
        caller.post("/webhooks", {"url": URL}, status=201)
    assert "remove one first" in caller.post("/webhooks", {"url": URL}, status=409)["detail"]
    assert caller.raw("DELETE", f"/webhooks/{first}").status_code == 204
    caller.call("DELETE", f"/webhooks/{first}", status=404)
    caller.get(f"/webhooks/{first}", status=404)
    caller.post("/webhooks", {"url": URL}, status=201)
    [removed] = rows(runtime.engine, AuditEvent, AuditEvent.action == "removed")
    assert removed.subject == f"webhook {first}"
    assert removed.actor.startswith("API key")


def test_another_clinics_webhooks_and_a_key_without_the_scope_lead_nowhere(
    caller: System, app: Flask, runtime: Runtime
) -> None:
    id = caller.post("/webhooks", {"url": URL}, status=201)["id"]
    other = system(app, runtime, clinic="Another clinic")
    assert other.get("/webhooks") == {"webhooks": []}
    other.get(f"/webhooks/{id}", status=404)
    other.call("DELETE", f"/webhooks/{id}", status=404)
    reader = system(app, runtime, scopes=("read", "enrol"))
    reader.get("/webhooks", status=403)
    reader.post("/webhooks", {"url": URL}, status=403)
    reader.call("DELETE", f"/webhooks/{id}", status=403)
    caller.get(f"/webhooks/{id}")
