"""Who may call: keys, their scopes and clinics, and what becomes of every other call."""

import pytest
from flask import Flask
from sqlalchemy import select

from coach.accounts.scope import clinics_of
from coach.api.keys import list_keys, revoke_key
from coach.database.api_tables import ApiKey
from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import read_transaction, write_transaction
from tests.coach.api.calling import PROBLEM, System, key_of, system
from tests.support import enrol, person, rows


def test_a_key_opens_its_own_clinic(caller: System, runtime: Runtime) -> None:
    [id] = enrol(runtime, person())
    assert caller.get(f"/participants/{id}")["status"] == "active"


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer rls_wrong", "Basic eDp5", "Bearer \xff", "rls_wrong"])
def test_without_a_key_that_holds_nothing_opens(lone: Runtime, given: str | None) -> None:
    [id] = enrol(lone, person())
    headers = {} if given is None else {"Authorization": given}
    response = create_app(lone).test_client().get(f"/api/v1/participants/{id}", headers=headers)
    assert (response.status_code, response.content_type) == (401, PROBLEM)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_does_only_what_its_scopes_say(app: Flask, runtime: Runtime) -> None:
    [id] = enrol(runtime, person())
    told = system(app, runtime, scopes=("events",)).get(f"/participants/{id}", status=403)
    assert "'read'" in told["detail"]


def test_another_clinics_participant_looks_like_an_unknown_one(app: Flask, runtime: Runtime) -> None:
    [id] = enrol(runtime, person(), clinic="Other")
    ours = system(app, runtime)
    told, unknown = ours.get(f"/participants/{id}", status=404), ours.get("/participants/777", status=404)
    assert told["detail"].replace(str(id), "777") == unknown["detail"]


@pytest.mark.parametrize("id", ["0", "-1", "x", "1.0", "99999999999", "%00", "1%20or%201", "’"])
def test_an_id_that_nobody_can_have_is_unknown(lone_caller: System, id: str) -> None:
    lone_caller.get(f"/participants/{id}", status=404)


def test_a_revoked_key_opens_nothing_from_then_on(app: Flask, runtime: Runtime, caller: System) -> None:
    [id] = enrol(runtime, person())
    caller.get(f"/participants/{id}")
    with write_transaction(runtime.engine) as connection:
        assert revoke_key(connection, 1, "command line", runtime.now())
        assert not revoke_key(connection, 1, "command line", runtime.now())
    caller.get(f"/participants/{id}", status=401)


def test_the_key_itself_is_kept_nowhere(runtime: Runtime) -> None:
    key = key_of(runtime)
    [row] = rows(runtime.engine, ApiKey)
    assert key not in repr(row)
    assert key.removeprefix("rls_") not in repr(rows(runtime.engine, AuditEvent))


def test_the_log_says_which_key_looked_at_whom_and_which_was_refused(app: Flask, runtime: Runtime) -> None:
    [id] = enrol(runtime, person())
    system(app, runtime).get(f"/participants/{id}")
    system(app, runtime, scopes=("events",)).get(f"/participants/{id}", status=403)
    about = rows(runtime.engine, AuditEvent, AuditEvent.subject == f"participant {id}")
    assert [(row.actor, row.action) for row in about] == [("API key 1", "viewed"), ("API key 2", "was refused")]


def test_a_list_of_keys_shows_a_clinic_only_its_own_and_when_they_were_used(app: Flask, runtime: Runtime) -> None:
    system(app, runtime, clinic="Other")
    system(app, runtime).get("/participants/1", status=404)
    with read_transaction(runtime.engine) as connection:
        [clinic_id] = connection.execute(select(ApiKey.clinic_id).where(ApiKey.id == 2)).scalars()
        [mine] = list_keys(connection, clinics_of("lead", clinic_id))
        assert (mine.id, mine.last_used_on) == (2, runtime.now().date())
        assert [key.last_used_on for key in list_keys(connection) if key.id == 1] == [None]
    with pytest.raises(LookupError), write_transaction(runtime.engine) as connection:
        revoke_key(connection, 1, "lead@example.org", runtime.now(), clinics_of("lead", clinic_id))


def test_what_is_no_address_and_no_method_of_ours_is_a_problem_too(app: Flask, caller: System) -> None:
    caller.get("/nothing", status=404)
    caller.get("", status=404)
    response = caller.raw("DELETE", "/participants/1")
    assert (response.status_code, response.content_type) == (405, PROBLEM)
    assert response.headers["Allow"] == "GET, HEAD, PATCH"


def test_no_answer_sets_a_cookie(caller: System) -> None:
    for path in ("/participants/1", "/openapi.json", "/nothing"):
        assert "Set-Cookie" not in caller.raw("GET", path).headers
