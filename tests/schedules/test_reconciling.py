"""What became of texts in doubt, on both databases: found, sent again, or given up; never two, never none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text, update

from coach.runtime import Runtime
from schedules.db import reading, writing
from schedules.dispatch import dispatch_due
from schedules.gateway import GatewayDownError, MemoryGateway, Outcome, OutgoingText, ProviderMessage, Unknown
from schedules.models import DeliveryReceipt, Enrolment, OutboxMessage, Participant, Suppression
from schedules.outbox import LEASE, doubt_expired_leases
from schedules.planner import plan_due
from schedules.reconcile import reconcile
from tests.schedules.sending import EVENING, Vanishing, at_eight, claim_and_die, messages, phone, states, tick, worker
from tests.support import TestClock, enrol, person, rows

GRACE = timedelta(seconds=60)


def plan(runtime: Runtime) -> None:
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now())


def test_a_late_answer_is_found_at_the_provider_and_not_sent_again(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    memory.answers = [Unknown("TimeoutError")]
    totals = tick(runtime)
    assert (totals["unknown"], totals["reconciled"]) == (1, 1)
    [message] = messages(runtime)
    assert (message.state, message.provider_sid, message.accepted_at) == ("sent", memory.taken[0].sid, EVENING)
    clock.forward(minutes=10)
    tick(runtime)
    assert len(memory.taken) == 1


def test_what_the_provider_never_got_is_sent_again_after_the_grace(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    gateway = Vanishing(clock)
    runtime = replace(runtime, gateway=gateway)
    tick(runtime)
    clock.forward(seconds=59)
    tick(runtime)
    assert (states(runtime), gateway.taken) == (["unknown"], [])
    clock.forward(seconds=1)
    tick(runtime)
    tick(runtime)
    assert (states(runtime), len(gateway.taken)) == (["accepted"], 1)


def test_what_is_in_doubt_when_its_window_closes_is_given_up_once_it_is_certain(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock)
    clock.forward(minutes=59, seconds=30)
    gateway = Vanishing(clock)
    runtime = replace(runtime, gateway=gateway)
    tick(runtime)
    clock.forward(seconds=45)
    tick(runtime)
    assert states(runtime) == ["unknown"]
    clock.forward(seconds=15)
    assert tick(runtime)["expired"] == 1
    assert messages(runtime)[0].reason == "never_accepted"
    clock.forward(hours=2)
    tick(runtime)
    assert gateway.taken == []


def test_a_lost_workers_claim_is_sent_by_another_after_lease_and_grace(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 2)
    plan(runtime)
    assert len(claim_and_die(runtime)) == 2
    clock.shows = EVENING + LEASE - timedelta(seconds=1)
    tick(runtime)
    assert states(runtime) == ["sending", "sending"]
    clock.shows = EVENING + LEASE
    tick(runtime)
    assert states(runtime) == ["unknown", "unknown"]
    clock.shows = EVENING + LEASE + GRACE
    tick(runtime)
    tick(runtime)
    assert states(runtime) == ["accepted", "accepted"]
    assert len(memory.taken) == 2


def test_what_a_lost_worker_had_handed_over_is_found(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    claim_and_die(runtime)
    [message] = messages(runtime)
    memory.taken.append(ProviderMessage("SM1", phone(1), message.body, "delivered", None, EVENING))
    clock.shows = EVENING + LEASE + GRACE
    assert tick(runtime)["reconciled"] == 1
    assert (states(runtime), len(memory.taken)) == (["delivered"], 1)


def test_a_lost_workers_claim_is_given_up_after_the_window(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    clock.forward(minutes=59)
    plan(runtime)
    claim_and_die(runtime)
    clock.forward(minutes=10)
    tick(runtime)
    clock.forward(minutes=1)
    assert tick(runtime)["expired"] == 1
    assert (states(runtime), memory.taken) == (["expired"], [])


def see_lost_and_wait(runtime: Runtime, clock: TestClock) -> None:
    """Another worker sees that the lease has ended; then the provider has had its time."""
    clock.shows = EVENING + LEASE
    with writing(runtime.engine) as connection:
        assert doubt_expired_leases(connection, clock())
    clock.forward(seconds=60)


def test_a_clock_that_jumps_ahead_does_not_send_a_text_in_flight_again(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    claim_and_die(runtime)  # not dead: its request is still under way
    clock.forward(minutes=30)
    tick(runtime)
    tick(runtime)
    assert (states(runtime), memory.taken) == (["unknown"], [])
    memory.taken.append(ProviderMessage("SM1", phone(1), messages(runtime)[0].body, "queued", None, EVENING))
    clock.forward(seconds=60)
    tick(runtime)
    assert (states(runtime), len(memory.taken)) == (["accepted"], 1)


@dataclass
class Deaf(MemoryGateway):
    """A provider that takes texts and cannot be asked about them for a while."""

    deaf: bool = True

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        if self.deaf:
            raise GatewayDownError("HTTP 503")
        return super().messages_to(phone, since)


def test_while_the_provider_cannot_be_asked_nothing_is_decided(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    gateway = Deaf(clock, answers=[Unknown("TimeoutError")])
    runtime = replace(runtime, gateway=gateway)
    tick(runtime)
    clock.forward(hours=3)
    tick(runtime)
    assert states(runtime) == ["unknown"]
    gateway.deaf = False
    tick(runtime)
    assert (states(runtime), len(gateway.taken)) == (["sent"], 1)


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_one_phone_with_the_same_words_twice_is_not_mistaken_for_one_text(
    runtime: Runtime, clock: TestClock, taken: int
) -> None:
    for clinic in ("One", "Two"):
        enrol(runtime, person(1), clinic=clinic)
    clock.shows = EVENING
    plan(runtime)
    with writing(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).values(body="the very same words"))
    gateway = Vanishing(clock, answers=[Unknown("TimeoutError")] * taken)
    gateway.lose = 2 - taken
    runtime = replace(runtime, gateway=gateway)
    tick(runtime)
    assert len(gateway.taken) == taken
    clock.forward(minutes=2)
    tick(runtime)
    tick(runtime)
    assert len(gateway.taken) == 2
    assert {one.provider_sid for one in messages(runtime)} == {one.sid for one in gateway.taken}


def test_a_text_redacted_at_the_provider_is_still_found(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    claim_and_die(runtime)
    memory.taken.append(ProviderMessage("SM1", phone(1), "", "delivered", None, EVENING))
    clock.shows = EVENING + LEASE + GRACE
    tick(runtime)
    assert (states(runtime), len(memory.taken)) == (["delivered"], 1)


@pytest.mark.parametrize(("age", "found"), [(timedelta(minutes=1), True), (timedelta(minutes=10), False)])
def test_an_earlier_text_of_the_same_words_is_not_this_one(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, age: timedelta, found: bool
) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    claim_and_die(runtime)
    body = messages(runtime)[0].body
    memory.taken.append(ProviderMessage("SM1", phone(1), body, "delivered", None, EVENING - age))
    see_lost_and_wait(runtime, clock)
    tick(runtime)
    assert states(runtime) == (["delivered"] if found else ["queued"])


def test_a_carriers_refusal_found_in_the_list_is_an_opt_out(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    claim_and_die(runtime)
    memory.taken.append(ProviderMessage("SM1", phone(1), messages(runtime)[0].body, "failed", 21610, EVENING))
    clock.shows = EVENING + LEASE + GRACE
    tick(runtime)
    [message] = messages(runtime)
    assert (message.state, message.error_code) == ("failed", 21610)
    assert len(rows(runtime.engine, Suppression)) == 1
    assert rows(runtime.engine, Enrolment)[0].status == "stopped"


def test_an_erased_persons_text_in_doubt_holds_up_nobody_else(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    erased, _ = at_eight(runtime, clock, 2)
    plan(runtime)
    claim_and_die(runtime)
    with writing(runtime.engine) as connection:
        connection.execute(update(Participant).where(Participant.id == erased).values(phone=None))
    see_lost_and_wait(runtime, clock)
    tick(runtime)
    tick(runtime)
    assert sorted(states(runtime)) == ["accepted", "unknown"]


@pytest.mark.parametrize("spoilt", ["outbox_message SET body", "participant SET phone"])
def test_a_text_in_doubt_that_cannot_be_decrypted_stays_so_and_holds_up_nobody_else(
    runtime: Runtime, clock: TestClock, spoilt: str
) -> None:
    at_eight(runtime, clock, 2)
    plan(runtime)
    claim_and_die(runtime)
    with writing(runtime.engine) as connection:
        connection.execute(text(f"UPDATE {spoilt} = 'spoilt' WHERE id = 1"))
    see_lost_and_wait(runtime, clock)
    tick(runtime)
    tick(runtime)
    with reading(runtime.engine) as connection:
        assert connection.execute(select(OutboxMessage.state).order_by(OutboxMessage.id)).scalars().all() == [
            "unknown",
            "accepted",
        ]


@dataclass
class Interrupted(MemoryGateway):
    """Lets another worker go first while this one asks."""

    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def messages_to(self, phone: str, since: datetime) -> Iterable[ProviderMessage]:
        if self.meanwhile:
            self.meanwhile.pop()()
        return super().messages_to(phone, since)


def test_two_workers_asking_about_one_text_do_not_send_it_twice(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    claim_and_die(runtime)
    see_lost_and_wait(runtime, clock)
    gateway = Interrupted(clock)
    with worker(runtime, gateway, "slow") as slow, worker(runtime, gateway, "quick") as quick:

        def another_requeues_and_a_third_claims() -> None:
            reconcile(quick)
            assert len(claim_and_die(runtime)) == 1

        gateway.meanwhile = [another_requeues_and_a_third_claims]
        reconcile(slow)
    [message] = messages(runtime)
    assert (message.state, message.attempts) == ("sending", 2), "the third worker's claim stands"


def same_words(runtime: Runtime) -> None:
    with writing(runtime.engine) as connection:
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
    with writing(runtime.engine) as connection:  # the other may have been taken as well, and nobody knows its id
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
    with writing(runtime.engine) as connection:
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
    with writing(runtime.engine) as connection:
        connection.execute(text("UPDATE outbox_message SET claimed_at = '2026-99-99' WHERE id = 2"))
    see_lost_and_wait(runtime, clock)
    tick(runtime)
    tick(runtime)
    with reading(runtime.engine) as connection:
        found = connection.execute(select(OutboxMessage.state).order_by(OutboxMessage.id)).scalars().all()
    assert found == ["accepted", "unknown", "accepted"]


def test_a_huge_text_stops_no_other(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock, 3)
    plan(runtime)
    with writing(runtime.engine) as connection:
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == 2).values(body="x" * 1_000_000))
    memory.answers = [Unknown("TimeoutError")] * 3
    tick(runtime)
    assert states(runtime) == ["sent"] * 3
