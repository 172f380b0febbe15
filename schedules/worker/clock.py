"""One pass of everything due, and the scheduler that repeats it.

The scheduler is APScheduler with a few jobs in memory: what is due is in the database, never in the scheduler, so a
worker may die and another continue. No job waits longer than its interval, however the wall clock is set.
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
CLOCK_SET_BACK = timedelta(seconds=1)  # smaller differences may be execution time

log = structlog.get_logger(__name__)


def worker_name() -> str:
    """Return a name for claims: the host for readers, and a random part unique to this process."""
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
    """Open a dispatcher that sends `at_once` texts in parallel; texts in flight finish at the end of the block."""
    try:
        with SendingThreads(at_once, "sending") as pool:
            yield Dispatcher(engine, gateway, now, worker_name(), pool, at_once, sender, rate, witnesses=witnesses)
    finally:
        gateway.close()


@dataclass(frozen=True, slots=True)
class Job:
    """Repeated work: run by a worker every `seconds`, by `coach tick` once. `run` returns counts.

    `at_any_time`: correct whatever the clock shows, so it also runs while the clock is in doubt. `lasts`: may take
    minutes, so it runs in a worker or a command of its own. A run longer than `hangs_after` seconds counts as hung.
    """

    name: str
    seconds: int
    run: Callable[[], Mapping[str, int]]
    at_any_time: bool = False
    lasts: bool = False
    hangs_after: float = 300.0


def while_believed(job: Job, dispatcher: Dispatcher) -> Job:
    """Return the same job, but paused while the clock is contradicted."""
    if job.at_any_time:
        return job
    contradicted = partial(dispatcher.witnesses.contradict, dispatcher.now)
    return replace(job, run=lambda: {"halted": 1} if contradicted() else job.run())


def engine_jobs(dispatcher: Dispatcher, catalogue: Catalogue, keys: InstallationKeys) -> list[Job]:
    """Return the jobs of this room in the order of one pass: plan, send, reconcile."""
    return [
        Job("plan", TICK_SECONDS, lambda: _plan(dispatcher, catalogue, keys)),
        Job("send", SEND_SECONDS, lambda: _send(dispatcher), at_any_time=True),
        Job("reconcile", TICK_SECONDS, lambda: reconcile(dispatcher)),
    ]


def _plan(dispatcher: Dispatcher, catalogue: Catalogue, keys: InstallationKeys) -> Mapping[str, int]:
    now = dispatcher.now()
    if dispatcher.doubts(now):
        return {"halted": 1}
    if dispatcher.witnesses.confirm(lambda: now):
        reanchor(dispatcher.engine, catalogue, keys, now)
    return plan_due(dispatcher.engine, catalogue, keys, now, dispatcher.rate)


def _send(dispatcher: Dispatcher) -> Mapping[str, int]:
    """Send what is due; while the clock is contradicted, only what may arrive at any hour."""
    doubt = dispatcher.witnesses.contradict(dispatcher.now)
    totals = dispatch_due(dispatcher, only_at_any_hour=doubt is not None)
    with write_transaction(dispatcher.engine) as connection:
        record_beat(connection, dispatcher.worker, dispatcher.now(), doubt)
    return totals + Counter(halted=1) if doubt else totals


def run_once(jobs: Iterable[Job], stopping: Event | None = None) -> Counter[str]:
    """Run every job once, in order. A failure is logged, the others still run, and then it is raised.

    Once `stopping` is set, no further job starts.
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
    """Fires a fixed delay after now.

    An interval after the last run would, if the clock was set forward, fire once for every interval skipped.
    """

    def __init__(self, seconds: float) -> None:
        self.pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, _last: datetime | None, now: datetime) -> datetime:
        """Return the next run, as called by APScheduler."""
        return now + self.pause


def run_forever(jobs: Sequence[Job], stopping: Event) -> None:
    """Repeat each job until SIGTERM or Ctrl-C, then finish work in progress. Failures are logged, not fatal.

    `stopping` is set first, so that a long job ends at its next step. The scheduler has its own thread: signals only
    reach this one, which holds no locks and runs no code that could swallow what the handler does. If this thread
    fails, the worker ends, because otherwise no signal could stop it any more.
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
    """Return a scheduler with one thread per job, so that a hung job does not delay the others."""
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
    """Run jobs now that are scheduled further ahead than their interval: the clock was set back meanwhile.

    APScheduler uses the wall clock: setting it back by an hour would delay a page to a coach by an hour.
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
