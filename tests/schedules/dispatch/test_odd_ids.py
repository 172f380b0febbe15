"""An id that cannot be recorded: that the text was taken is not lost, and a receipt moves it on."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from coach.operations.measures import measure
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import DeliveryReceipt
from schedules.dispatch.dispatch import dispatch_due
from schedules.dispatch.receipts import record_receipt
from schedules.gateway.protocol import Accepted, MemoryGateway, NotProcessed, Outcome, OutgoingText
from tests.schedules.database.test_one_row import plan, send
from tests.schedules.sending import EVENING, at_eight, messages, states, tick, worker
from tests.support import TestClock, enrol, person, rows


class SaysIds(MemoryGateway):
    """Takes every text, and says the first ids it was given instead of its own."""

    says: Iterable[str] = ()

    def send(self, text: OutgoingText) -> Outcome:
        taken = super().send(text)
        said = next(iter(self.says), None)
        return Accepted(said, "queued") if said is not None else taken


LONG, HALF = "SM" + "a" * 400, "SM\ud800"


@pytest.mark.parametrize("sid", ["SM" + "0" * 32, "SM\x00", HALF, ""], ids=["twice", "nul", "half a letter", "empty"])
def test_a_text_whose_id_cannot_be_recorded_stops_no_other(runtime: Runtime, clock: TestClock, sid: str) -> None:
    at_eight(runtime, clock, 6)
    plan(runtime)
    gateway = SaysIds(clock)
    gateway.says = iter([sid, sid])
    totals = send(runtime, gateway)
    assert totals["sent"] + totals.get("stuck", 0) == 6
    assert set(states(runtime)) <= {"accepted", "stuck"}
    assert states(runtime).count("stuck") <= 2
    for one in messages(runtime):
        assert one.accepted_at == EVENING, "that it was taken is not lost"
    enrol(runtime, person(50, evening_time="20:01"))
    clock.forward(minutes=5)
    plan(runtime)
    assert send(runtime, gateway)["sent"] == 1
    assert len(gateway.taken) == 7


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_text_whose_id_is_longer_than_its_column_stops_no_other(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 6)
    plan(runtime)
    gateway = SaysIds(clock)
    gateway.says = iter([LONG])
    assert send(runtime, gateway) == {"sent": 5, "stuck": 1}
    [stuck] = [one for one in messages(runtime) if one.state == "stuck"]
    assert (stuck.reason, stuck.accepted_at, stuck.provider_sid) == ("not_recorded", EVENING, None)
    assert LONG.startswith(stuck.unrecorded_sid)


def doubled(runtime: Runtime, clock: TestClock, people: int = 3) -> tuple[SaysIds, Any]:
    """An evening on which the provider gives one id to two texts; the one that is stuck."""
    at_eight(runtime, clock, people)
    plan(runtime)
    gateway = SaysIds(clock)
    gateway.says = iter(["SM" + "0" * 32] * 2)
    send(runtime, gateway)
    [stuck] = [one for one in messages(runtime) if one.state == "stuck"]
    return gateway, stuck


def test_a_stuck_text_is_never_sent_again_by_itself(runtime: Runtime, clock: TestClock) -> None:
    gateway, stuck = doubled(runtime, clock)
    for _ in range(10):
        clock.forward(minutes=20)
        with worker(runtime, gateway) as dispatcher:
            dispatch_due(dispatcher)
    assert len(gateway.taken) == 3
    assert messages(runtime)[stuck.id - 1].state == "stuck"
    assert stuck.unrecorded_sid == "SM" + "0" * 32


def test_a_receipt_moves_a_stuck_text_on_by_its_token(runtime: Runtime, clock: TestClock) -> None:
    _, stuck = doubled(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        told = record_receipt(
            connection, token=stuck.token, sid=stuck.unrecorded_sid, status="delivered", code=None, now=clock()
        )
    assert told == "moved"
    assert messages(runtime)[stuck.id - 1].state == "delivered"
    assert sorted(states(runtime)) == ["accepted", "accepted", "delivered"]
    assert [one.outbox_message_id for one in rows(runtime.engine, DeliveryReceipt)] == [stuck.id]


def test_a_receipt_with_another_texts_id_or_one_too_long_still_moves_its_own(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 3)
    memory.answers = [None, NotProcessed("refused")]
    tick(runtime)
    first, second, third = messages(runtime)
    for one, sid in ((second, LONG), (third, LONG)):
        with write_transaction(runtime.engine) as connection:
            named = {"token": one.token, "sid": sid, "status": "delivered", "code": None}
            assert record_receipt(connection, **named, now=clock()) == "moved"
    assert [one.state for one in messages(runtime)] == ["accepted", "delivered", "delivered"]
    assert first.provider_sid != third.provider_sid


def test_what_is_stuck_is_measured(runtime: Runtime, clock: TestClock) -> None:
    doubled(runtime, clock)
    with read_transaction(runtime.engine) as connection:
        assert measure(connection, clock()).stuck == 1
        assert measure(connection, clock()).recent_texts["stuck"] == 1
        assert measure(connection, clock() + timedelta(days=2)).stuck == 0
