"""Patch the engine with simulated clocks, waits and threads.

They are found by identity in the engine's modules, whatever those are called, so that modules may move and be renamed.
"""

import fcntl
import logging
import math
import queue
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime, timedelta
from importlib import import_module
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler

from schedules.database import write_times
from schedules.dispatch.clock_witnesses import ASK_DATABASE_EVERY, ASK_PROVIDER_EVERY, Witness, Witnesses
from tests.simulation_engine.scheduling import Scheduler, Strands, Threads, latest_run
from tests.simulation_engine.stage import EPOCH, Machine, Stage
from tests.simulation_engine.waiting import STAGE, Clocked, Event, Lock, SimpleQueue, flock, monotonic, sleep

_seeded = Random(0)  # set anew for each run
SECRETS = SimpleNamespace(
    randbelow=_seeded.randrange,
    token_hex=lambda size=32: f"{_seeded.getrandbits(8 * size):0{2 * size}x}",
    token_urlsafe=lambda size=32: f"{_seeded.getrandbits(8 * size):x}",
    choice=_seeded.choice,
    compare_digest=secrets.compare_digest,
)
SIGNALS = SimpleNamespace(**{name: getattr(signal, name) for name in ("SIGTERM", "SIGINT")}, signal=lambda *_: None)
INSTEAD: tuple[tuple[Any, Any], ...] = (
    (time.monotonic, monotonic),
    (time.sleep, sleep),
    (fcntl.flock, flock),
    (threading.Event, Event),
    (threading.Lock, Lock),
    (queue.SimpleQueue, SimpleQueue),
    (futures.ThreadPoolExecutor, Threads),
    (BackgroundScheduler, Scheduler),
    (ThreadPoolExecutor, Strands),
    (secrets, SECRETS),
    (signal, SIGNALS),
)
READ_THE_CLOCK = ("apscheduler.schedulers.base", "apscheduler.triggers.interval", "apscheduler.executors.base")


def _modules() -> list[Any]:
    return [
        module
        for name, module in sorted(sys.modules.items())
        if name.partition(".")[0] in ("schedules", "coach") and module is not None
    ]


@contextmanager
def put_in(stage: Stage, seed: int) -> Iterator[None]:
    """For as long as the block lasts, the engine's modules wait and tell the time on the stage."""
    by_id = {id(real): instead for real, instead in INSTEAD}
    before: list[tuple[Any, str, Any]] = []
    _seeded.seed(seed)
    for module in _modules():
        for name, value in list(vars(module).items()):
            if id(value) in by_id and not name.startswith("__"):
                before.append((module, name, value))
                setattr(module, name, by_id[id(value)])
    for module in [import_module(name) for name in READ_THE_CLOCK] + [
        one for one in _modules() if one.__name__ == "schedules.worker.clock"
    ]:
        before.append((module, "datetime", vars(module)["datetime"]))
        module.datetime = Clocked
    # A busy machine must not add statements to a run: no transaction is long by real time.
    before.append((write_times, "LONG_WRITE_SECONDS", write_times.LONG_WRITE_SECONDS))
    write_times.LONG_WRITE_SECONDS = math.inf
    before.append((Job, "_get_run_times", Job._get_run_times))
    Job._get_run_times = latest_run
    STAGE.append(stage)
    try:
        with _silent():
            yield
    finally:
        STAGE.pop()
        for module, name, value in reversed(before):
            setattr(module, name, value)


@contextmanager
def _silent() -> Iterator[None]:
    """What the engine logs of all that is done to it would be read by nobody."""
    config = structlog.get_config()
    disabled = logging.root.manager.disable
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(disabled)
        structlog.configure(**config)


def named(dispatcher: Any, name: str) -> Any:
    """The dispatcher of a worker of this name: all of them share a host and a process."""
    return replace(dispatcher, worker=name)


def clocks(stage: Stage, machine: Machine, provider: Any, *, database: bool) -> Witnesses:
    """What a worker on this machine holds its clock against: true time, as others show it.

    Every other machine does not count its sleep (`schedules.dispatch.clock_witnesses.lived_seconds`).
    """

    def told() -> datetime:
        stage.wait(0.05)
        return EPOCH + timedelta(seconds=stage.now)

    def lived() -> float:
        return 1000.0 + stage.now - (machine.slept if machine.name[-1] in "13579" else 0.0)

    asked = [
        ("provider", provider.date, ASK_PROVIDER_EVERY),
        *([("database", told, ASK_DATABASE_EVERY)] if database else []),
    ]
    return Witnesses([Witness(whose, ask, every, lived, _ask_lock=cast("Any", Lock())) for whose, ask, every in asked])


def with_standins(thing: Any) -> Any:
    """A copy of a dataclass instance with events and queues of the stage: its defaults were made with the real ones."""
    kinds = {threading.Event: Event, queue.SimpleQueue: SimpleQueue}
    return replace(
        thing,
        **{
            one.name: kinds[type(value)]()
            for one in fields(thing)
            if one.init and type(value := getattr(thing, one.name)) in kinds
        },
    )
