"""Another system changes, pauses, stops and writes to people: as a page or a command would, and as audited."""

from datetime import timedelta

import pytest
from flask import Flask

from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Participant, Suppression
from tests.coach.api.calling import System, system
from tests.support import enrol, person, rows, say, tick


@pytest.fixture
def ana(runtime: Runtime) -> int:
    """A participant of "Clinic"."""
    return enrol(runtime, person(1))[0]


def audited(runtime: Runtime, id: int) -> list[tuple[str, str, dict[str, object]]]:
    about = rows(runtime.engine, AuditEvent, AuditEvent.subject == f"participant {id}")
    return [(one.actor, one.action, one.detail) for one in about]


def test_a_change_is_made_and_the_log_says_from_what_to_what(caller: System, runtime: Runtime, ana: int) -> None:
    told = caller.call("PATCH", f"/participants/{ana}", {"evening_time": "19:30", "language": "es", "bedtime": "22:00"})
    assert (told["evening_time"], told["language"], told["bedtime"], told["notes"]) == ("19:30", "es", "22:00", [])
    details = [detail for actor, action, detail in audited(runtime, ana) if (actor, action) == ("API key 1", "changed")]
    assert any(one.get("evening_time_to") == "19:30" and one["evening_time_from"] == "20:00" for one in details)


def test_null_removes_what_may_be_unknown(caller: System, runtime: Runtime, ana: int) -> None:
    caller.call("PATCH", f"/participants/{ana}", {"bedtime": "22:00", "first_name": "Ana"})
    told = caller.call("PATCH", f"/participants/{ana}", {"bedtime": None, "first_name": None})
    assert (told["bedtime"], rows(runtime.engine, Participant)[0].first_name) == (None, None)


def test_lists_replace_what_was_there(caller: System, ana: int) -> None:
    told = caller.call("PATCH", f"/participants/{ana}", {"exclude": ["caffeine"], "tags": ["stockings_advised"]})
    assert (told["exclude"], told["tags"]) == (["caffeine"], ["stockings_advised"])
    told = caller.call("PATCH", f"/participants/{ana}", {"exclude": [], "tags": []})
    assert (told["exclude"], told["tags"]) == ([], [])


def test_tags_that_bar_steps_and_steps_left_out_never_drop_one_another(caller: System, ana: int) -> None:
    path = f"/participants/{ana}"
    told = caller.call("PATCH", path, {"tags": ["no_caffeine", "stockings_advised"]})
    assert (told["exclude"], told["tags"]) == ([], ["no_caffeine", "stockings_advised"])
    told = caller.call("PATCH", path, {"exclude": ["alcohol"]})
    assert (told["exclude"], told["tags"]) == (["alcohol"], ["no_caffeine", "stockings_advised"])
    told = caller.call("PATCH", path, {"tags": ["stockings_advised"]})
    assert (told["exclude"], told["tags"]) == (["alcohol"], ["stockings_advised"])
    told = caller.call("PATCH", path, {"exclude": ["no_caffeine"], "tags": []})
    assert (told["exclude"], told["tags"]) == ([], ["no_caffeine"])
    assert caller.get(path)["tags"] == ["no_caffeine"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"evening_time": "07:00"}, "evening_time"),
        ({"time_zone": None}, "time_zone"),
        ({"time_zone": "EST"}, "time_zone"),
        ({"language": "de"}, "language"),
        ({"coach": "who@example.org"}, "coach"),
        ({"phone": "12"}, "phone"),
        ({"status": "active"}, "status"),
        ({"exclude": ["nothing"]}, "exclude"),
        ({"evening_time": "19:00", "language": "de"}, "language"),
    ],
)
def test_a_wrong_change_is_refused_by_its_field_and_nothing_is_changed(
    lone_caller: System, lone: Runtime, body: dict[str, object], field: str
) -> None:
    [id] = enrol(lone, person(1))
    before = lone_caller.get(f"/participants/{id}")
    assert list(lone_caller.wrong_fields("PATCH", f"/participants/{id}", body)) == [field]
    assert lone_caller.get(f"/participants/{id}") == before


def test_a_number_that_is_somebody_elses_is_a_conflict(caller: System, runtime: Runtime, ana: int) -> None:
    enrol(runtime, person(2))
    told = caller.call("PATCH", f"/participants/{ana}", {"phone": person(2)["phone"]}, status=409)
    assert (told["errors"][0]["field"], "has this number" in told["detail"]) == ("phone", True)
    assert rows(runtime.engine, Participant, Participant.id == ana)[0].phone == person(1)["phone"]


def test_the_next_text_is_told_by_the_new_time_and_zone(caller: System, ana: int) -> None:
    path = f"/participants/{ana}"
    assert caller.call("PATCH", path, {"evening_time": "19:30"})["next_due_at"] == "2026-03-03T00:30:00Z"
    assert caller.call("PATCH", path, {"time_zone": "America/Los_Angeles"})["next_due_at"] == "2026-03-03T03:30:00Z"
    assert caller.get(path)["next_due_at"] == "2026-03-03T03:30:00Z"


def test_a_pause_skips_evenings_and_a_resume_ends_it(caller: System, ana: int) -> None:
    until = caller.post(f"/participants/{ana}/pause", {"evenings": 3})["paused_until"]
    assert until == "2026-03-05"
    assert caller.post(f"/participants/{ana}/resume")["paused_until"] is None
    assert list(caller.wrong_fields("POST", f"/participants/{ana}/pause", {"evenings": 0})) == ["evenings"]


def test_a_stop_is_final_for_every_clinic_and_nothing_can_be_changed_after_it(
    app: Flask, caller: System, runtime: Runtime, ana: int
) -> None:
    assert caller.post(f"/participants/{ana}/stop", {"reason": "asked at the desk"})["status"] == "stopped"
    assert caller.post(f"/participants/{ana}/stop", {"reason": "asked again"})["status"] == "stopped"
    assert len(rows(runtime.engine, Suppression)) == 1
    assert [one.wording for one in rows(runtime.engine, ConsentEvent, ConsentEvent.kind == "opted_out")] == [
        "asked at the desk"
    ]
    assert [action for actor, action, _ in audited(runtime, ana) if actor == "API key 1"] == ["stopped"]
    path = f"/participants/{ana}"
    for method, more, body in (
        ("PATCH", "", {"language": "es"}),
        ("PATCH", "", {"phone": "+14155550999"}),
        ("POST", "/pause", {"evenings": 3}),
        ("POST", "/resume", None),
        ("POST", "/messages", {"body": "Hello"}),
    ):
        assert "opted out" in caller.call(method, path + more, body, status=409)["detail"]


@pytest.mark.parametrize("reason", ["", " ", "x" * 301, None])
def test_a_stop_says_at_whose_word(lone_caller: System, lone: Runtime, reason: str | None) -> None:
    [id] = enrol(lone, person(1))
    assert list(lone_caller.wrong_fields("POST", f"/participants/{id}/stop", {"reason": reason})) == ["reason"]
    assert lone_caller.get(f"/participants/{id}")["status"] == "active"


def test_another_clinics_participant_can_be_neither_changed_nor_written_to(
    app: Flask, caller: System, runtime: Runtime
) -> None:
    [theirs] = enrol(runtime, person(2), clinic="Other")
    path = f"/participants/{theirs}"
    for method, more, body in (
        ("PATCH", "", {"language": "es"}),
        ("PATCH", "", {"phone": "+14155550999"}),
        ("POST", "/stop", {"reason": "x"}),
        ("POST", "/pause", {"evenings": 3}),
        ("POST", "/resume", None),
        ("POST", "/messages", {"body": "Hello"}),
        ("GET", "/nights", None),
    ):
        caller.call(method, path + more, body, status=404)
    assert system(app, runtime, clinic="Other").get(path)["language"] == "en"


def test_a_coachs_words_wait_for_the_day_and_go_at_once_to_who_has_just_written(
    caller: System, runtime: Runtime, ana: int
) -> None:
    runtime.now.forward(hours=12)  # type: ignore[attr-defined]  # 22:00 where they live
    sent = caller.post(f"/participants/{ana}/messages", {"body": "How are your legs?"}, status=201)
    assert (sent["state"], sent["due_at"] > f"{runtime.now() + timedelta(hours=9):%Y-%m-%dT%H}") == ("queued", True)
    say(runtime, person(1)["phone"], "4")
    sent = caller.post(f"/participants/{ana}/messages", {"body": "Thank you. Sleep well."}, status=201)
    assert sent["due_at"] == f"{runtime.now():%Y-%m-%dT%H:%M:%SZ}"
    tick(runtime)
    bodies = [one.body for one in rows(runtime.engine, OutboxMessage, OutboxMessage.state == "accepted")]
    assert "Thank you. Sleep well." in bodies
    assert ("API key 1", "wrote", {}) in audited(runtime, ana)


def test_words_sent_twice_under_one_key_are_one_text(caller: System, runtime: Runtime, ana: int) -> None:
    path, once = f"/participants/{ana}/messages", {"Idempotency-Key": "m-1"}
    first = caller.post(path, {"body": "Hello"}, status=201, headers=once)
    assert caller.post(path, {"body": "Hello"}, headers=once) == first
    caller.post(path, {"body": "Other"}, status=422, headers=once)
    caller.post(path, {"body": "Hello"}, status=201)
    assert len(rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "coach")) == 2


@pytest.mark.parametrize("body", ["", " \n ", "\u0000", "x" * 641, 5, None])
def test_words_that_are_none_or_too_many_are_refused(lone_caller: System, lone: Runtime, body: object) -> None:
    [id] = enrol(lone, person(1))
    assert list(lone_caller.wrong_fields("POST", f"/participants/{id}/messages", {"body": body})) == ["body"]


def test_whose_agreement_to_be_randomised_is_not_known_stays_on_rotation_and_the_answer_says_so(
    caller: System, ana: int
) -> None:
    told = caller.call("PATCH", f"/participants/{ana}", {"policy": "micro-randomised"})
    assert (told["policy"], len(told["notes"])) == ("rotation", 1)
    told = caller.call("PATCH", f"/participants/{ana}", {"policy": "micro-randomised", "randomised_consent": "form"})
    assert (told["policy"], told["notes"]) == ("micro-randomised", [])
