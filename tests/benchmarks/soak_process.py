"""The deployed processes under a clock that the soak moves: `python -m tests.benchmarks.soak_process worker CLOCK`.

The web process is `gunicorn 'tests.benchmarks.soak_process:web("CLOCK")'`. Nothing else differs from what is deployed.
"""

import mmap
import struct
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask

from coach.config import load_settings
from coach.jobs import recurring_jobs
from coach.operations.logs import configure_logs
from coach.runtime import Runtime, open_runtime, utc_now
from coach.web.app import create_app
from schedules.worker.clock import run_forever


class SharedClock:
    """Real time plus an offset in seconds that lies in a file: every process of the soak sees the same instant."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._seconds = mmap.mmap(file.fileno(), 8)

    @classmethod
    def make(cls, path: Path) -> "SharedClock":
        path.write_bytes(struct.pack("d", 0.0))
        return cls(path)

    def __call__(self) -> datetime:
        [offset] = struct.unpack("d", self._seconds[:8])
        return utc_now() + timedelta(seconds=offset)

    def forward_to(self, instant: datetime) -> None:
        """Show an instant at least as late."""
        [offset] = struct.unpack("d", self._seconds[:8])
        ahead = (instant - self()).total_seconds()
        self._seconds[:8] = struct.pack("d", offset + max(0.0, ahead))


def runtime_at(clock: str) -> Runtime:
    settings = load_settings()
    configure_logs("json")
    return open_runtime(settings, SharedClock(Path(clock)))


def web(clock: str) -> Flask:
    return create_app(runtime_at(clock))


def worker(clock: str) -> None:
    """As `coach worker`, but every job fifteen times as often: in a moved clock a quarter of a minute is long."""
    runtime = runtime_at(clock)
    with runtime.dispatcher() as dispatcher:
        often = [replace(job, seconds=max(1, job.seconds // 15)) for job in recurring_jobs(runtime, dispatcher)]
        run_forever(often, dispatcher.stopping)


if __name__ == "__main__":
    worker(sys.argv[2])
