"""A pass with nothing to do, on both databases: it takes no turn to write, and misses nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.dispatch.dispatch import Dispatcher, dispatch_due
from schedules.dispatch.reconcile import reconcile
from schedules.gateway.protocol import MemoryGateway
from schedules.planning.planner import plan_due
from tests.schedules.sending import at_eight, claim_and_die, states, tick, worker
from tests.support import TestClock

Pass = Callable[[Dispatcher], Mapping[str, int]]


@contextmanager
def statements(runtime: Runtime) -> Iterator[list[str]]:
    found: list[str] = []

    def heard(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        found.append(sql)

    event.listen(runtime.engine, "before_cursor_execute", heard)
    try:
        yield found
    finally:
        event.remove(runtime.engine, "before_cursor_execute", heard)


def planned(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now())


@pytest.mark.parametrize("one_pass", [dispatch_due, reconcile])
def test_a_pass_that_finds_nothing_only_reads(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, one_pass: Pass
) -> None:
    at_eight(runtime, clock, 2)
    tick(runtime)
    with worker(runtime) as dispatcher, statements(runtime) as asked:
        assert not +one_pass(dispatcher)  # type: ignore[operator]
    assert asked
    assert [sql for sql in asked if not sql.startswith(("BEGIN", "SELECT")) or "IMMEDIATE" in sql] == []


def test_what_a_lost_worker_left_is_still_found(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    planned(runtime, clock)
    assert claim_and_die(runtime)
    clock.forward(minutes=5)
    with worker(runtime) as dispatcher:
        reconcile(dispatcher)
    assert states(runtime) == ["unknown"]


def test_an_answer_that_a_fast_clock_dated_ahead_is_still_brought_forward(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    planned(runtime, clock)
    tomorrow = runtime.now() + timedelta(days=1)
    with write_transaction(runtime.engine) as connection:
        answer = {"kind": "answer", "due_at": tomorrow, "expires_at": tomorrow + timedelta(days=1)}
        connection.execute(update(OutboxMessage).values(answer))
    with worker(runtime) as dispatcher:
        assert dispatch_due(dispatcher)["sent"] == 1
