"""How often a key may call, what becomes of wrong keys, hosts and addresses, and what is kept how long."""

import hashlib
import json
from datetime import timedelta
from typing import cast

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from coach.database.api_tables import ApiRequest
from coach.database.tables import AttemptCount
from coach.privacy.retention import clear
from coach.runtime import Runtime
from coach.web.app import create_app
from coach.web.gunicorn_worker import InTurn
from tests.coach.api.calling import PROBLEM, System, system
from tests.coach.api.test_enrolling import ANA
from tests.coach.web.coaches import sign_in
from tests.support import TestClock, enrol, person, rows


def slow(runtime: Runtime, calls: int) -> Runtime:
    """An installation where a key may call so often a minute."""
    settings = runtime.settings.model_copy(update={"api_per_minute": calls})
    return Runtime(settings, runtime.engine, runtime.catalogue, runtime.keys, runtime.gateway, runtime.now)


def test_a_key_that_calls_too_often_is_told_when_to_come_again_and_others_are_not(lone: Runtime) -> None:
    app = create_app(slow(lone, 3))
    first, second = system(app, lone), system(app, lone)
    for _ in range(3):
        first.get("/participants")
    response = first.raw("GET", "/participants")
    assert (response.status_code, response.content_type) == (429, PROBLEM)
    assert 1 <= int(response.headers["Retry-After"]) <= 61
    second.get("/participants")


def test_wrong_keys_from_one_place_are_refused_after_a_while_and_right_ones_still_open(lone: Runtime) -> None:
    app = create_app(lone)
    right = system(app, lone)
    statuses = [System(app, f"rls_{number}").raw("GET", "/participants").status_code for number in range(62)]
    assert statuses == [401] * 60 + [429] * 2
    right.get("/participants")
    assert "rls_" not in repr(rows(lone.engine, AttemptCount))


def test_who_comes_while_very_many_wait_is_told_in_the_same_form(lone_caller: System) -> None:
    crowded = InTurn(lone_caller.app, most_pages=0)
    told, status, headers = run_wsgi_app(crowded, create_environ("/api/v1/participants"))
    problem = json.loads(b"".join(told))
    assert (status, headers["Content-Type"], headers["Retry-After"]) == ("429 Too Many Requests", PROBLEM, "5")
    assert (problem["status"], set(problem)) == (429, {"type", "title", "status", "detail", "errors"})


@pytest.mark.parametrize("path", ["/api/v1/participants", "/sign-in"])
def test_a_length_that_is_no_number_is_refused_in_a_sentence(lone_caller: System, path: str) -> None:
    asked = create_environ(path, method="POST") | {"CONTENT_LENGTH": "12abc"}
    told, status, headers = run_wsgi_app(InTurn(lone_caller.app, most_pages=5), asked)
    assert (status, b"Content-Length" in b"".join(told)) == ("400 Bad Request", True)
    assert headers["Content-Type"] == (PROBLEM if path.startswith("/api/") else "text/plain")


def test_a_foreign_host_is_refused_as_a_problem(lone_caller: System) -> None:
    response = lone_caller.raw("GET", "/participants", headers={"Host": "elsewhere.example"})
    assert (response.status_code, response.content_type) == (400, PROBLEM)


def test_a_sign_in_opens_nothing_without_a_key(lone: Runtime) -> None:
    browser = sign_in(create_app(lone), lone, "admin")
    assert browser.client.get("/api/v1/participants").status_code == 401
    assert browser.client.post("/api/v1/participants", json=ANA).status_code == 401


def test_every_answer_has_the_strict_headers_and_no_cache_keeps_it(lone_caller: System) -> None:
    headers = lone_caller.raw("GET", "/participants").headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_what_was_asked_under_a_key_is_forgotten_after_a_week(lone: Runtime, lone_caller: System) -> None:
    lone_caller.post("/participants", ANA, status=201, headers={"Idempotency-Key": "visit-17"})
    for days, left in ((6, 1), (2, 0)):
        cast(TestClock, lone.now).shows += timedelta(days=days)
        list(clear(lone.engine, False, lone.now()))
        assert len(rows(lone.engine, ApiRequest)) == left


def test_what_another_system_calls_its_request_is_kept_as_a_keyed_hash(lone: Runtime, lone_caller: System) -> None:
    name = "jane-roe-1970"
    lone_caller.post("/participants", ANA, status=201, headers={"Idempotency-Key": name})
    [kept] = rows(lone.engine, ApiRequest)
    assert name not in repr(kept)
    assert kept.name_hash != hashlib.sha256(name.encode()).hexdigest()[:32]


def test_an_admin_sees_the_keys_of_their_clinic_and_revokes_one(lone: Runtime) -> None:
    app = create_app(lone)
    [id] = enrol(lone, person())
    ours, _ = system(app, lone), system(app, lone, clinic="Other")
    ours.get(f"/participants/{id}")
    admin = sign_in(app, lone, "admin")
    page = admin.get("/admin/")
    assert "1 Clinic enrol, read, events 2 Mar 2026 Revoke" in page
    assert "Other enrol" not in page
    assert "Key 1 was revoked." in admin.post("/admin/api-keys/1/revoke")
    ours.get(f"/participants/{id}", status=401)
    admin.post("/admin/api-keys/2/revoke", status=404)


def test_who_is_no_admin_revokes_nothing(lone: Runtime) -> None:
    app: Flask = create_app(lone)
    ours = system(app, lone)
    sign_in(app, lone, "lead").post("/admin/api-keys/1/revoke", status=403)
    ours.get("/participants")
