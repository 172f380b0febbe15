"""One pass of everything due, and the clock that repeats it.

The clock is one APScheduler with a few interval jobs and a memory store: what is due is in the database, never in the
scheduler, so a worker may die and another go on.
"""

import secrets
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from time import sleep

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine, delete, insert

from content.catalogue import Catalogue
from schedules.db import writing
from schedules.dispatch import Dispatcher, dispatch_due
from schedules.gateway import Gateway
from schedules.keys import InstallationKeys
from schedules.lanes import Lanes
from schedules.models_of_work import WorkerHeartbeat
from schedules.planner import plan_due
from schedules.reconcile import reconcile

TICK_SECONDS, SEND_SECONDS = 15, 2
LISTENS_EVERY = 0.2
HEARTBEAT_KEPT = timedelta(days=1)

log = structlog.get_logger(__name__)


def worker_name() -> str:
    """Who claims: the host, to be read, and what no other process has, whatever it runs in or was forked from."""
    return f"{socket.gethostname()[:23]}-{secrets.token_hex(8)}"


@contextmanager
def open_dispatcher(
    engine: Engine, gateway: Gateway, now: Callable[[], datetime], *, at_once: int, sender: str, rate: float
) -> Iterator[Dispatcher]:
    """A dispatcher that sends `at_once` texts; what it has in hand is finished at the end of the block."""
    try:
        with Lanes(at_once) as lanes:
            yield Dispatcher(engine, gateway, now, worker_name(), lanes, sender, rate)
    finally:
        gateway.close()


@dataclass(frozen=True, slots=True)
class Job:
    """Something done again and again: by `coach tick` once, by a worker every so many `seconds`. `run` counts."""

    name: str
    seconds: int
    run: Callable[[], Mapping[str, int]]


def engine_jobs(dispatcher: Dispatcher, catalogue: Catalogue, keys: InstallationKeys) -> list[Job]:
    """Plan, send, find out: what this room does again and again, in the order in which one pass does it."""
    return [
        Job("plan", TICK_SECONDS, lambda: _plan(dispatcher, catalogue, keys)),
        Job("send", SEND_SECONDS, lambda: _send(dispatcher)),
        Job("reconcile", TICK_SECONDS, lambda: reconcile(dispatcher)),
    ]


def _plan(dispatcher: Dispatcher, catalogue: Catalogue, keys: InstallationKeys) -> Mapping[str, int]:
    return plan_due(dispatcher.engine, catalogue, keys, dispatcher.now(), dispatcher.rate)


def _send(dispatcher: Dispatcher) -> Mapping[str, int]:
    totals = dispatch_due(dispatcher)
    with writing(dispatcher.engine) as connection:
        # Every tick of a cron job is a worker of its own: the rows of those long gone are cleared away.
        gone = WorkerHeartbeat.at < dispatcher.now() - HEARTBEAT_KEPT
        connection.execute(delete(WorkerHeartbeat).where((WorkerHeartbeat.worker == dispatcher.worker) | gone))
        connection.execute(insert(WorkerHeartbeat).values(worker=dispatcher.worker, at=dispatcher.now()))
    return totals


def run_once(jobs: Iterable[Job]) -> Counter[str]:
    """Every job once, in order. One that fails is logged, the others have their turn, then it raises."""
    totals, failure = Counter[str](), None
    for job in jobs:
        try:
            totals.update(job.run())
        except Exception as error:
            log.exception("job_failed", job=job.name)
            failure = failure or error
    if failure:
        raise failure
    return totals


def run_for_ever(jobs: Iterable[Job], stopping: Event) -> None:
    """Repeat each job until SIGTERM or Ctrl-C; what is in hand is finished first. A failure is logged, not fatal.

    `stopping` is set first, so that a long job ends at its next step. The scheduler has a thread of its own: a signal
    reaches this one alone, which holds no lock and runs no code that could catch what the handler does.
    """
    scheduler = BackgroundScheduler(timezone=UTC)
    for job in jobs:
        scheduler.add_job(
            _guarded,
            "interval",
            [job],
            name=job.name,
            seconds=job.seconds,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: told.append(number))
    scheduler.start()
    while not told:
        sleep(LISTENS_EVERY)
    stopping.set()
    log.info("worker_stopping")
    scheduler.shutdown(wait=True)


def _guarded(job: Job) -> None:
    try:
        job.run()
    except Exception:
        log.exception("job_failed", job=job.name)
