"""Simulated replacements for waiting and for reading the clock."""

import fcntl
import queue
import time
from collections import deque
from datetime import datetime, tzinfo
from typing import Any

from greenlet import getcurrent

from tests.simulation_engine.stage import Stage, Strand

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
        stage.rest(max(seconds, 1.0), idle=True)
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

    def wait(self, timeout: float | None = None, *, idle: bool = False) -> bool:
        """`idle`: it is a loop that waits for its next round."""
        strand = getcurrent()
        if not self._set and isinstance(strand, Strand):
            self._waiting.append(strand)
            if timeout is not None and timeout >= 0.2:
                strand.stage.rest(timeout, idle=idle)
            else:
                strand.stage.wait(timeout)
            if strand in self._waiting:
                self._waiting.remove(strand)
        return self._set


class Lock:
    """`threading.Lock`: a strand that waits for it lets the others go on, or all would wait for ever."""

    def __init__(self) -> None:
        self._held = False

    def acquire(self, blocking: bool = True) -> bool:
        while self._held:
            if not blocking:
                return False
            sleep(0.001)
        self._held = True
        return True

    def release(self) -> None:
        self._held = False

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


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
