"""What a text may take beside a load, as ratios: a busy or slow machine measures itself in the same run."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from statistics import quantiles
from typing import Any

# Of the 99th percentile of an idle server, or else so many seconds on a machine that does nothing else.
TIMES_IDLE, SECONDS_BESIDE = 3.0, 0.3
# On a machine that is slower than that, only the ratio to the idle server says anything.
SLOWEST = 5.0
PREVIEW_CPU_SECONDS = 3.0
BURST_SECONDS, BURST_EVERY = 0.05, 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: the seconds each text took (None: no 200), idle and beside the load.

    `kept` of `sent` texts are in the database; `preview_cpu` is what one preview takes by itself; `slowness` is how
    many seconds a second of work takes here while the server is idle.
    """

    idle: Sequence[float | None]
    beside: Sequence[float | None]
    sent: int
    kept: int
    preview_cpu: float
    slowness: float


def p99(waits: Sequence[float | None]) -> float:
    """Return the 99th percentile of those that were answered."""
    return quantiles([wait for wait in waits if wait is not None], n=100)[98]


def longest_p99(measured: Measured) -> float:
    """Return what the 99th percentile beside the load may be."""
    return max(TIMES_IDLE * p99(measured.idle), SECONDS_BESIDE * min(measured.slowness, SLOWEST))


def exceeded(measured: Measured) -> list[str]:
    """Return a sentence for each limit that does not hold."""
    said = []
    lost = sum(wait is None for wait in (*measured.idle, *measured.beside))
    if lost:
        said.append(f"{lost} texts were not answered with 200.")
    if measured.kept != measured.sent:
        said.append(f"{measured.kept} of {measured.sent} texts are in the database.")
    took, may = p99(measured.beside), longest_p99(measured)
    if took > may:
        said.append(f"p99 beside the load is {took * 1000:.0f} ms; it may be {may * 1000:.0f} ms.")
    if measured.preview_cpu > PREVIEW_CPU_SECONDS:
        said.append(f"A preview takes {measured.preview_cpu:.2f} s of CPU; it may take {PREVIEW_CPU_SECONDS:.0f} s.")
    return said


@contextmanager
def measuring_slowness() -> Iterator[list[float]]:
    """Measure for as long as the block how long bursts of work take beside their CPU time; it is there afterwards."""
    apart = multiprocessing.get_context("spawn")
    over, queue, found = apart.Event(), apart.Queue(), list[float]()
    process = apart.Process(target=_work_in_bursts, args=(over, queue))
    process.start()
    try:
        yield found
    finally:
        over.set()
        found.append(queue.get())
        process.join()


def _work_in_bursts(over: Event, queue: Any) -> None:
    seconds = cpu = 0.0
    while not over.wait(BURST_EVERY) or not cpu:
        began, cpu_began = time.monotonic(), time.thread_time()
        while time.thread_time() - cpu_began < BURST_SECONDS:
            sum(range(1000))
        seconds, cpu = seconds + time.monotonic() - began, cpu + time.thread_time() - cpu_began
    queue.put(seconds / cpu)
