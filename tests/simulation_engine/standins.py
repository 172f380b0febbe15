"""What the engine waits with and reads clocks with, on a stage: put in for the real ones wherever the engine holds them.

They are found by identity in the engine's modules, whatever those are called, so that modules may move and be renamed.
"""

import fcntl
import logging
import queue
import secrets
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime, timedelta, tzinfo
from importlib import import_module
from random import Random
from types import SimpleNamespace
from typing import Any

import structlog
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_STOPPED, BaseScheduler
from greenlet import getcurrent

from schedules import lanes
from tests.simulation_engine.stage import Process, Stage, Strand

STAGE: list[Stage] = []
_monotonic, _sleep, _flock, _datetime = time.monotonic, time.sleep, fcntl.flock, datetime


def on_stage() -> Stage | None:
    """The stage, for code that runs in one of its strands."""
    return STAGE[-1] if STAGE and isinstance(getcurrent(), Strand) else None


def monotonic() -> float:
    stage = on_stage()
    return stage.monotonic() if stage else _monotonic()


def sleep(seconds: float) -> None:
    stage = on_stage()
    if stage is None:
        _sleep(seconds)
    elif seconds >= 0.2:  # the pulse of a loop that has nothing to do
        stage.pulse()
        stage.rest(max(seconds, 1.0))
    else:
        stage.wait(seconds)


def flock(file: Any, how: int) -> None:
    """Never wait for real for another strand that holds the lock."""
    stage = on_stage()
    if stage is None or how & fcntl.LOCK_NB:
        return _flock(file, how)
    while True:
        try:
            return _flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            stage.wait(0.005)


class Clocked(datetime):
    """`datetime` whose `now` is that of the machine whose step it is."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        stage = on_stage()
        return stage.wall().astimezone(tz) if stage else _datetime.now(tz)


class Event:
    """`threading.Event`."""

    def __init__(self) -> None:
        self._set, self._waiting = False, list[Strand]()

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        for strand in self._waiting:
            strand.stage.wake(strand)
        self._waiting.clear()

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        strand = getcurrent()
        if not self._set and isinstance(strand, Strand):
            self._waiting.append(strand)
            if timeout is not None and timeout >= 0.2:
                strand.stage.rest(timeout)
            else:
                strand.stage.wait(timeout)
            if strand in self._waiting:
                self._waiting.remove(strand)
        return self._set


class SimpleQueue:
    """`queue.SimpleQueue`."""

    def __init__(self) -> None:
        self._held, self._waiting = deque[Any](), list[Strand]()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self._held.append(item)
        if self._waiting:
            strand = self._waiting.pop(0)
            strand.stage.wake(strand)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        while not self._held:
            strand = getcurrent()
            if not block or not isinstance(strand, Strand):
                raise queue.Empty
            self._waiting.append(strand)
            strand.stage.wait(timeout)
            if strand in self._waiting:
                self._waiting.remove(strand)
                raise queue.Empty
        return self._held.popleft()

    def get_nowait(self) -> Any:
        return self.get(block=False)

    def empty(self) -> bool:
        return not self._held

    def qsize(self) -> int:
        return len(self._held)


class Lanes(Executor):
    """`schedules.lanes.Lanes`: `count` tasks at a time, each a strand, which may have to wait for its turn."""

    LATE: Callable[[Random], float] = staticmethod(lambda drawn: 0.0)

    def __init__(self, count: int) -> None:
        stage = on_stage()
        assert stage is not None
        assert stage.process is not None
        self.count, self._stage, self._process = count, stage, stage.process
        self._waiting, self._busy = deque[Callable[[], object]](), 0

    def do(self, task: Callable[[], object]) -> None:
        self._waiting.append(task)
        self._begin()

    def _begin(self) -> None:
        while self._waiting and self._busy < self.count:
            task = self._waiting.popleft()
            self._busy += 1
            self._stage.spawn(self._process, lambda task=task: self._run(task), Lanes.LATE(self._process.drawn))

    def _run(self, task: Callable[[], object]) -> None:
        task()
        self._busy -= 1
        self._begin()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def map(self, fn: Any, *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
        return iter([fn(*given) for given in zip(*iterables, strict=False)])

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        while wait and self._busy and self._process.alive:
            self._stage.wait(0.05)


class _Strands(BaseExecutor):  # type: ignore[misc]  # the library is not typed
    """Each run of a job a strand, as APScheduler has a thread for each."""

    def _do_submit_job(self, job: Any, run_times: Any) -> None:
        stage = on_stage()
        assert stage is not None

        def run() -> None:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            self._run_job_success(job.id, events)

        stage.spawn(stage.process, run)


def latest_run(job: Any, now: datetime) -> list[datetime]:
    """Of all runs that a job has missed only the last counts; to list the thousands of a quiet night takes seconds."""
    return [now] if job.next_run_time and job.next_run_time <= now else []


class Scheduler(BaseScheduler):  # type: ignore[misc]  # the library is not typed
    """APScheduler's own rounds, in a strand instead of a thread."""

    def start(self, *args: Any, **kwargs: Any) -> None:
        self._woken = Event()
        super().start(*args, **kwargs)
        stage = on_stage()
        assert stage is not None
        stage.spawn(stage.process, self._rounds)

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)
        self._woken.set()

    def wakeup(self) -> None:
        self._woken.set()

    def _create_default_executor(self) -> BaseExecutor:
        return _Strands()

    def _rounds(self) -> None:
        while self.state != STATE_STOPPED:
            seconds = self._process_jobs()
            self._woken.wait(seconds)
            self._woken.clear()


_REAL_SIGNALS = signal
_seeded = Random(0)  # set anew for each run
SECRETS = SimpleNamespace(
    randbelow=lambda below: _seeded.randrange(below),
    token_hex=lambda size=32: f"{_seeded.getrandbits(8 * size):0{2 * size}x}",
    token_urlsafe=lambda size=32: f"{_seeded.getrandbits(8 * size):x}",
    choice=lambda given: _seeded.choice(given),
    compare_digest=secrets.compare_digest,
)
SIGNALS = SimpleNamespace(**{name: getattr(signal, name) for name in ("SIGTERM", "SIGINT")}, signal=lambda *_: None)
INSTEAD: tuple[tuple[Any, Any], ...] = (
    (time.monotonic, monotonic),
    (time.sleep, sleep),
    (fcntl.flock, flock),
    (threading.Event, Event),
    (queue.SimpleQueue, SimpleQueue),
    (lanes.Lanes, Lanes),
    (BackgroundScheduler, Scheduler),
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
        one for one in _modules() if one.__name__ == "schedules.clock"
    ]:
        before.append((module, "datetime", vars(module)["datetime"]))
        module.datetime = Clocked
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


def with_standins(thing: Any) -> Any:
    """A copy of a dataclass instance whose events and queues are of the stage: defaults were made with the real ones."""
    kinds = {threading.Event: Event, queue.SimpleQueue: SimpleQueue}
    return replace(
        thing,
        **{
            one.name: kinds[type(value)]()
            for one in fields(thing)
            if one.init and type(value := getattr(thing, one.name)) in kinds
        },
    )


__all__ = ["Clocked", "Event", "Lanes", "Process", "SimpleQueue", "on_stage", "put_in", "timedelta", "with_standins"]
