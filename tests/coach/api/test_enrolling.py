"""Another system enrolls people: by the roster's rules, once each, and nobody who is there already is changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from coach.accounts.sign_ins import add_account
from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from tests.coach.api.calling import System, system
from tests.support import enrol, person, rows, say

ANA = {
    "phone": "(415) 555-0134",
    "time_zone": "America/Los_Angeles",
    "consent_source": "paper form",
    "consent_at": "2026-02-01T10:30:00Z",
}


def test_a_person_is_enrolled_and_welcomed_as_from_a_roster(caller: System, runtime: Runtime) -> None:
    told = caller.post("/participants", ANA | {"first_name": "Ana", "exclude": ["caffeine"]}, status=201)
    [row] = rows(runtime.engine, Participant)
    assert (told["id"], told["status"], told["exclude"]) == (row.id, "invited", ["caffeine"])
    assert (row.phone, row.first_name) == ("+14155550134", "Ana")
    assert [(one.kind, one.source) for one in rows(runtime.engine, ConsentEvent)] == [("given", "paper form")]
    assert [one.kind for one in rows(runtime.engine, OutboxMessage)] == ["welcome"]
    assert ("API key 1", "created") in [(one.actor, one.action) for one in rows(runtime.engine, AuditEvent)]
    assert caller.get(f"/participants/{row.id}") == {name: told[name] for name in told if name != "notes"}


def test_the_answer_says_where_the_person_is_found_and_nothing_of_their_number(caller: System) -> None:
    response = caller.raw("POST", "/participants", ANA)
    assert response.headers["Location"].endswith(f"/api/v1/participants/{response.get_json()['id']}")
    assert "5550134" not in response.get_data(as_text=True)


def test_someone_who_confirmed_elsewhere_starts_at_once(caller: System, runtime: Runtime) -> None:
    assert caller.post("/participants", ANA | {"confirmed": True}, status=201)["status"] == "active"
    assert rows(runtime.engine, OutboxMessage) == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("phone", "123", "phone number"),
        ("phone", "", "empty"),
        ("phone", " ", "empty"),
        ("phone", None, "string"),
        ("phone", 4155550134, "string"),
        ("time_zone", "EST", "America/New_York"),
        ("consent_at", "2027-01-01T00:00:00Z", "future"),
        ("consent_at", "yesterday", "date and time"),
        ("consent_source", "\u200b", "empty"),
        ("evening_time", "08:00", "not in the evening"),
        ("language", "de", "choose from en, es"),
        ("exclude", ["caffeine", "nothing"], "caffeine"),
        ("coach", "who@example.org", "coach of this clinic"),
        ("policy", "by lot", "choose from"),
        ("first_name", "x" * 61, "60"),
        ("confirmed", "yes", "boolean"),
        ("fone", "1", "no such field"),
    ],
)
def test_a_wrong_field_is_named_with_what_to_do_and_nobody_is_enrolled(
    lone_caller: System, lone: Runtime, field: str, value: object, says: str
) -> None:
    wrong = lone_caller.wrong_fields("POST", "/participants", ANA | {field: value})
    assert says in wrong[field]
    assert rows(lone.engine, Participant) == []


def test_every_missing_field_is_named(lone_caller: System) -> None:
    assert set(lone_caller.wrong_fields("POST", "/participants", {})) == set(ANA)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"phone": NaN}', b"1e999", b"[" * 9000])
def test_what_is_no_json_object_is_refused(lone_caller: System, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {lone_caller.key}", "Content-Type": "application/json"}
    response = lone_caller.app.test_client().post("/api/v1/participants", data=body, headers=headers)
    assert (response.status_code, response.content_type) == (422, "application/problem+json")


def test_what_is_not_called_json_or_is_too_large_is_refused(lone_caller: System) -> None:
    client, headers = lone_caller.app.test_client(), {"Authorization": f"Bearer {lone_caller.key}"}
    assert client.post("/api/v1/participants", data=ANA, headers=headers).status_code == 415
    assert client.post("/api/v1/participants", json=ANA | {"tags": "x" * 200_000}, headers=headers).status_code == 413


def test_a_number_that_is_enrolled_is_refused_and_never_overwritten(caller: System, runtime: Runtime) -> None:
    [id] = enrol(runtime, {"phone": "+14155550134", "time_zone": "America/New_York"})
    before = caller.get(f"/participants/{id}")
    told = caller.post("/participants", ANA | {"first_name": "Other", "language": "es"}, status=409)
    assert (told["errors"][0]["field"], f"participant {id}" in told["detail"]) == ("phone", True)
    assert caller.get(f"/participants/{id}") == before
    assert len(rows(runtime.engine, Participant)) == 1


def test_a_number_that_opted_out_anywhere_is_refused(app: Flask, runtime: Runtime, caller: System) -> None:
    enrol(runtime, {"phone": "+14155550134", "time_zone": "America/New_York"}, clinic="Other")
    say(runtime, "+14155550134", "STOP")
    assert "START" in caller.post("/participants", ANA, status=409)["detail"]
    assert len(rows(runtime.engine, Participant)) == 1


def test_the_number_of_a_participant_of_another_clinic_may_be_enrolled_here(caller: System, runtime: Runtime) -> None:
    [id] = enrol(runtime, {"phone": "+14155550134", "time_zone": "America/New_York"}, clinic="Other")
    assert caller.post("/participants", ANA, status=201)["id"] != id


def test_a_coach_of_another_clinic_cannot_be_given_somebody(app: Flask, runtime: Runtime, caller: System) -> None:
    system(app, runtime, clinic="Other")
    with write_transaction(runtime.engine) as connection:
        add_account(connection, "other@example.org", "coach", 2, "four quiet words here", runtime.now())
    assert "coach" in caller.wrong_fields("POST", "/participants", ANA | {"coach": "other@example.org"})


def people(runtime: Runtime) -> int:
    with read_transaction(runtime.engine) as connection:
        return connection.execute(select(func.count()).select_from(Participant)).scalar_one()


def test_a_repeat_under_the_same_key_answers_the_same_and_makes_one_person(caller: System, runtime: Runtime) -> None:
    once = {"Idempotency-Key": "visit-17"}
    first = caller.post("/participants", ANA, status=201, headers=once)
    runtime.now.forward(days=2)  # type: ignore[attr-defined]
    assert caller.post("/participants", ANA, status=200, headers=once) == first
    assert people(runtime) == 1


def test_the_same_key_for_another_body_is_refused(caller: System, runtime: Runtime) -> None:
    once = {"Idempotency-Key": "visit-17"}
    caller.post("/participants", ANA, status=201, headers=once)
    told = caller.post("/participants", ANA | {"phone": "+14155550199"}, status=422, headers=once)
    assert told["errors"][0]["field"] == "Idempotency-Key"
    assert people(runtime) == 1


def test_a_refused_request_may_be_mended_and_sent_under_its_key_again(caller: System) -> None:
    once = {"Idempotency-Key": "visit-17"}
    caller.post("/participants", ANA | {"phone": "123"}, status=422, headers=once)
    caller.post("/participants", ANA, status=201, headers=once)


def test_each_system_has_idempotency_keys_of_its_own(app: Flask, runtime: Runtime, caller: System) -> None:
    once = {"Idempotency-Key": "1"}
    caller.post("/participants", ANA, status=201, headers=once)
    system(app, runtime, clinic="Other").post("/participants", ANA, status=201, headers=once)


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "ñ"])
def test_an_idempotency_key_that_is_none_is_refused(lone_caller: System, key: str) -> None:
    told = lone_caller.post("/participants", ANA, status=422, headers={"Idempotency-Key": key})
    assert told["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize("key", ["visit-17", None])
def test_requests_that_arrive_at_once_make_one_person(caller: System, runtime: Runtime, key: str | None) -> None:
    headers = {"Idempotency-Key": key} if key else {}
    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(caller.raw, "POST", "/participants", ANA, headers=headers) for _ in range(6)]
        answers = [one.result() for one in sent]
    statuses = sorted(one.status_code for one in answers)
    assert statuses == ([200] * 5 + [201] if key else [201] + [409] * 5)
    assert people(runtime) == 1
    made = {one.get_data() for one in answers if one.status_code < 300}
    assert len(made) == 1


def test_who_is_erased_is_not_enrolled_again_by_a_repeat(caller: System, runtime: Runtime) -> None:
    from coach.privacy.erase import erase  # noqa: PLC0415  (only here)

    once = {"Idempotency-Key": "visit-17"}
    id = caller.post("/participants", ANA, status=201, headers=once)["id"]
    with write_transaction(runtime.engine) as connection:
        assert erase(connection, id, runtime.now(), actor="command line", at_provider=False)
    caller.post("/participants", ANA, status=409, headers=once)
    caller.get(f"/participants/{id}", status=404)


def test_a_bedtime_before_the_evening_is_told_where_it_can_be_mended(caller: System, runtime: Runtime) -> None:
    wrong = caller.wrong_fields("POST", "/participants", ANA | {"evening_time": "20:30", "bedtime": "20:00"})
    assert list(wrong) == ["evening_time"]
    assert rows(runtime.engine, Enrolment) == []


def test_people_of_one_key_do_not_meet_those_of_another(app: Flask, runtime: Runtime, caller: System) -> None:
    [theirs] = enrol(runtime, person(), clinic="Other")
    assert caller.get("/participants")["participants"] == []
    assert system(app, runtime, clinic="Other").get("/participants")["participants"][0]["id"] == theirs
