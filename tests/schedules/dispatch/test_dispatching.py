"""Sending what is due, with a provider in memory, on both databases: sent once, checked again, never lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, text, update

from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.dispatch.dispatch import dispatch_due
from schedules.enrolment.lifecycle import hold, load_enrolment, pause
from schedules.gateway.protocol import (
    Accepted,
    MemoryGateway,
    NotProcessed,
    Outcome,
    OutgoingText,
    Refused,
    SimulatedGateway,
    Unknown,
)
from schedules.outbox.claimed import load_claimed
from schedules.outbox.outcomes import Settlement, retry_delay
from schedules.outbox.queue import CLAIM_ANY, CLAIM_PROMPT, claim, requeue, settle
from schedules.planning.planner import plan_due
from tests.schedules.sending import EVENING, at_eight, messages, phone, states, tick, worker
from tests.support import TestClock, rows, say


def test_what_is_due_is_handed_over_once_and_recorded(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 5)
    assert tick(runtime)["sent"] == 5
    assert tick(runtime).get("sent", 0) == 0
    assert sorted(one.to for one in memory.taken) == [phone(number) for number in range(1, 6)]
    for message in messages(runtime):
        assert (message.state, message.attempts, message.accepted_at) == ("accepted", 1, EVENING)
        assert message.provider_sid in {one.sid for one in memory.taken}


@pytest.mark.parametrize(
    ("answer", "state", "counted"),
    [
        (Accepted("SM1", "queued"), "accepted", "sent"),
        (Accepted("SM1", "sent"), "sent", "sent"),
        (Accepted("SM1", "delivered"), "delivered", "sent"),
        (Accepted("SM1", "a status to come"), "accepted", "sent"),
        (Refused(21211, "code 21211"), "failed", "failed"),
        (Refused(21617, "code 21617"), "failed", "failed"),
        (Refused(30034, "code 30034"), "queued", "retried"),
        (Refused(21408, "code 21408"), "queued", "retried"),
        (Refused(99999, "code 99999"), "queued", "retried"),
        (Refused(None, "code 404"), "queued", "retried"),
        (Refused(21610, "code 21610"), "suppressed", "suppressed"),
        (Refused(20003, "code 20003"), "queued", "retried"),
        (NotProcessed("refused"), "queued", "retried"),
        (Unknown("TimeoutError"), "unknown", "unknown"),
    ],
)
def test_each_outcome_has_its_state(
    sqlite_runtime: Runtime, clock: TestClock, answer: Outcome, state: str, counted: str
) -> None:
    at_eight(sqlite_runtime, clock)
    plan_due(sqlite_runtime.engine, sqlite_runtime.catalogue, sqlite_runtime.keys, clock())
    gateway = MemoryGateway(clock, answers=[answer])
    with worker(sqlite_runtime, gateway) as dispatcher:
        assert dispatch_due(dispatcher)[counted] == 1
    [message] = messages(sqlite_runtime)
    assert message.state == state
    if isinstance(answer, Refused) and state != "queued":
        assert (message.error_code, message.reason) == (answer.code, answer.reason)


def test_a_refusal_by_the_carrier_is_an_opt_out(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock, 2)
    memory.answers = [Refused(21610, "code 21610")]
    tick(runtime)
    assert sorted(states(runtime)) == ["accepted", "suppressed"]
    assert sorted(one.status for one in rows(runtime.engine, Enrolment)) == ["active", "stopped"]
    [suppression] = rows(runtime.engine, Suppression)
    assert suppression.reason == "carrier (21610)"


def test_a_refused_key_halts_sending_and_loses_nothing(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 3)
    memory.answers = [Refused(20003, "code 20003")] * 3
    assert tick(runtime)["halted"] == 1
    assert states(runtime) == ["queued"] * 3
    clock.forward(minutes=5)
    assert tick(runtime)["sent"] == 3


@pytest.mark.parametrize(
    ("attempts", "asked", "seconds"),
    [
        *((1, None, 5), (2, None, 10), (3, None, 20), (7, None, 300), (500, None, 300)),
        *((1, 60, 60), (7, 1, 300), (1, 10**12, 300), (1, 0.0, 5)),
    ],
)
def test_retries_back_off_and_respect_what_the_provider_asked_for(
    attempts: int, asked: float | None, seconds: int
) -> None:
    delays = [retry_delay(attempts, asked, token).total_seconds() for token in ("0" * 32, "8" * 32, "f" * 32)]
    assert delays == sorted(delays)
    assert delays[0] == seconds
    assert delays[-1] == pytest.approx(seconds * 1.2)


def test_what_was_not_taken_is_tried_again_until_the_window_closes(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    memory.answers = [NotProcessed("refused")] * 100
    for _ in range(12):
        tick(runtime)
        clock.forward(minutes=6)  # the longest delay, its jitter included
    [message] = messages(runtime)
    assert (message.state, message.reason) == ("expired", "window_closed")
    assert message.attempts == 10
    assert memory.taken == []


def test_a_retry_inside_the_window_arrives(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock)
    memory.answers = [NotProcessed("HTTP 429", retry_after=30.0)]
    tick(runtime)
    clock.forward(seconds=29)
    assert tick(runtime).get("sent", 0) == 0
    clock.forward(seconds=1 + 30 / 5)
    assert tick(runtime)["sent"] == 1
    assert messages(runtime)[0].attempts == 2


def opt_out(runtime: Runtime, id: int) -> None:
    say(runtime, phone(1), "STOP")


def pause_it(runtime: Runtime, id: int) -> None:
    with write_transaction(runtime.engine) as connection:
        pause(connection, load_enrolment(connection, id, runtime.catalogue), date(2026, 3, 5))


def hold_it(runtime: Runtime, id: int) -> None:
    with write_transaction(runtime.engine) as connection:
        hold(connection, load_enrolment(connection, id, runtime.catalogue), "stop_or_not")


def move_to_london(runtime: Runtime, id: int) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).values(time_zone="Europe/London"))


def erase(runtime: Runtime, id: int) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).values(phone=None))


@pytest.mark.parametrize(
    ("between", "settled"),
    [
        (opt_out, ("suppressed", "opted_out")),
        (pause_it, ("suppressed", "paused")),
        (hold_it, ("suppressed", "held")),
        (move_to_london, ("expired", "quiet_hours")),
        (erase, ("suppressed", "erased")),
    ],
)
def test_what_happens_between_planning_and_sending_counts(
    runtime: Runtime,
    clock: TestClock,
    memory: MemoryGateway,
    between: Callable[[Runtime, int], None],
    settled: tuple[str, str],
) -> None:
    [id] = at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    between(runtime, id)
    tick(runtime)
    [message] = messages(runtime)
    assert (message.state, message.reason) == settled
    assert memory.taken == []


def test_a_planned_text_expires_with_its_window(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    clock.forward(hours=1)
    assert tick(runtime)["expired"] == 1
    assert (states(runtime), memory.taken) == (["expired"], [])


class BreaksOnce(SimulatedGateway):
    """A gateway with a mistake in it."""

    broken: bool = True

    def send(self, text: OutgoingText) -> Outcome:
        if self.broken:
            self.broken = False
            raise AttributeError("a mistake")
        return Accepted("SM" + text.token, "queued")


def test_a_gateways_own_mistake_leaves_one_text_in_doubt_and_the_others_sent(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock, 3)
    tick(replace(runtime, gateway=BreaksOnce()))
    assert sorted(states(runtime)) == ["accepted", "accepted", "unknown"]


@pytest.mark.parametrize("spoilt", ["gAAAAspoilt", "gAAAAé", "spoilt"])
def test_a_text_that_cannot_be_decrypted_is_given_up_and_the_others_leave(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, spoilt: str
) -> None:
    at_eight(runtime, clock, 3)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    with write_transaction(runtime.engine) as connection:
        connection.execute(text("UPDATE outbox_message SET body = :spoilt WHERE id = 2"), {"spoilt": spoilt})
    totals = tick(runtime)
    assert (totals["sent"], totals["suppressed"], len(memory.taken)) == (2, 1, 2)
    with read_transaction(runtime.engine) as connection:
        found = connection.execute(text("SELECT state, reason FROM outbox_message ORDER BY id")).all()
    assert [tuple(row) for row in found] == [("accepted", None), ("suppressed", "unreadable"), ("accepted", None)]


def test_a_text_is_told_how_long_it_may_wait_at_the_provider(sqlite_runtime: Runtime, clock: TestClock) -> None:
    at_eight(sqlite_runtime, clock)
    clock.forward(minutes=15)
    seen: list[OutgoingText] = []

    class Listens(MemoryGateway):
        def send(self, text: OutgoingText) -> Outcome:
            seen.append(text)
            return super().send(text)

    tick(replace(sqlite_runtime, gateway=Listens(clock)))
    assert [one.valid_seconds for one in seen] == [45 * 60 - 15]  # a request may take fifteen seconds


def test_a_claim_that_is_over_settles_nothing(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    with write_transaction(runtime.engine) as connection:
        [id] = claim(connection, "slow", clock(), 10)
        [mine] = load_claimed(connection, [id])
        requeue(connection, [(id, mine.attempts, clock())])
        assert claim(connection, "quick", clock(), 10) == [id]
    with write_transaction(runtime.engine) as connection:
        requeue(connection, [(id, mine.attempts, clock())])
        settle(connection, [Settlement(id, mine.attempts, "failed", reason="late")], clock())
    [message] = messages(runtime)
    assert (message.state, message.claimed_by, message.attempts) == ("sending", "quick", 2)


def test_two_claims_never_share_a_message_and_take_the_oldest_first(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 5)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    with write_transaction(runtime.engine) as connection:
        assert claim(connection, "one", clock(), 2) == [1, 2]
    with write_transaction(runtime.engine) as connection:
        assert claim(connection, "two", clock(), 10) == [3, 4, 5]
        assert claim(connection, "three", clock(), 10) == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_claim_does_not_wait_for_another_workers(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 5)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    with write_transaction(runtime.engine) as first, write_transaction(runtime.engine) as second:
        second.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert claim(first, "one", clock(), 2) == [1, 2]
        assert claim(second, "two", clock(), 10) == [3, 4, 5]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_claim_takes_no_more_than_its_limit_however_the_database_plans_it(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 30)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    with write_transaction(runtime.engine) as connection:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):  # leaves a loop over a subquery
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        assert claim(connection, "one", clock(), 21) == list(range(1, 22))


def test_a_claim_finds_an_answer_without_looking_through_the_evenings_queue(sqlite_engine: Engine) -> None:
    compiled = [statement.compile(dialect=sqlite_engine.dialect) for statement in (CLAIM_PROMPT, CLAIM_ANY)]
    with read_transaction(sqlite_engine) as connection:
        prompt, evening = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", (None,) * len(one.positiontup or ())).all())
            for one in compiled
        ]
    assert "ix_outbox_message_prompt" in prompt
    assert "ix_outbox_message_queued" in evening
