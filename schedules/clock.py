"""One pass of everything due, and the clock that repeats it.

The clock is one APScheduler with one interval job and a memory store: what is due is in the database, never in the
scheduler, so a worker may die and another go on.
"""

import os
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy import Engine, delete, insert

from content.catalogue import Catalogue
from schedules.db import writing
from schedules.dispatch import Dispatcher, dispatch_due
from schedules.gateway import Gateway
from schedules.keys import InstallationKeys
from schedules.models import WorkerHeartbeat
from schedules.planner import plan_due
from schedules.reconcile import reconcile

TICK_SECONDS = 15
HEARTBEAT_KEPT = timedelta(days=1)

log = structlog.get_logger(__name__)


def worker_name() -> str:
    """Who claims: host and process."""
    return f"{socket.gethostname()[:24]}-{os.getpid()}"


@contextmanager
def open_dispatcher(
    engine: Engine, gateway: Gateway, now: Callable[[], datetime], concurrency: int
) -> Iterator[Dispatcher]:
    """A dispatcher whose threads end with the block, after finishing what they have in hand."""
    try:
        with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="send") as pool:
            yield Dispatcher(engine, gateway, now, worker_name(), pool)
    finally:
        gateway.close()


def tick(dispatcher: Dispatcher, catalogue: Catalogue, keys: InstallationKeys) -> Counter[str]:
    """Plan, dispatch and reconcile what is due now. Returns the counts of each."""
    now = dispatcher.now()
    totals = plan_due(dispatcher.engine, catalogue, keys, now)
    totals += dispatch_due(dispatcher)
    totals += reconcile(dispatcher)
    with writing(dispatcher.engine) as connection:
        # Every tick of a cron job is a worker of its own: the rows of those long gone are cleared away.
        gone = WorkerHeartbeat.at < dispatcher.now() - HEARTBEAT_KEPT
        connection.execute(delete(WorkerHeartbeat).where((WorkerHeartbeat.worker == dispatcher.worker) | gone))
        connection.execute(insert(WorkerHeartbeat).values(worker=dispatcher.worker, at=dispatcher.now()))
    return totals


def run_for_ever(job: Callable[[], object], *, seconds: int = TICK_SECONDS) -> None:
    """Repeat a job until SIGTERM or Ctrl-C; the run in hand is finished first. A failing run is logged, not fatal."""

    def guarded() -> None:
        try:
            job()
        except Exception:
            log.exception("tick_failed")

    scheduler = BlockingScheduler(timezone=UTC)
    scheduler.add_job(
        guarded,
        "interval",
        seconds=seconds,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        misfire_grace_time=None,
        max_instances=1,
    )

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        scheduler.start()
    except KeyboardInterrupt:
        log.info("worker_stopping")
        scheduler.shutdown(wait=True)
