"""Texts in doubt beside others: whose a listed text is, and the one that cannot be found out about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text, update

from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.dispatch.dispatch import dispatch_due
from schedules.dispatch.reconcile import reconcile
from schedules.gateway.protocol import GatewayDownError, MemoryGateway, Outcome, OutgoingText, ProviderMessage, Unknown
from schedules.outbox.queue import LEASE
from tests.schedules.dispatch.test_reconciling import Deaf, plan, see_lost_and_wait
from tests.schedules.sending import EVENING, at_eight, claim_and_die, messages, phone, states, tick, worker
from tests.support import TestClock, enrol, person


def same_words(runtime: Runtime) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).where(OutboxMessage.state == "queued").values(body="the same words"))


class Lost(MemoryGateway):
    """Takes nothing, and does not say so."""

    def send(self, text: OutgoingText) -> Outcome:
        return Unknown("TimeoutError")


def one_phone_in_two_clinics(runtime: Runtime, clock: TestClock) -> None:
    """The first's text is in doubt and was not taken; the second's is due a minute later."""
    enrol(runtime, person(1), clinic="A")
    enrol(runtime, person(1, evening_time="20:01"), clinic="B")
    clock.shows = EVENING
    plan(runtime)
    same_words(runtime)
    with worker(runtime, Lost(clock)) as dispatcher:
        dispatch_due(dispatcher)
    clock.shows = EVENING + timedelta(seconds=61)
    plan(runtime)
    same_words(runtime)


def test_a_text_under_way_is_not_taken_for_the_one_in_doubt_of_the_same_phone(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    one_phone_in_two_clinics(runtime, clock)

    def look() -> None:
        with worker(runtime, memory, name="one") as dispatcher:
            reconcile(dispatcher)
        assert states(runtime) == ["unknown", "sending"]

    class Looked(MemoryGateway):
        """The other worker looks at the very moment at which the provider has taken it."""

        def send(self, text: OutgoingText) -> Outcome:
            taken = memory.send(text)
            look()
            return taken

    with worker(runtime, Looked(clock), name="two") as dispatcher:
        assert dispatch_due(dispatcher)["sent"] == 1
    assert states(runtime) == ["unknown", "accepted"]
    tick(runtime)
    tick(runtime)
    assert states(runtime) == ["accepted", "accepted"]
    assert len(memory.taken) == 2
    assert len({one.provider_sid for one in messages(runtime)}) == 2


@pytest.mark.parametrize("listed", ["the same words", ""], ids=["words", "redacted"])
def test_what_cannot_be_told_apart_is_not_sent_again_and_set_aside_in_the_end(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, listed: str
) -> None:
    one_phone_in_two_clinics(runtime, clock)
    with write_transaction(
        runtime.engine
    ) as connection:  # the other may have been taken as well, and nobody knows its id
        stuck = {"state": "stuck", "claimed_at": clock(), "attempts": 1}
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == 2).values(stuck))
    memory.taken.append(ProviderMessage("SM1", phone(1), listed, "sent", None, clock()))
    tick(runtime)
    assert states(runtime) == ["unknown", "stuck"]
    clock.forward(hours=2)
    assert tick(runtime)["stuck"] == 1
    assert [(one.state, one.reason) for one in messages(runtime)] == [("stuck", "not_told_apart"), ("stuck", None)]
    assert len(memory.taken) == 1


def test_a_receipt_that_carried_anothers_token_says_whose_a_listed_text_is(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    one_phone_in_two_clinics(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        claimed = {"state": "sending", "claimed_at": clock(), "attempts": 1, "lease_until_at": clock() + LEASE}
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == 2).values(claimed))
        told = {"outbox_message_id": 2, "provider_sid": "SM1", "status": "a word to come", "received_at": clock()}
        connection.execute(insert(DeliveryReceipt).values(told))
    memory.taken.append(ProviderMessage("SM1", phone(1), "the same words", "sent", None, clock()))
    with worker(runtime) as dispatcher:
        reconcile(dispatcher)
    assert states(runtime) == ["queued", "sending"]


@pytest.mark.parametrize("error", [GatewayDownError("HTTP 400"), ValueError("odd"), AttributeError("odd")])
def test_one_text_that_cannot_be_asked_about_keeps_no_other_in_doubt(
    runtime: Runtime, clock: TestClock, error: Exception
) -> None:
    class Odd(MemoryGateway):
        def messages_to(self, to: str, since: datetime) -> Iterable[ProviderMessage]:
            if to == phone(1):
                raise error
            return super().messages_to(to, since)

    at_eight(runtime, clock, 4)
    gateway = Odd(clock, answers=[Unknown("TimeoutError")] * 4)
    runtime = replace(runtime, gateway=gateway)
    tick(runtime)
    assert states(runtime) == ["unknown", "sent", "sent", "sent"]


def test_a_text_nobody_can_find_out_about_is_set_aside_after_a_day(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    runtime = replace(runtime, gateway=Deaf(clock, answers=[Unknown("TimeoutError")]))
    tick(runtime)
    clock.forward(hours=23)
    tick(runtime)
    assert states(runtime)[0] == "unknown"
    clock.forward(hours=1)
    assert tick(runtime)["stuck"] == 1
    assert messages(runtime)[0].reason == "not_found_out"


def test_what_is_found_but_cannot_be_recorded_stops_no_other(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 4)
    plan(runtime)
    claim_and_die(runtime)
    for number, one in enumerate(messages(runtime), 1):
        code = 10**30 if number == 2 else None
        memory.taken.append(ProviderMessage(f"SM{number}", phone(number), one.body, "delivered", code, EVENING))
    see_lost_and_wait(runtime, clock)
    tick(runtime)
    assert states(runtime) == ["delivered", "stuck", "delivered", "delivered"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # PostgreSQL takes no instant that is none
def test_a_text_in_doubt_whose_times_cannot_be_read_holds_up_nobody_else(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 3)
    plan(runtime)
    claim_and_die(runtime)
    with write_transaction(runtime.engine) as connection:
        connection.execute(text("UPDATE outbox_message SET claimed_at = '2026-99-99' WHERE id = 2"))
    see_lost_and_wait(runtime, clock)
    tick(runtime)
    tick(runtime)
    with read_transaction(runtime.engine) as connection:
        found = connection.execute(select(OutboxMessage.state).order_by(OutboxMessage.id)).scalars().all()
    assert found == ["accepted", "unknown", "accepted"]


def test_a_huge_text_stops_no_other(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock, 3)
    plan(runtime)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == 2).values(body="x" * 1_000_000))
    memory.answers = [Unknown("TimeoutError")] * 3
    tick(runtime)
    assert states(runtime) == ["sent"] * 3


def test_a_listed_text_whose_id_another_phones_text_has_is_set_aside_and_not_sent_again(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 2)
    plan(runtime)
    claim_and_die(runtime)
    first, second = messages(runtime)
    for number, one in ((1, first), (2, second)):  # the provider gives one id twice
        memory.taken.append(ProviderMessage("SM1", phone(number), one.body, "delivered", None, EVENING))
    see_lost_and_wait(runtime, clock)
    tick(runtime)
    tick(runtime)
    assert sorted(states(runtime)) == ["delivered", "stuck"]  # whichever was looked at first
    assert len(memory.taken) == 2
