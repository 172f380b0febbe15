"""The line that all workers share: its rate, its breaker, who goes first, and how a worker stops."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, update
from sqlalchemy.exc import OperationalError

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.work import Sender
from schedules.dispatch import dispatch
from schedules.dispatch.dispatch import dispatch_due
from schedules.gateway.protocol import MemoryGateway, NotProcessed, Outcome, OutgoingText, Refused
from schedules.planning.planner import plan_due
from tests.schedules.sending import EVENING, at_eight, messages, phone, states, tick, worker
from tests.support import TestClock, enrol, person, rows, say


def plan(runtime: Runtime, rate: float = 0.0) -> None:
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now(), rate)


class Timed(MemoryGateway):
    """Notes when each text was handed over."""

    def __init__(self, clock: TestClock, seconds: float = 0.0) -> None:
        super().__init__(clock)
        self.at: list[float] = []
        self.order: list[str] = []
        self.seconds = seconds
        self.at_third: Callable[[], None] = lambda: None

    def send(self, text: OutgoingText) -> Outcome:
        self.at.append(monotonic())
        self.order.append(text.to)
        if len(self.order) == 3:
            self.at_third()
        sleep(self.seconds)
        return super().send(text)


def test_texts_leave_evenly_at_the_rate_that_was_set(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 20)
    plan(runtime)
    gateway = Timed(clock)
    with worker(runtime, gateway) as dispatcher:
        dispatch_due(replace(dispatcher, rate=12.0))
    gaps = [b - a for a, b in pairwise(sorted(gateway.at))]
    assert len(gateway.at) == 20
    assert max(gateway.at) - min(gateway.at) >= 19 / 12 - 0.8  # a loaded machine may begin late
    assert sum(gap > 0.03 for gap in gaps) >= 8, "not in one burst"


def test_a_second_worker_takes_the_slots_after_the_first_ones(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 30)
    plan(runtime)
    with worker(runtime, at_once=8) as one, worker(runtime, name="two", at_once=8) as two:
        first, second = (replace(dispatcher, rate=10.0) for dispatcher in (one, two))
        assert dispatch._claim_more(first)
        dispatch._claim_more(second)
        assert (len(first.under_way), len(second.under_way)) == (21, 0)
        [sender] = rows(runtime.engine, Sender)
        assert sender.next_free_at == EVENING + timedelta(seconds=2.1)
        clock.forward(seconds=1)
        dispatch._claim_more(second)
        assert len(second.under_way) == 9
        for dispatcher in (first, second):
            dispatcher.stopping.set()
            dispatch_due(dispatcher)


def test_a_small_clinic_does_not_wait_behind_a_large_one(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, *(person(number) for number in range(1, 41)), clinic="Large")
    enrol(runtime, person(901), person(902), clinic="Small")
    clock.shows = EVENING
    plan(runtime, rate=1.0)
    gateway = Timed(clock)
    for _ in range(45):
        with worker(runtime, gateway, at_once=1) as dispatcher:
            dispatch_due(dispatcher)
        clock.forward(seconds=1)
    assert len(gateway.order) == 42
    assert {phone(901), phone(902)} <= set(gateway.order[:5])


def queue_page(runtime: Runtime, enrolment: int) -> None:
    now = runtime.now()
    with write_transaction(runtime.engine) as connection:
        connection.execute(
            insert(OutboxMessage).values(
                enrolment_id=enrolment,
                kind="coach",
                body="How are you?",
                token=runtime.keys.token("word", enrolment),
                state="queued",
                due_at=now,
                expires_at=now + timedelta(hours=1),
                created_at=now,
            )
        )


def test_a_coachs_words_leave_before_an_evenings_nudges(runtime: Runtime, clock: TestClock) -> None:
    ids = at_eight(runtime, clock, 20)
    plan(runtime)
    clock.forward(seconds=30)
    queue_page(runtime, ids[7])
    gateway = Timed(clock)
    with worker(runtime, gateway, at_once=1) as dispatcher:
        dispatch_due(dispatcher)
    assert gateway.order[0] == phone(8)
    assert len(gateway.order) == 21


def test_a_refused_key_stops_after_a_handful_and_says_so(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 60)
    memory.answers = [Refused(20003, "code 20003")] * 60
    assert tick(runtime)["halted"] == 1
    assert len(memory.answers) >= 60 - 32
    assert tick(runtime)["halted"] == 1
    [sender] = rows(runtime.engine, Sender)
    assert (sender.shut_for, sender.trips) == ("key_refused", 1)
    memory.answers = []
    clock.forward(seconds=5)
    assert tick(runtime)["sent"] == 60
    assert (rows(runtime.engine, Sender)[0].shut_for, len(memory.taken)) == (None, 60)


def test_a_missed_evening_says_why_nothing_could_be_sent(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 10)
    memory.answers = [NotProcessed("ConnectionRefusedError")] * 1000
    for _ in range(30):
        tick(runtime)
        clock.forward(minutes=3)
    assert Counter((one.state, one.reason) for one in messages(runtime)) == {("expired", "provider_down"): 10}


def test_a_worker_told_to_stop_finishes_what_is_under_way_and_leaves_the_rest(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock, 100)
    plan(runtime)
    gateway = Timed(clock, seconds=0.2)
    with worker(runtime, gateway, at_once=2) as dispatcher:
        gateway.at_third = dispatcher.stopping.set
        dispatch_due(dispatcher)
    assert Counter(states(runtime)) == {"accepted": len(gateway.taken), "queued": 100 - len(gateway.taken)}
    assert 3 <= len(gateway.taken) <= 4, "what the other lane had begun, and no more"
    left = 100 - len(gateway.taken)
    gateway.seconds = 0
    with worker(runtime, gateway, name="next") as dispatcher:
        assert dispatch_due(dispatcher)["sent"] == left
    assert max(Counter(gateway.order).values()) == 1


def test_a_stop_that_comes_while_a_text_waits_for_a_slow_provider_is_heard(
    runtime: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "FRESH_SECONDS", 0.05)
    at_eight(runtime, clock, 2)
    plan(runtime)

    class Slow(MemoryGateway):
        def send(self, text: OutgoingText) -> Outcome:
            say(runtime, phone(3 - int(text.to[-1])), "STOP")
            sleep(0.1)
            return super().send(text)

    gateway = Slow(clock)
    with worker(runtime, gateway, at_once=1) as dispatcher:
        dispatch_due(dispatcher)
    assert len(gateway.taken) == 1
    assert sorted(states(runtime)) == ["accepted", "suppressed"]


@contextmanager
def database_gone_when_recording(engine: Engine, times: int) -> Iterator[None]:
    left = [times]

    def fail(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if left[0] and statement.startswith("UPDATE outbox_message") and "settled_at" in statement:
            left[0] -= 1
            raise OperationalError(statement, {}, Exception("the database is gone"))

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def test_what_the_database_did_not_take_is_recorded_by_the_next_pass(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 50)
    plan(runtime)
    with worker(runtime) as dispatcher:
        with database_gone_when_recording(runtime.engine, 3):  # the first of them when it looks for what is late
            for _ in range(3):
                with pytest.raises(OperationalError):
                    dispatch_due(dispatcher)
        assert len(memory.taken) <= 4 * 8, "no more is sent while nothing can be recorded"
        assert dispatch_due(dispatcher)["sent"] == 50
    assert Counter(states(runtime)) == {"accepted": 50}
    assert len(memory.taken) == 50


def test_an_event_set_before_the_pass_claims_nothing(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock, 3)
    plan(runtime)
    stopped = Event()
    stopped.set()
    with worker(runtime) as dispatcher:
        dispatch_due(replace(dispatcher, stopping=stopped))
    assert (states(runtime), memory.taken) == (["queued"] * 3, [])


def test_a_text_never_leaves_because_of_its_turn_after_its_window(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 5)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(bedtime_at=None))
    plan(runtime, rate=1 / 1800)
    due = [message.due_at for message in messages(runtime)]
    assert due == [EVENING, EVENING + timedelta(minutes=30), *[EVENING + timedelta(hours=1)] * 3]
    gateway = MemoryGateway(clock)
    for _ in range(9):
        with worker(runtime, gateway) as dispatcher:
            dispatch_due(dispatcher)
        clock.forward(minutes=10)
    assert Counter(states(runtime)) == {"accepted": 2, "expired": 3}
