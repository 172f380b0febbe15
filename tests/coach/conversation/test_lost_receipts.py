"""Delivery receipts that could not be stored: the provider does not repeat them, so it is asked, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text as sql
from sqlalchemy import update

from coach.adherence.queries import nights
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.people import Enrolment, Suppression
from schedules.database.tables.safety import DeadNumber
from schedules.gateway.protocol import MemoryGateway
from tests.coach.conversation.posting import post
from tests.support import TestClock, enrol, person, rows, say, tick


@pytest.fixture
def evening(signed: Runtime, clock: TestClock) -> Runtime:
    enrol(signed, person(1))
    clock.forward(hours=10)  # 20:00 in New York
    assert tick(signed)["sent"] == 1
    return signed


@pytest.fixture
def provider(signed: Runtime) -> MemoryGateway:
    assert isinstance(signed.gateway, MemoryGateway)
    return signed.gateway


@contextmanager
def locked(runtime: Runtime) -> Iterator[None]:
    """Somebody else writes the text and does not commit."""
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).values(reason=OutboxMessage.reason))
        yield


@contextmanager
def without_its_table(runtime: Runtime) -> Iterator[None]:
    """An error that does not pass by itself."""
    rename = "ALTER TABLE {} RENAME TO {}"
    with write_transaction(runtime.engine) as connection:
        connection.execute(sql(rename.format("outbox_message", "elsewhere")))
    yield
    with write_transaction(runtime.engine) as connection:
        connection.execute(sql(rename.format("elsewhere", "outbox_message")))


def carrier_says(provider: MemoryGateway, status: str, code: int | None = None) -> None:
    provider.taken[-1] = replace(provider.taken[-1], status=status, error_code=code)


def receipt(client: FlaskClient, provider: MemoryGateway, status: str, code: int | None = None) -> int:
    form = {"MessageSid": provider.taken[-1].sid, "MessageStatus": status, "To": person(1)["phone"]}
    return post(client, "/sms/status", form | ({"ErrorCode": str(code)} if code else {}))[0]


def nights_of(runtime: Runtime) -> list[tuple[str, str | None]]:
    now = runtime.now()
    with read_transaction(runtime.engine) as connection:
        found = connection.execute(nights(now.date().replace(day=1), now.date(), now)).all()
    return [(night.state, night.why) for night in found]


@pytest.mark.parametrize("fault", [locked, without_its_table])
def test_a_lost_receipt_of_a_dead_number_is_looked_up_before_the_next_evening(  # type: ignore[no-untyped-def]
    client: FlaskClient, evening: Runtime, clock: TestClock, provider: MemoryGateway, fault
) -> None:
    carrier_says(provider, "undelivered", 30005)
    with fault(evening):
        assert receipt(client, provider, "undelivered", 30005) == 503
    assert (rows(evening.engine, OutboxMessage)[0].state, rows(evening.engine, DeadNumber)) == ("accepted", [])
    clock.forward(hours=14)
    tick(evening)
    [message] = rows(evening.engine, OutboxMessage)
    assert (message.state, message.error_code) == ("undelivered", 30005)
    assert [(row.code, row.since_at) for row in rows(evening.engine, DeadNumber)] == [(30005, message.accepted_at)]
    assert nights_of(evening) == [("undelivered", None)]
    clock.forward(hours=10)
    assert tick(evening)["sent"] == 0, "nothing is sent to a dead number"


def test_a_lost_receipt_of_a_delivery_is_looked_up(
    client: FlaskClient, evening: Runtime, clock: TestClock, provider: MemoryGateway
) -> None:
    assert receipt(client, provider, "sent") == 200
    carrier_says(provider, "delivered")
    with locked(evening):
        assert receipt(client, provider, "delivered") == 503
    clock.forward(hours=14)
    tick(evening)
    tick(evening)
    assert rows(evening.engine, OutboxMessage)[0].state == "delivered"
    assert [one.status for one in rows(evening.engine, DeliveryReceipt)] == ["sent", "delivered"]
    assert nights_of(evening) == [("asked", None)]


def test_a_text_that_the_carrier_still_has_is_asked_about_again(
    evening: Runtime, clock: TestClock, provider: MemoryGateway
) -> None:
    for status, hours, ends in (("sent", 14, "accepted"), ("delivered", 1, "accepted"), ("delivered", 12, "delivered")):
        carrier_says(provider, status)
        clock.forward(hours=hours)
        tick(evening)
        assert rows(evening.engine, OutboxMessage)[0].state == ends
        provider.taken[1:] = []


def test_an_opt_out_found_late_does_not_undo_a_start(
    evening: Runtime, clock: TestClock, provider: MemoryGateway
) -> None:
    carrier_says(provider, "failed", 21610)
    clock.forward(minutes=10)
    say(evening, person(1)["phone"], "START")
    clock.forward(hours=14)
    tick(evening)
    assert (rows(evening.engine, OutboxMessage)[0].state, rows(evening.engine, Suppression)) == ("failed", [])
    assert rows(evening.engine, Enrolment)[0].status == "active"


def test_an_opt_out_found_late_counts(evening: Runtime, clock: TestClock, provider: MemoryGateway) -> None:
    carrier_says(provider, "failed", 21610)
    clock.forward(hours=14)
    tick(evening)
    assert len(rows(evening.engine, Suppression)) == 1
    assert rows(evening.engine, Enrolment)[0].status == "stopped"
