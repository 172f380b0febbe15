"""What became of texts in doubt, on both databases: found, sent again, or given up; never two, never none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.dispatch.reconcile import reconcile
from schedules.gateway.protocol import GatewayDownError, MemoryGateway, ProviderMessage, Unknown
from schedules.outbox.queue import LEASE, doubt_expired_leases
from schedules.planning.planner import plan_due
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
    with write_transaction(runtime.engine) as connection:
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
    with write_transaction(runtime.engine) as connection:
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
    with write_transaction(runtime.engine) as connection:
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
    with write_transaction(runtime.engine) as connection:
        connection.execute(text(f"UPDATE {spoilt} = 'spoilt' WHERE id = 1"))
    see_lost_and_wait(runtime, clock)
    tick(runtime)
    tick(runtime)
    with read_transaction(runtime.engine) as connection:
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
