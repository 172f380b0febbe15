"""Data rights: complete erasure, also at the provider, and a copy of everything stored about a person."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text, true

from coach.api.keys import SCOPES, add_key
from coach.database.tables import AuditEvent, InboundReply, Note, WeeklySummary
from coach.privacy.erase import erase
from coach.privacy.personal_data import export_person, rows_of
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.events import WebhookEvent
from schedules.database.tables.limits import ProviderDeletion
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant, Suppression
from schedules.dispatch.provider_deletion import GIVE_UP_AFTER, SETTLES_WITHIN, enqueue_number_deletion, forget_due
from schedules.dispatch.receipts import record_receipt
from schedules.gateway.protocol import MemoryGateway, Unknown
from tests.coach.events.receiving import NOWHERE, listen
from tests.coach.privacy.test_at_rest import dump
from tests.commands import environment, run
from tests.databases import MADE_AT
from tests.schedules.sending import standin_for
from tests.support import TestClock, enrol, import_people, person, rows, say, tick

NAME, PHONE = "Xochitl", "+14155550001"


def forget_person(runtime: Runtime, id: int = 1, *, on_request: bool = True) -> bool:
    with write_transaction(runtime.engine) as connection:
        return erase(connection, id, runtime.now(), actor="lead@example.org", at_provider=True, on_request=on_request)


@pytest.fixture
def lived_in(runtime: Runtime, clock: TestClock) -> Runtime:
    """Two participants with history, and a row in every table that refers to them."""
    enrol(runtime, person(1, first_name=NAME), person(2, first_name="Berta"))
    listen(runtime, NOWHERE)
    clock.forward(hours=10)
    tick(runtime)
    for number in (1, 2):
        say(runtime, person(number)["phone"], "6 and yes I did it")
    say(runtime, PHONE, "I want to die")
    with write_transaction(runtime.engine) as connection:
        coach = insert(CoachAccount).values(
            clinic_id=1, email="a@b.test", password_hash="", role="lead", session_key="k", created_at=clock()
        )
        coach_id = connection.execute(coach.returning(CoachAccount.id)).scalar_one()
    tick(runtime)
    sid = rows(runtime.engine, OutboxMessage)[0]
    with write_transaction(runtime.engine) as connection:
        record_receipt(connection, token=sid.token, sid=sid.provider_sid, status="sent", code=None, now=clock())
        connection.execute(
            insert(Note).values(participant_id=1, coach_id=coach_id, body="likes tea", written_at=clock())
        )
        add_key(connection, runtime.keys, 1, SCOPES, None, "command line", clock())
        _fill_every_table(connection, 1)
    return runtime


FILLINGS = {"DATE": MADE_AT.date(), "DATETIME": MADE_AT, "JSON": [], "BOOLEAN": False}


def _fill_every_table(connection: Connection, person_id: int) -> None:
    """Insert a row into each table that refers to them and has none yet."""
    found = rows_of(person_id)
    for table, condition in found.items():
        if connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one():
            continue
        values: dict[str, Any] = {}
        for column in table.columns:
            keys = [key.column for key in column.foreign_keys]
            if keys:
                mine = found.get(keys[0].table, true())
                values[column.name] = connection.execute(select(keys[0]).where(mine).limit(1)).scalar()
            elif not column.nullable and column.name != "id":
                values[column.name] = FILLINGS.get(str(column.type), 1 if "INT" in str(column.type) else "2026-W01")
        connection.execute(insert(table).values(values))


def counts(runtime: Runtime, participant_id: int) -> dict[str, int]:
    with read_transaction(runtime.engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
            for table, condition in rows_of(participant_id).items()
        }


def test_nothing_is_left_in_any_table_that_refers_to_them(lived_in: Runtime) -> None:
    before, other = counts(lived_in, 1), counts(lived_in, 2)
    assert not [table for table, count in before.items() if count == 0], "the test must fill every table"
    assert forget_person(lived_in)
    after = counts(lived_in, 1)
    assert {table: count for table, count in after.items() if count} == {"participant": 1, "webhook_event": 1}
    assert [event.type for event in rows(lived_in.engine, WebhookEvent, WebhookEvent.participant_id == 1)] == [
        "participant.erased"
    ]
    assert counts(lived_in, 2) == other
    [erased] = rows(lived_in.engine, Participant, Participant.id == 1)
    assert (erased.phone, erased.first_name, erased.coach_id, erased.erased_at) == (None, None, None, lived_in.now())
    assert erased.number_hash == "erased 1"
    held = dump(lived_in.engine)
    assert NAME not in held
    assert [(row.action, row.subject) for row in rows(lived_in.engine, AuditEvent)][-1] == ("erased", "participant 1")
    assert not forget_person(lived_in), "a second erasure finds nobody"


def test_what_comes_later_gets_no_id_of_what_was_erased(lived_in: Runtime, clock: TestClock) -> None:
    """Else a page, a mail or a log line about the erased crisis would point to somebody else's."""
    tables = ("flag", "outbox_message", "inbound_reply", "enrolment", "decision", "check_in")
    erased = {name: ids(lived_in, name) for name in tables}
    for participant_id in (1, 2):
        forget_person(lived_in, participant_id)
    enrol(lived_in, person(3), person(4))
    clock.forward(hours=24)
    tick(lived_in)
    say(lived_in, person(3)["phone"], "I want to die")
    for name in tables:
        assert (now := ids(lived_in, name)), name
        assert min(now) > max(erased[name]), name


def ids(runtime: Runtime, table: str) -> list[int]:
    with read_transaction(runtime.engine) as connection:
        return list(connection.execute(text(f"SELECT id FROM {table}")).scalars())


def test_only_the_keyed_hash_stays_and_keeps_them_from_being_texted_again(lived_in: Runtime, clock: TestClock) -> None:
    number = lived_in.keys.number_hash(PHONE)
    forget_person(lived_in)
    [kept] = rows(lived_in.engine, Suppression)
    assert (kept.number_hash, kept.reason) == (number, "erased")
    again = import_people(lived_in, person(1, first_name=NAME))
    assert [one.what for one in again.enrolled] == ["ignored"]
    sent = len(lived_in.gateway.taken)  # type: ignore[attr-defined]
    for _ in range(3):
        clock.forward(hours=24)
        tick(lived_in)
    assert not [one for one in lived_in.gateway.taken[sent:] if one.to == PHONE]  # type: ignore[attr-defined]


def test_another_clinic_does_not_text_them_either(lived_in: Runtime, clock: TestClock) -> None:
    enrol(lived_in, person(1), clinic="Elsewhere")
    forget_person(lived_in)
    sent = len(lived_in.gateway.taken)  # type: ignore[attr-defined]
    clock.forward(hours=24)
    tick(lived_in)
    assert not [one for one in lived_in.gateway.taken[sent:] if one.to == PHONE]  # type: ignore[attr-defined]


def test_a_text_in_doubt_or_in_flight_ends_with_them(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    clock.forward(hours=10)

    class ErasesMeanwhile(MemoryGateway):
        def send(self, text: Any) -> Any:
            super().send(text)
            forget_person(runtime)
            return Unknown("TimeoutError")

    gateway = ErasesMeanwhile(clock)
    tick(replace(runtime, gateway=gateway))
    clock.forward(minutes=10)
    tick(replace(runtime, gateway=gateway))
    assert rows(runtime.engine, OutboxMessage) == []
    assert gateway.taken == [], "the provider was asked to delete the text in flight"


def test_a_receipt_that_comes_afterwards_finds_nothing_and_does_no_harm(lived_in: Runtime) -> None:
    message = rows(lived_in.engine, OutboxMessage)[0]
    forget_person(lived_in)
    with write_transaction(lived_in.engine) as connection:
        told = record_receipt(
            connection, token=message.token, sid="SM9", status="delivered", code=None, now=lived_in.now()
        )
    assert told == "unmatched"


def test_whoever_writes_after_being_erased_is_a_stranger(lived_in: Runtime) -> None:
    forget_person(lived_in)
    say(lived_in, PHONE, "hello?")
    reply = rows(lived_in.engine, InboundReply)[-1]
    assert (reply.participant_id, reply.body) == (None, "hello?")


def test_the_provider_deletes_every_message_to_and_from_them(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), person(2))
    clock.forward(hours=10)
    with standin_for(runtime, clock) as (standin, sending):
        tick(sending)
        forget_person(sending)
        clock.forward(seconds=SETTLES_WITHIN.total_seconds() + 1)
        assert forget_due(sending.engine, sending.gateway, clock()) == 0, "the provider is still sending the text"
        [waiting] = rows(sending.engine, ProviderDeletion)
        assert (waiting.phone, waiting.reason, waiting.attempts) == (PHONE, "code 20009", 1)
        standin.deliver_callbacks()
        clock.forward(minutes=2)
        assert forget_due(sending.engine, sending.gateway, clock()) == 1
        assert rows(sending.engine, ProviderDeletion) == []
        assert [message.to for message in standin.accepted if message.deleted] == [PHONE]


def test_a_provider_that_never_obeys_is_given_up_and_told(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))

    class Stubborn(MemoryGateway):
        def ids_with(self, phone: str) -> list[str]:
            return ["SM1"]

        def forget(self, sid: str, what: object) -> str | None:
            return "code 20003"

    forget_person(runtime)
    for _ in range(GIVE_UP_AFTER + 3):
        clock.forward(hours=7)
        forget_due(runtime.engine, Stubborn(clock), clock())
    [left] = rows(runtime.engine, ProviderDeletion)
    assert (left.attempts, left.due_at, left.reason) == (GIVE_UP_AFTER, None, "code 20003")


def test_a_number_to_forget_that_cannot_be_decrypted_is_told_and_keeps_no_other_waiting(
    runtime: Runtime, clock: TestClock
) -> None:
    with write_transaction(runtime.engine) as connection:
        for phone in ("+14155550001", "+14155550002"):
            enqueue_number_deletion(connection, phone, clock())
        connection.execute(text("UPDATE provider_deletion SET phone = 'spoilt' WHERE id = 1"))
    clock.forward(seconds=SETTLES_WITHIN.total_seconds() + 1)
    assert forget_due(runtime.engine, runtime.gateway, clock()) == 1
    with read_transaction(runtime.engine) as connection:
        left = connection.execute(select(ProviderDeletion.id, ProviderDeletion.reason)).all()
    assert [tuple(row) for row in left] == [(1, "unreadable")]


def test_the_command_erases_and_the_data_are_gone_from_the_file(lived_in: Runtime, database_url: str) -> None:
    given = environment(database_url)
    told = run(["erase", "1"], given)
    assert (told.returncode, told.stderr) == (0, "")
    assert "not texted" in told.stdout
    assert run(["participants", "show", "1"], given).returncode == 2
    assert run(["erase", "1"], given).stderr == "There is no participant 1.\n"
    assert run(["audit", "verify"], given).returncode == 0


def test_a_person_gets_all_that_is_held_of_them(lived_in: Runtime, database_url: str) -> None:
    told = run(["participants", "export", "1"], environment(database_url))
    assert (told.returncode, told.stderr) == (0, "")
    held = json.loads(told.stdout)
    assert held["participant"][0]["phone"] == PHONE
    assert held["participant"][0]["first_name"] == NAME
    assert [reply["body"] for reply in held["inbound_reply"]] == ["6 and yes I did it", "I want to die"]
    assert held["check_in"][0]["score"] == 6
    assert {"decision", "outbox_message", "consent_event", "enrolment", "note"} <= set(held)
    assert "number_hash" not in told.stdout
    assert run(["participants", "export", "77"], environment(database_url)).returncode == 2
    assert rows(lived_in.engine, AuditEvent)[-1].action == "exported"


def test_an_export_is_of_that_person_only(lived_in: Runtime) -> None:
    with read_transaction(lived_in.engine) as connection:
        held = json.dumps(export_person(connection, 1))
    assert NAME in held
    assert "Berta" not in held


def test_deleting_the_data_by_text_reaches_a_coach(lived_in: Runtime) -> None:
    answer = say(lived_in, person(2)["phone"], "delete my data")
    reply = rows(lived_in.engine, InboundReply)[-1]
    assert reply.for_coach
    assert answer
    assert "coach" in answer


def test_a_stop_outlives_an_erasure_by_retention(lived_in: Runtime) -> None:
    forget_person(lived_in, 2, on_request=False)
    assert rows(lived_in.engine, Suppression) == []
    say(lived_in, PHONE, "STOP")
    forget_person(lived_in, 1, on_request=False)
    assert [row.number_hash for row in rows(lived_in.engine, Suppression)] == [lived_in.keys.number_hash(PHONE)]


def test_weeks_are_computed_as_if_they_had_never_been(lived_in: Runtime, clock: TestClock) -> None:
    forget_person(lived_in)
    clock.forward(hours=24 * 8)
    tick(lived_in)
    assert {row.participant_id for row in rows(lived_in.engine, WeeklySummary)} == {2}
