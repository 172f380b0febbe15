"""One row that no driver can read, on both databases: all others are texted, metrics answer, and somebody sees it."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from coach.operations.measures import measure
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import count_set_aside, load_set_aside
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.rosters import RosterImport
from schedules.database.tables.work import Sender, SetAside
from schedules.dispatch.senders import load_sender, load_senders
from schedules.gateway.protocol import MemoryGateway
from tests.schedules.sending import EVENING
from tests.support import BEARER, TestClock, enrol, person, rows, say, staff, tick


def spoil(runtime: Runtime, sql: str) -> None:
    """Run a statement with a value in it that only the database takes for a time: `{}`."""
    bad = "'infinity'" if runtime.engine.dialect.name == "postgresql" else "'garbage'"
    with write_transaction(runtime.engine) as connection:
        connection.execute(text(sql.format(bad)))


def texted(runtime: Runtime) -> set[str]:
    assert isinstance(runtime.gateway, MemoryGateway)
    return {one.to[-2:] for one in runtime.gateway.taken}


@pytest.fixture
def evening(signed: Runtime, clock: TestClock) -> Runtime:
    """Three people who are due now, of whom the first was decided for yesterday."""
    ids = enrol(signed, person(1), person(2), person(3))
    clock.shows = EVENING
    yesterday: dict[str, Any] = {
        **{"enrolment_id": ids[0], "slot": "evening", "local_on": (EVENING - timedelta(days=2)).date()},
        **{"decided_at": EVENING - timedelta(days=1), "available": False, "eligible": [], "probabilities": {}},
        **{"policy": "rotation", "policy_version": 1, "covariates": {}, "facts": {}, "programme": "evening"},
    }
    with write_transaction(signed.engine) as connection:
        connection.execute(insert(Decision).values(yesterday))
        connection.execute(insert(Sender).values(name=signed.settings.sender))
        aside = {"kind": "planning", "row_id": ids[1], "reason": "x", "tries": 1}
        connection.execute(insert(SetAside).values(**aside, since_at=EVENING, again_at=EVENING))
    return signed


SPOILT = {
    "when somebody is due": "UPDATE enrolment SET next_due_at = {} WHERE id = 1",
    "the date of a decision": "UPDATE decision SET local_on = {} WHERE enrolment_id = 1",
    "the time of a decision": "UPDATE decision SET decided_at = {} WHERE enrolment_id = 1",
    "when to try again": "UPDATE set_aside SET again_at = {}",
    "when the sender is free": "UPDATE sender SET next_free_at = {}",
    "until when the sender is shut": "UPDATE sender SET shut_until_at = {}",
    "when a worker was seen": (
        "INSERT INTO worker_heartbeat (worker, at, hanging) VALUES ('odd', {}, NULL)"  # fails no query by itself
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT.keys())
def test_a_row_that_cannot_be_read_keeps_nobody_elses_text(
    client: FlaskClient, evening: Runtime, clock: TestClock, spoilt: str
) -> None:
    spoil(evening, spoilt)
    tick(evening)
    assert {"02", "03"} <= texted(evening)
    assert client.get("/metrics", headers=BEARER).status_code == 200
    clock.forward(minutes=6)
    tick(evening)
    assert len(texted(evening)) == 3 or seen(evening, clock)


def seen(runtime: Runtime, clock: TestClock) -> int:
    with read_transaction(runtime.engine) as connection:
        return count_set_aside(connection, clock()).get("planning", 0)


@pytest.mark.parametrize(
    "spoilt",
    [
        "UPDATE coach_account SET phone_confirmed_at = {}",
        "UPDATE suppression SET since_at = {}",
        "UPDATE flag SET opened_at = {}",
    ],
    ids=["when the coach's phone was confirmed", "when the person stopped", "when the crisis began"],
)
def test_a_crisis_is_paged_whatever_time_beside_it_cannot_be_read(evening: Runtime, spoilt: str) -> None:
    staff(evening, coach="+14155550900", lead="+14155550901")
    say(evening, "+14155550001", "STOP")
    say(evening, "+14155550001", "i want to kill myself")
    spoil(evening, spoilt)
    tick(evening)
    assert texted(evening) & {"00", "01"}


def test_a_text_whose_turn_cannot_be_read_keeps_no_other(evening: Runtime, clock: TestClock) -> None:
    tick(evening)
    clock.forward(days=1)
    early = "'-infinity'" if evening.engine.dialect.name == "postgresql" else "'0 is no time'"
    with write_transaction(evening.engine) as connection:
        connection.execute(update(OutboxMessage).values(expires_at=clock() + timedelta(hours=1)))
        connection.execute(text(f"UPDATE outbox_message SET state = 'queued', due_at = {early} WHERE id = 1"))
    tick(evening)
    assert isinstance(evening.gateway, MemoryGateway)
    assert len(evening.gateway.taken) == 3 + 1 + 3


@pytest.mark.parametrize(
    ("spoilt", "left_out"),
    [
        ("INSERT INTO flag (participant_id, reply_id, kind, opened_at) VALUES (1, 1, 'crisis', {})", "coach_open_flag"),
        ("UPDATE outbox_message SET state = 'queued', due_at = {}", "coach_queue_texts"),
    ],
    ids=["a flag", "a text"],
)
def test_metrics_answer_what_they_can_and_count_what_they_cannot(
    client: FlaskClient, evening: Runtime, clock: TestClock, spoilt: str, left_out: str
) -> None:
    tick(evening)
    with write_transaction(evening.engine) as connection:
        reply: dict[str, Any] = {
            "message_sid": "SM1",
            "number_hash": "x",
            "body": "",
            "received_at": "2026-03-02 00:00:00",
        }
        reply |= {"in_vain": False, "tries": 0, "for_coach": False, "media": 0}
        names = ", ".join(reply)
        values = ", ".join(f":{name}" for name in reply)
        connection.execute(text(f"INSERT INTO inbound_reply (id, {names}) VALUES (1, {values})"), reply)
    spoil(evening, spoilt.replace("{}", "{0}"))
    answer = client.get("/metrics", headers=BEARER)
    told = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f"\n{left_out}" not in told
    assert 'coach_rows_set_aside{kind="measure"}' in told
    assert "\ncoach_planner_lag_seconds 0.0" in told
    with read_transaction(evening.engine) as connection:
        assert measure(connection, clock()).unread


def test_a_sender_whose_row_cannot_be_read_is_free(evening: Runtime) -> None:
    spoil(evening, "UPDATE sender SET next_free_at = {}")
    name = evening.settings.sender
    with read_transaction(evening.engine) as connection:
        assert load_senders(connection) == {name: load_sender(connection, name)}
        assert load_sender(connection, name).next_free_at is None


def test_whoever_has_no_readable_next_evening_is_seen_and_gets_one(evening: Runtime, clock: TestClock) -> None:
    spoil(evening, "UPDATE enrolment SET next_due_at = {} WHERE id = 1")
    tick(evening)
    assert seen(evening, clock) >= 1
    tick(evening)
    assert texted(evening) == {"01", "02", "03"}
    assert seen(evening, clock) == 0


def test_somebody_active_without_a_next_evening_gets_one(evening: Runtime, clock: TestClock) -> None:
    with write_transaction(evening.engine) as connection:
        connection.execute(
            text("UPDATE enrolment SET next_due_at = NULL, next_due_on = NULL, next_slot = NULL WHERE id = 2")
        )
    tick(evening)
    assert texted(evening) == {"01", "02", "03"}
    clock.forward(days=1)
    tick(evening)
    assert isinstance(evening.gateway, MemoryGateway)
    assert len(evening.gateway.taken) == 6
    assert all(one.next_due_at for one in rows(evening.engine, Enrolment))


def test_a_row_set_aside_until_no_time_is_tried_again(evening: Runtime, clock: TestClock) -> None:
    spoil(evening, "UPDATE set_aside SET again_at = {}")
    with read_transaction(evening.engine) as connection:
        assert load_set_aside(connection, "planning", clock()) == (set(), {2})


def test_a_roster_that_cannot_be_read_is_seen_and_keeps_no_other(evening: Runtime, clock: TestClock) -> None:
    with write_transaction(evening.engine) as connection:
        values = {"clinic_id": 1, "actor": "a", "confirmed": False, "own": False, "created_at": clock(), "rows": 0}
        values |= {"created": 0, "updated": 0, "ignored": 0, "file": None, "state": "waiting"}
        connection.execute(insert(RosterImport), [values, values])
    spoil(evening, "UPDATE roster_import SET created_at = {} WHERE id = (SELECT min(id) FROM roster_import)")
    tick(evening)
    with read_transaction(evening.engine) as connection:
        states = list(connection.execute(select(RosterImport.state).order_by(RosterImport.id)).scalars())
        assert states == ["running", "cancelled"]
        assert count_set_aside(connection, clock())["roster"] == 1


def test_a_damaged_time_is_one_that_no_driver_reads(evening: Runtime) -> None:
    spoil(evening, SPOILT["when somebody is due"])
    with pytest.raises((ValueError, DBAPIError)):
        rows(evening.engine, Enrolment)
