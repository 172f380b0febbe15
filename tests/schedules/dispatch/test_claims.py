"""A claim is renewed before the request leaves: who lost it sends nothing, whatever its clocks say."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import sleep
from typing import Any

import pytest
from sqlalchemy import Connection

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.dispatch.dispatch import Dispatcher, _claim_more, dispatch_due
from schedules.dispatch.receipts import record_receipt
from schedules.dispatch.reconcile import reconcile
from schedules.gateway.protocol import MemoryGateway, Outcome, OutgoingText, ProviderMessage, Unknown
from schedules.outbox.queue import claim, renew
from schedules.planning.planner import plan_due
from schedules.worker import clock as the_clock
from schedules.worker.periodic import PeriodicRunner
from tests.schedules.sending import EVENING, at_eight, messages, phone, states, worker
from tests.support import TestClock, say


def plan(runtime: Runtime) -> None:
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now())


class Frozen:
    """The threads of a machine that is suspended: what they are given is done when it wakes."""

    def __init__(self) -> None:
        self.given: list[Callable[[], Any]] = []

    def submit(self, task: Callable[..., Any], *given: Any) -> None:
        self.given.append(partial(task, *given))

    def wake(self) -> None:
        for task in self.given:
            task()


def claimed_by(runtime: Runtime, pool: Any, gateway: MemoryGateway | None = None) -> Dispatcher:
    """A worker that has claimed what is due; what is to be sent is with its threads."""
    dispatcher = Dispatcher(runtime.engine, gateway or runtime.gateway, runtime.now, "A", pool, 8)
    _claim_more(dispatcher)
    return dispatcher


def test_a_machine_that_slept_through_its_lease_sends_nothing_when_it_wakes(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    pool = Frozen()
    claimed_by(runtime, pool)
    for _ in range(24):
        clock.forward(seconds=15)
        with worker(runtime, name="B") as other:
            dispatch_due(other)
            reconcile(other)
    assert (states(runtime), len(memory.taken)) == (["accepted"], 1)
    pool.wake()
    assert len(memory.taken) == 1


def test_a_claim_that_waited_and_is_still_ours_is_renewed_and_sent(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    pool = Frozen()
    claimed_by(runtime, pool)
    clock.forward(seconds=60)
    pool.wake()
    assert len(memory.taken) == 1
    assert messages(runtime)[0].lease_until_at == EVENING + timedelta(seconds=60 + 150)


def test_a_clock_set_back_while_a_text_waits_does_not_make_its_claim_young(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    pool = Frozen()
    claimed_by(runtime, pool)
    with write_transaction(runtime.engine) as connection:
        [id] = [one.id for one in messages(runtime)]
        connection.exec_driver_sql(f"UPDATE outbox_message SET claimed_by = 'B' WHERE id = {id}")
    clock.forward(minutes=-10)
    pool.wake()
    assert memory.taken == []


def test_a_receipt_that_comes_while_a_text_waits_to_be_sent_again_stops_it(runtime: Runtime, clock: TestClock) -> None:
    class Late(MemoryGateway):
        """Takes the first text without an answer, and lists nothing yet."""

        def send(self, text: OutgoingText) -> Outcome:
            taken = super().send(text)
            return Unknown("TimeoutError") if len(self.taken) == 1 else taken

        def messages_to(self, phone: str, since: object) -> list[ProviderMessage]:
            return []

    gateway = Late(clock)
    at_eight(runtime, clock)
    plan(runtime)
    with worker(runtime, gateway) as dispatcher:
        dispatch_due(dispatcher)
    clock.forward(seconds=65)
    with worker(runtime, gateway) as dispatcher:
        reconcile(dispatcher)
    assert states(runtime) == ["queued"]
    pool = Frozen()
    again = claimed_by(runtime, pool, gateway)
    [message] = messages(runtime)
    with write_transaction(runtime.engine) as connection:
        sid = gateway.taken[0].sid
        record_receipt(connection, token=message.token, sid=sid, status="sent", code=None, now=clock())
    clock.forward(seconds=3)
    pool.wake()
    assert (states(runtime), len(gateway.taken)) == (["sent"], 1)
    assert again.finished.qsize() == 1


def test_only_owner_attempt_and_state_make_a_claim_ones_own(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 2)
    plan(runtime)
    with write_transaction(runtime.engine) as connection:
        assert claim(connection, "A", clock(), 10) == [1, 2]
    later = clock() + timedelta(minutes=5)
    with write_transaction(runtime.engine) as connection:
        assert renew(connection, "B", {1: 1, 2: 1}, later) == []
        assert renew(connection, "A", {1: 2, 2: 1}, later) == [2]
        connection.exec_driver_sql("UPDATE outbox_message SET state = 'unknown' WHERE id = 2")
        assert renew(connection, "A", {1: 1, 2: 1}, later) == [1]


@pytest.mark.parametrize(("fresh", "most"), [(2.0, 0), (0.05, 8)])
def test_a_burst_of_texts_is_renewed_by_the_batch_if_at_all(
    sqlite_runtime: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch, fresh: float, most: int
) -> None:
    monkeypatch.setattr("schedules.dispatch.dispatch.FRESH_SECONDS", fresh)
    renewals: list[int] = []

    def counted(connection: Connection, worker: str, claims: Mapping[int, int], now: datetime) -> list[int]:
        renewals.append(len(claims))
        return renew(connection, worker, claims, now)

    class Slow(MemoryGateway):
        def send(self, text: OutgoingText) -> Outcome:
            sleep(0.02)
            return super().send(text)

    monkeypatch.setattr("schedules.dispatch.renew_claims.renew", counted)
    at_eight(sqlite_runtime, clock, 40)
    plan(sqlite_runtime)
    gateway = Slow(clock)
    with worker(sqlite_runtime, gateway, at_once=4) as dispatcher:
        dispatch_due(dispatcher)
    assert len(gateway.taken) == 40
    assert len(renewals) <= most


def test_a_stop_heard_while_a_batch_waits_is_heard_for_its_text_alone(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 3)
    plan(runtime)
    pool = Frozen()
    claimed_by(runtime, pool)
    say(runtime, phone(2), "STOP")
    clock.forward(seconds=3)
    pool.wake()
    assert [one.to for one in memory.taken] == [phone(1), phone(3)]


def test_while_the_database_is_away_nothing_that_waited_leaves_and_nothing_is_lost(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_eight(runtime, clock, 3)
    plan(runtime)
    pool = Frozen()
    slow = claimed_by(runtime, pool)
    with monkeypatch.context() as away:

        def gone(*_: Any) -> None:
            raise ConnectionError("the database is gone")

        away.setattr("schedules.dispatch.renew_claims.renew", gone)
        away.setattr(
            "schedules.dispatch.dispatch.is_database_failure", lambda error: isinstance(error, ConnectionError)
        )
        clock.forward(seconds=3)
        pool.wake()
    assert memory.taken == []
    with ThreadPoolExecutor(2) as again:
        dispatch_due(replace(slow, pool=again, gateway=memory))
    assert (states(runtime), len(memory.taken)) == (["accepted"] * 3, 3)


def test_no_two_processes_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for pod in ("rls-coach-worker-7d9f8b6c5d-abcde", "rls-coach-worker-7d9f8b6c5d-xk2p9", "x", ""):
        monkeypatch.setattr("socket.gethostname", lambda pod=pod: pod)
        monkeypatch.setattr("os.getpid", lambda: 1)
        names += [the_clock.worker_name(), the_clock.worker_name()]
    assert len(set(names)) == 8
    assert max(map(len, names)) <= 40
    assert names[0].startswith("rls-coach-worker")


def test_two_pods_of_one_deployment_do_not_do_one_week_twice(
    runtime: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "rls-coach-worker-7d9f8b6c5d-abcde")
    monkeypatch.setattr("os.getpid", lambda: 1)
    one, two = (PeriodicRunner(runtime.engine, the_clock.worker_name(), clock) for _ in range(2))
    did: list[tuple[str, int]] = []

    def steps(who: str) -> Any:
        for number in range(3):
            did.append((who, number))
            yield 1
            if who == "one" and number == 0:
                two.run("weekly", "2026-W10", steps("two"))

    one.run("weekly", "2026-W10", steps("one"))
    assert did == [("one", 0), ("one", 1), ("one", 2)]
