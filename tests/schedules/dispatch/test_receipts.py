"""Status callbacks in any order, twice, early or astray: a message only ever moves forward, on both databases."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import update

from coach.privacy.erase import erase
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.people import Enrolment, Suppression
from schedules.dispatch.receipts import record_receipt
from schedules.gateway.protocol import MemoryGateway, Unknown
from schedules.outbox.outcomes import Settlement
from schedules.outbox.queue import LEASE, requeue, settle
from schedules.planning.planner import plan_due
from tests.schedules.sending import EVENING, at_eight, claim_and_die, messages, phone, states, tick
from tests.support import TestClock, enrol, give_ids_out_again, person, rows, say


def receive(runtime: Runtime, message: Any, status: str, code: int | None = None, **other: Any) -> str:
    named = {"token": message.token, "sid": message.provider_sid or "SMnew"} | other
    with write_transaction(runtime.engine) as connection:
        return record_receipt(connection, status=status, code=code, now=runtime.now(), **named)


def test_receipts_in_every_order_end_where_the_carrier_ended(runtime: Runtime, clock: TestClock) -> None:
    orders = [*permutations(["queued", "sent", "delivered"]), ("delivered", "delivered", "sent", "queued")]
    at_eight(runtime, clock, len(orders))
    tick(runtime)
    for message, order in zip(messages(runtime), orders, strict=True):
        for status in order:
            receive(runtime, message, status)
    assert states(runtime) == ["delivered"] * len(orders)
    assert len(rows(runtime.engine, DeliveryReceipt)) == sum(map(len, orders))


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ([("sent", None), ("undelivered", 30003)], ("undelivered", 30003)),
        ([("undelivered", 30003), ("sent", None)], ("undelivered", 30003)),
        ([("failed", 30007)], ("failed", 30007)),
        ([("delivered", None), ("undelivered", 30003)], ("delivered", None)),  # the first final word stands
        ([("undelivered", 30005), ("delivered", None)], ("undelivered", 30005)),
        ([("canceled", None)], ("failed", None)),
        ([("read", None)], ("delivered", None)),
        ([("partially_delivered", None)], ("accepted", None)),  # a word not known yet
        ([("", None)], ("accepted", None)),
    ],
)
def test_a_message_ends_as_its_receipts_say(
    sqlite_runtime: Runtime, clock: TestClock, told: list[tuple[str, int | None]], ends: tuple[str, int | None]
) -> None:
    at_eight(sqlite_runtime, clock)
    tick(sqlite_runtime)
    for status, code in told:
        receive(sqlite_runtime, messages(sqlite_runtime)[0], status, code)
    [message] = messages(sqlite_runtime)
    assert (message.state, message.error_code) == ends
    assert len(rows(sqlite_runtime.engine, DeliveryReceipt)) == len(told)


def test_a_receipt_that_comes_before_the_create_is_answered_wins(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    [id] = claim_and_die(runtime)
    [message] = messages(runtime)
    assert receive(runtime, message, "sent", sid="SMreal") == "moved"
    with write_transaction(runtime.engine) as connection:
        settle(connection, [Settlement(id, 1, "unknown", reason="HTTP 500")], clock())
        requeue(connection, [(id, 1, clock())])
    [message] = messages(runtime)
    assert (message.state, message.provider_sid, message.accepted_at) == ("sent", "SMreal", EVENING)


def test_a_receipt_by_its_token_resolves_a_text_in_doubt(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    claim_and_die(runtime)
    clock.shows = EVENING + LEASE
    tick(runtime)
    assert states(runtime) == ["unknown"]
    receive(runtime, messages(runtime)[0], "delivered")
    clock.forward(minutes=5)
    tick(runtime)
    assert (states(runtime), memory.taken) == (["delivered"], [])


def test_a_text_queued_again_is_not_sent_once_a_receipt_says_it_had_left(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    [id] = claim_and_die(runtime)
    with write_transaction(runtime.engine) as connection:
        requeue(connection, [(id, 1, clock() + timedelta(seconds=1))])
    receive(runtime, messages(runtime)[0], "sent")
    clock.forward(minutes=1)
    tick(runtime)
    assert (states(runtime), memory.taken) == (["sent"], [])


def test_a_text_given_up_and_then_heard_of_was_sent_after_all(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    clock.forward(hours=2)
    tick(runtime)
    assert states(runtime) == ["expired"]
    receive(runtime, messages(runtime)[0], "delivered")
    assert states(runtime) == ["delivered"]


def test_a_receipt_nobody_knows_is_left_alone(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    [message] = messages(runtime)
    assert receive(runtime, message, "delivered", token="0" * 32, sid="SMelse") == "unmatched"
    assert receive(runtime, message, "delivered", token=None, sid="SMelse") == "unmatched"
    assert (states(runtime), rows(runtime.engine, DeliveryReceipt)) == (["accepted"], [])


def test_a_receipt_without_a_token_is_found_by_its_sid(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 2)
    tick(runtime)
    assert receive(runtime, messages(runtime)[1], "delivered", token=None) == "moved"
    assert states(runtime) == ["accepted", "delivered"]


def test_the_sid_outranks_the_token_where_they_name_two_texts(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 2)
    tick(runtime)
    first, second = messages(runtime)
    receive(runtime, first, "delivered", token=first.token, sid=second.provider_sid)
    assert states(runtime) == ["accepted", "delivered"]


def test_a_receipt_that_says_unsubscribed_is_an_opt_out(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    for _ in range(2):
        receive(runtime, messages(runtime)[0], "undelivered", 21610)
    assert len(rows(runtime.engine, Suppression)) == 1
    assert rows(runtime.engine, Enrolment)[0].status == "stopped"
    assert states(runtime) == ["undelivered"]


def test_a_receipt_for_an_unknown_outcome_that_was_not_ours_changes_no_other(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 3)
    memory.answers = [Unknown("TimeoutError")]
    tick(runtime)
    before = states(runtime)
    assert receive(runtime, messages(runtime)[0], "queued") == "seen"
    assert states(runtime) == before


def test_a_receipt_of_a_text_in_doubt_is_its_own_even_if_its_id_was_given_to_somebody_elses_before(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock, 2)
    tick(runtime)
    lost, taken = messages(runtime)
    with write_transaction(runtime.engine) as connection:
        in_doubt = {"state": "unknown", "provider_sid": None, "accepted_at": None}
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == lost.id).values(in_doubt))
    assert receive(runtime, lost, "delivered", sid=taken.provider_sid) == "moved"
    assert states(runtime) == ["delivered", taken.state]


def test_a_late_opt_out_of_a_text_older_than_their_start_stops_nobody(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    clock.forward(minutes=1)
    say(runtime, phone(1), "STOP")
    say(runtime, phone(1), "START")
    assert rows(runtime.engine, Suppression) == []
    clock.forward(minutes=1)
    receive(runtime, messages(runtime)[0], "undelivered", 21610)
    assert rows(runtime.engine, Suppression) == []
    [person] = rows(runtime.engine, Enrolment)
    assert person.status == "active"
    clock.forward(days=1)
    tick(runtime)
    receive(runtime, messages(runtime)[-1], "undelivered", 21610)
    assert len(rows(runtime.engine, Suppression)) == 1, "a text sent since says something new"


def test_a_receipt_from_before_a_restore_settles_no_text_of_whoever_has_that_id_now(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    [gone] = messages(runtime)
    with write_transaction(runtime.engine) as connection:
        assert erase(connection, 1, clock(), actor="lead@x.example", at_provider=False)
    give_ids_out_again(runtime.engine, "enrolment")
    enrol(runtime, person(2, evening_time="20:10"))
    clock.forward(minutes=10)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    [planned] = messages(runtime)
    assert planned.token == gone.token
    receive(runtime, gone, "delivered", to_hash=runtime.keys.number_hash(phone(1)))
    tick(runtime)
    assert [one.to for one in memory.taken] == [phone(1), phone(2)]
