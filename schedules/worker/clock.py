"""One pass of everything due, and the clock that repeats it.

The clock is one APScheduler with a few jobs and a memory store: what is due is in the database, never in the scheduler,
so a worker may die and another go on. No job waits for longer than its own pause, whatever the wall clock is set to.
"""

import secrets
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor as SendingThreads
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from time import sleep

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import Engine

from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import write_transaction
from schedules.dispatch.clock_witnesses import Witnesses
from schedules.dispatch.dispatch import Dispatcher, dispatch_due
from schedules.dispatch.reconcile import reconcile
from schedules.gateway.protocol import Gateway
from schedules.planning.planner import plan_due
from schedules.planning.reanchoring import reanchor
from schedules.worker.presence import record_beat

TICK_SECONDS, SEND_SECONDS = 15, 2
SIGNAL_POLL_SECONDS = 0.2
CLOCK_SET_BACK = timedelta(seconds=1)  # less may be the time it takes to look

log = structlog.get_logger(__name__)


def worker_name() -> str:
    """Who claims: the host, to be read, and what no other process has, whatever it runs in or was forked from."""
    return f"{socket.gethostname()[:23]}-{secrets.token_hex(8)}"


@contextmanager
def open_dispatcher(
    engine: Engine,
    gateway: Gateway,
    now: Callable[[], datetime],
    witnesses: Witnesses,
    *,
    at_once: int,
    sender: str,
    rate: float,
) -> Iterator[Dispatcher]:
    """A dispatcher that sends `at_once` texts; what it has in hand is finished at the end of the block."""
    try:
        with SendingThreads(at_once, "sending") as pool:
            yield Dispatcher(engine, gateway, now, worker_name(), pool, at_once, sender, rate, witnesses=witnesses)
    finally:
        gateway.close()


@dataclass(frozen=True, slots=True)
class Job:
    """Something done again and again: by a worker every so many `seconds`, by `coach tick` once. `run` counts.

    `at_any_time`: right whatever the clock shows, and so done while that is in doubt. `lasts`: may take minutes, and is
    for a worker or a command of its own. A run under way for longer than `hangs_after` seconds hangs.
    """

    name: str
    seconds: int
    run: Callable[[], Mapping[str, int]]
    at_any_time: bool = False
    lasts: bool = False
    hangs_after: float = 300.0


def while_believed(job: Job, dispatcher: Dispatcher) -> Job:
    """The same job, which rests while the clock is contradicted."""
    if job.at_any_time:
        return job
    contradicted = partial(dispatcher.witnesses.contradict, dispatcher.now)
    return replace(job, run=lambda: {"halted": 1} if contradicted() else job.run())


def engine_jobs(dispatcher: Dispatcher, catalogue: Catalogue, keys: InstallationKeys) -> list[Job]:
    """Plan, send, find out: what this room does again and again, in the order in which one pass does it."""
    return [
        Job("plan", TICK_SECONDS, lambda: _plan(dispatcher, catalogue, keys)),
        Job("send", SEND_SECONDS, lambda: _send(dispatcher), at_any_time=True),
        Job("reconcile", TICK_SECONDS, lambda: reconcile(dispatcher)),
    ]


def _plan(dispatcher: Dispatcher, catalogue: Catalogue, keys: InstallationKeys) -> Mapping[str, int]:
    if dispatcher.witnesses.confirm(dispatcher.now):
        reanchor(dispatcher.engine, catalogue, keys, dispatcher.now())
    return plan_due(dispatcher.engine, catalogue, keys, dispatcher.now(), dispatcher.rate)


def _send(dispatcher: Dispatcher) -> Mapping[str, int]:
    """Send what is due; while the clock is contradicted, only what may leave at any hour."""
    doubt = dispatcher.witnesses.contradict(dispatcher.now)
    totals = dispatch_due(dispatcher, only_at_any_hour=doubt is not None)
    with write_transaction(dispatcher.engine) as connection:
        record_beat(connection, dispatcher.worker, dispatcher.now(), doubt)
    return totals + Counter(halted=1) if doubt else totals


def run_once(jobs: Iterable[Job], stopping: Event | None = None) -> Counter[str]:
    """Every job once, in order. One that fails is logged, the others have their turn, then it raises.

    Once `stopping` is set, none begins any more.
    """
    totals, failure = Counter[str](), None
    for job in jobs:
        if stopping is not None and stopping.is_set():
            log.warning("left_for_the_next_tick", job=job.name)
            continue
        try:
            totals.update(job.run())
        except Exception as error:
            log.exception("job_failed", job=job.name)
            failure = failure or error
    if failure:
        raise failure
    return totals


class FixedDelay(BaseTrigger):  # type: ignore[misc]
    """Again so many seconds after now.

    Not after the last time: if the clock was set forward since, that would be a run for each pause it has leaped over.
    """

    def __init__(self, seconds: float) -> None:
        self.pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, _last: datetime | None, now: datetime) -> datetime:
        """The next run, as APScheduler asks for it."""
        return now + self.pause


def run_forever(jobs: Sequence[Job], stopping: Event) -> None:
    """Repeat each job until SIGTERM or Ctrl-C; what is in hand is finished first. A failure is logged, not fatal.

    `stopping` is set first, so that a long job ends at its next step. The scheduler has a thread of its own: a signal
    reaches this one alone, which holds no lock and runs no code that could catch what the handler does. If this one
    fails, all ends with it: a worker that no signal reaches any more would be one that nobody can stop.
    """
    scheduler = schedule(jobs, datetime.now(UTC))
    received: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: received.append(number))
    scheduler.start()
    try:
        while not received:
            sleep(SIGNAL_POLL_SECONDS)
            bring_forward(scheduler, datetime.now(UTC))
    finally:
        stopping.set()
        log.info("worker_stopping")
        scheduler.shutdown(wait=True)


def schedule(jobs: Sequence[Job], now: datetime) -> BackgroundScheduler:
    """A scheduler of these jobs, each with a thread to itself: one that hangs holds up no other."""
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(max(1, len(jobs)))})
    for job in jobs:
        scheduler.add_job(
            _guarded,
            FixedDelay(job.seconds),
            [job],
            name=job.name,
            next_run_time=now,
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
    return scheduler


def bring_forward(scheduler: BackgroundScheduler, now: datetime) -> None:
    """Run at once what would run later than a pause from now: the clock was set back since that was reckoned.

    APScheduler goes by the wall clock. Set back by an hour, it would leave a page to a coach lying for an hour.
    """
    for job in scheduler.get_jobs():
        if job.next_run_time > now + job.trigger.pause + CLOCK_SET_BACK:
            log.warning("clock_was_set_back", job=job.name)
            job.modify(next_run_time=now)


def _guarded(job: Job) -> None:
    try:
        job.run()
    except Exception:
        log.exception("job_failed", job=job.name)
