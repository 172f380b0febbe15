"""How long each writing transaction lasts, and who asked for it: on SQLite all others wait for it meanwhile.

`schedules.database.engine` opens every one of them and measures it here. One that lasts too long is a fault of ours:
it is logged with its caller, and counted in `long_write`, where every process and command adds its own for the
metrics to read.
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
INTERNAL_MODULES = ("schedules.database.engine", "contextlib")  # whoever they were called by is who asked

# The database's own clock, since a process reads its clock in one place only and this is not it.
COUNT_LONG_WRITE = text(
    "INSERT INTO long_write (caller, times, longest_ms, last_at) VALUES (:caller, 1, :ms, CURRENT_TIMESTAMP) "
    "ON CONFLICT (caller) DO UPDATE SET times = long_write.times + 1, last_at = CURRENT_TIMESTAMP, "
    "longest_ms = CASE WHEN excluded.longest_ms > long_write.longest_ms "
    "THEN excluded.longest_ms ELSE long_write.longest_ms END"
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriteTiming:
    """One writing transaction, committed or not: `seconds` on the wall, `cpu` of its thread."""

    caller: str
    seconds: float
    cpu: float
    thread: int

    @property
    def is_long(self) -> bool:
        """Whether others had to wait for longer than they should."""
        return self.seconds > LONG_WRITE_SECONDS


# Told of each transaction that has ended. Empty but in tests and benchmarks.
WATCHERS: list[Callable[[WriteTiming], None]] = []


@dataclass(slots=True)
class Stopwatch:
    """Runs from the moment at which others have to wait."""

    caller: str
    began: float = field(default_factory=time.perf_counter)
    cpu_began: float = field(default_factory=time.thread_time)

    def stop(self) -> WriteTiming:
        """The transaction as it was."""
        seconds, cpu = time.perf_counter() - self.began, time.thread_time() - self.cpu_began
        written = WriteTiming(self.caller, seconds, cpu, threading.get_ident())
        for watcher in WATCHERS:
            watcher(written)
        return written


def find_caller() -> str:
    """Who asked for the transaction, as `coach.alerts.paging.acknowledge`."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_internal(frame):
        frame = frame.f_back
    return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}" if frame else "unknown"


def _is_internal(frame: FrameType) -> bool:
    """Whether somebody else uses what the frame does: also a block of its own around a transaction."""
    around = frame.f_back.f_globals.get("__name__") if frame.f_back else None
    return frame.f_globals.get("__name__") in INTERNAL_MODULES or around == "contextlib"


def log_long_write(written: WriteTiming) -> None:
    """Say in the log that a transaction was too long. No warning: whoever types a command can do nothing about it."""
    log.warning("write_was_long", caller=written.caller, ms=round(written.seconds * 1000))


def count_long_write(connection: Connection, written: WriteTiming) -> None:
    """Note it where the metrics of all processes are read from."""
    connection.execute(COUNT_LONG_WRITE, {"caller": written.caller[:120], "ms": round(written.seconds * 1000)})
