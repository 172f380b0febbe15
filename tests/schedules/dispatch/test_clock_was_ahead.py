"""What a clock that was ahead has dated in the outbox and on the line counts as now, once the clock is right."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.work import Sender
from schedules.dispatch.dispatch import dispatch_due
from schedules.dispatch.reconcile import reconcile
from schedules.gateway.protocol import MemoryGateway, NotProcessed
from schedules.outbox.queue import NewMessage, enqueue
from schedules.planning.planner import plan_due
from tests.schedules.sending import Vanishing, at_eight, phone, states, tick, worker
from tests.support import TestClock, staff

AHEAD = [timedelta(minutes=12), timedelta(hours=1), timedelta(days=1), timedelta(days=40)]


@pytest.mark.parametrize("ahead", [timedelta(minutes=9), *AHEAD], ids=str)
def test_a_page_to_a_coach_does_not_wait_for_that_clock(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, ahead: timedelta
) -> None:
    staff(runtime, lead=phone(900))
    clock.shows += ahead
    page = NewMessage(
        coach_id=1, kind="page", body="CRISIS", token="ab" * 16, created_at=clock(), expires_at=clock() + ahead
    )
    with write_transaction(runtime.engine) as connection:
        enqueue(connection, page)
    clock.shows -= ahead
    with worker(runtime) as dispatcher:
        dispatch_due(dispatcher, only_at_any_hour=True)
    assert [one.body for one in memory.taken] == ["CRISIS"]


def test_a_retry_of_a_page_is_not_brought_forward(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    staff(runtime, lead=phone(900))
    page = NewMessage(
        coach_id=1, kind="page", body="x", token="ff" * 16, created_at=clock(), expires_at=clock() + timedelta(hours=1)
    )
    memory.answers = [NotProcessed("HTTP 429", 300.0)]
    with write_transaction(runtime.engine) as connection:
        enqueue(connection, page)
    with worker(runtime) as dispatcher:
        for _ in range(2):
            dispatch_due(dispatcher)
            clock.forward(minutes=2)
    assert memory.taken == []


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_the_slots_that_clock_reserved_are_free(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, ahead: timedelta
) -> None:
    at_eight(runtime, clock, 2)
    with write_transaction(runtime.engine) as connection:
        dated = {"next_free_at": clock() + ahead, "shut_until_at": clock() + ahead, "shut_for": "provider_down"}
        connection.execute(insert(Sender).values(name="simulator", **dated))
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    with worker(runtime) as dispatcher:
        dispatch_due(replace(dispatcher, rate=1.0))
    assert len(memory.taken) == 2


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_a_text_that_came_into_doubt_by_that_clock_is_found_out_within_its_window(
    runtime: Runtime, clock: TestClock, ahead: timedelta
) -> None:
    at_eight(runtime, clock)
    gateway = Vanishing(clock)
    runtime = replace(runtime, gateway=gateway)
    tick(runtime)
    with write_transaction(runtime.engine) as connection:
        far = clock() + ahead
        connection.execute(update(OutboxMessage).values(doubted_at=far, lease_until_at=far))
    with worker(runtime) as dispatcher:
        reconcile(dispatcher)
        clock.forward(seconds=61)
        reconcile(dispatcher)
        dispatch_due(dispatcher)
    assert (states(runtime), len(gateway.taken)) == (["accepted"], 1)
