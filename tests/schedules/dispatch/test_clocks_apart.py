"""Workers whose clocks differ take no live claim from each other, and send no text twice, on both databases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.dispatch.clock_witnesses import Witness, Witnesses
from schedules.dispatch.dispatch import Dispatcher, _claim_more, dispatch_due
from schedules.dispatch.reconcile import reconcile
from schedules.gateway.protocol import MemoryGateway, NotProcessed, Outcome, OutgoingText, ProviderMessage, Unknown
from schedules.outbox.queue import LEASE, NewMessage, enqueue
from schedules.planning.planner import plan_due
from schedules.worker.clock import engine_jobs, run_once, while_believed
from tests.schedules.sending import at_eight, phone, states, worker
from tests.support import TestClock

# What `Witnesses` tolerates, either way.
APART = timedelta(seconds=110)
HOUR = timedelta(hours=1)
LISTED_AFTER = timedelta(seconds=55)


@dataclass
class Slow(MemoryGateway):
    """Takes each text, lists it late, and breaks off its first answer, after something else has happened."""

    meanwhile: Callable[[], Any] = lambda: None

    def send(self, text: OutgoingText) -> Outcome:
        taken = super().send(text)
        if len(self.taken) > 1:
            return taken
        self.meanwhile()
        return Unknown("ReadTimeout")

    def messages_to(self, phone: str, since: datetime) -> list[ProviderMessage]:
        return [one for one in super().messages_to(phone, since) if self.now() >= one.created_at + LISTED_AFTER]


@contextmanager
def worker_ahead(runtime: Runtime, clock: TestClock, ahead: timedelta) -> Iterator[Dispatcher]:
    """A worker on a machine whose clock is ahead of the database's by so much, and who knows it."""
    began = clock()
    database = Witness("database", lambda: clock(), 10, lambda: (clock() - began).total_seconds())  # noqa: PLW0108
    with worker(replace(runtime, now=lambda: clock() + ahead), name=f"{ahead}") as dispatcher:
        heard = replace(dispatcher, witnesses=Witnesses([database]))
        heard.witnesses.contradict(heard.now)
        yield heard


@pytest.mark.parametrize("ahead", [(-APART, APART), (timedelta(0), HOUR), (timedelta(0), -HOUR), (APART, -APART)])
def test_a_text_that_another_worker_is_sending_is_not_sent_twice(
    runtime: Runtime, clock: TestClock, ahead: tuple[timedelta, timedelta]
) -> None:
    at_eight(runtime, clock)
    clock.forward(minutes=5)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    gateway = Slow(clock)
    runtime = replace(runtime, gateway=gateway)
    with worker_ahead(runtime, clock, ahead[0]) as slow, worker_ahead(runtime, clock, ahead[1]) as other:
        during: list[str] = []

        def meanwhile() -> None:
            reconcile(other)
            dispatch_due(other, only_at_any_hour=True)
            during.extend(states(runtime))

        gateway.meanwhile = meanwhile
        dispatch_due(slow)
        assert during == ["sending"], "the claim is live"
        for _ in range(8):
            clock.forward(seconds=10)
            for one in (other, slow):
                reconcile(one)
                dispatch_due(one)
        assert (len(gateway.taken), states(runtime)) == (1, ["sent"])


def test_what_is_claimed_by_a_fast_clock_is_found_at_the_provider(runtime: Runtime, clock: TestClock) -> None:
    """Answers are sent at any hour, so by a machine with a wrong clock as well."""
    [enrolment] = at_eight(runtime, clock)
    answer = NewMessage(
        kind="answer",
        body="Thank you.",
        token="a" * 32,
        created_at=clock(),
        expires_at=clock() + HOUR * 3,
        enrolment_id=enrolment,
    )
    with write_transaction(runtime.engine) as connection:
        enqueue(connection, answer)
    gateway = Slow(clock)
    runtime = replace(runtime, gateway=gateway)
    with worker_ahead(runtime, clock, HOUR) as fast:
        dispatch_due(fast, only_at_any_hour=True)
    assert states(runtime) == ["unknown"]
    clock.forward(minutes=70)
    with worker_ahead(runtime, clock, timedelta(0)) as right:
        reconcile(right)
        dispatch_due(right)
    assert (len(gateway.taken), states(runtime)) == (1, ["sent"])


class Lost:
    """The threads of a machine that is switched off."""

    def submit(self, *_: Any) -> None:
        pass


def test_a_lost_worker_with_another_clock_is_noticed_after_its_lease(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    with worker_ahead(runtime, clock, -APART) as lost:
        _claim_more(replace(lost, pool=cast("Any", Lost())))
    clock.forward(seconds=LEASE.total_seconds() - 1)
    with worker_ahead(runtime, clock, APART) as other:
        reconcile(other)
        assert states(runtime) == ["sending"]
        clock.forward(seconds=1)
        reconcile(other)
        assert states(runtime) == ["unknown"]


@dataclass
class Setting(MemoryGateway):
    """Somebody sets the clock while the first text is taken."""

    set_clock: Callable[[], Any] = lambda: None
    answer: Outcome | None = None

    def send(self, text: OutgoingText) -> Outcome:
        self.answers = [self.answer]
        self.answer = None
        outcome = super().send(text)
        self.set_clock()
        return outcome


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
@pytest.mark.parametrize("answer", [None, NotProcessed("code 20429"), Unknown("ReadTimeout")])
@pytest.mark.parametrize("whose", ["database", "provider"])
def test_a_clock_that_is_set_during_a_pass_loses_and_doubles_nothing(
    runtime: Runtime, clock: TestClock, ahead: timedelta, answer: Outcome | None, whose: str
) -> None:
    at_eight(runtime, clock, 6)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock())
    wrong = [timedelta(0)]
    gateway = Setting(clock, set_clock=lambda: wrong.__setitem__(0, ahead), answer=answer)
    began = clock()
    other = Witness(whose, lambda: clock(), 10, lambda: (clock() - began).total_seconds())  # noqa: PLW0108
    runtime = replace(runtime, gateway=gateway, now=lambda: clock() + wrong[0])
    with worker(runtime, at_once=1) as plain:
        dispatcher = replace(plain, witnesses=Witnesses([other]))
        jobs = [while_believed(job, dispatcher) for job in engine_jobs(dispatcher, runtime.catalogue, runtime.keys)]
        for _ in range(2):
            run_once(jobs)
            clock.forward(seconds=20)
        gateway.set_clock = lambda: None
        wrong[0] = timedelta(0)
        for _ in range(8):
            run_once(jobs)
            clock.forward(seconds=20)
    assert sorted(one.to for one in gateway.taken) == [phone(number) for number in range(1, 7)]
    assert set(states(runtime)) <= {"accepted", "sent"}
