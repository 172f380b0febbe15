"""Measures how long write transactions last, and who opened them: on SQLite they block every other writer.

`schedules.database.engine` opens and measures all of them. A long one is a bug: it is logged with its caller and
counted in `long_write`, where every process and command adds its own for the metrics to read.
"""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

import structlog
from sqlalchemy import Connection, text

LONG_WRITE_SECONDS = 0.2  # seconds; docs/explanation/never-two-never-none.md
INTERNAL_MODULES = ("schedules.database.engine", "contextlib")  # the caller is the first frame outside of these

# Uses the database's clock, because this module must not read the process clock.
COUNT_LONG_WRITE = text(
    "INSERT INTO long_write (caller, times, longest_ms, last_at) VALUES (:caller, 1, :ms, CURRENT_TIMESTAMP) "
    "ON CONFLICT (caller) DO UPDATE SET times = long_write.times + 1, last_at = CURRENT_TIMESTAMP, "
    "longest_ms = CASE WHEN excluded.longest_ms > long_write.longest_ms "
    "THEN excluded.longest_ms ELSE long_write.longest_ms END"
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriteTiming:
    """One write transaction, committed or not: wall-clock `seconds`, and `cpu` seconds of its thread."""

    caller: str
    seconds: float
    cpu: float
    thread: int

    @property
    def is_long(self) -> bool:
        """Whether other writers had to wait for too long."""
        return self.seconds > LONG_WRITE_SECONDS


# Called with each finished transaction. Empty except in tests and benchmarks.
WATCHERS: list[Callable[[WriteTiming], None]] = []


@dataclass(slots=True)
class Stopwatch:
    """Measures a transaction from the moment at which other writers have to wait."""

    caller: str
    began: float = field(default_factory=time.perf_counter)
    cpu_began: float = field(default_factory=time.thread_time)

    def stop(self) -> WriteTiming:
        """Return the measured transaction."""
        seconds, cpu = time.perf_counter() - self.began, time.thread_time() - self.cpu_began
        written = WriteTiming(self.caller, seconds, cpu, threading.get_ident())
        for watcher in WATCHERS:
            watcher(written)
        return written


def find_caller() -> str:
    """Return the function that opened the transaction, as `coach.alerts.paging.acknowledge`."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_internal(frame):
        frame = frame.f_back
    return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}" if frame else "unknown"


def _is_internal(frame: FrameType) -> bool:
    """Return whether a frame only wraps the transaction, such as a context manager of its caller."""
    around = frame.f_back.f_globals.get("__name__") if frame.f_back else None
    return frame.f_globals.get("__name__") in INTERNAL_MODULES or around == "contextlib"


def log_long_write(written: WriteTiming) -> None:
    """Log a transaction that took too long. The operator can do nothing about it, so nothing is printed."""
    log.warning("write_was_long", caller=written.caller, ms=round(written.seconds * 1000))


def count_long_write(connection: Connection, written: WriteTiming) -> None:
    """Count a long transaction in the table that the metrics are read from."""
    connection.execute(COUNT_LONG_WRITE, {"caller": written.caller[:120], "ms": round(written.seconds * 1000)})
