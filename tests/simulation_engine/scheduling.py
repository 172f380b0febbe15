"""Simulated replacements for the thread pool and the worker's scheduler."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.base import STATE_STOPPED, BaseScheduler

from tests.simulation_engine.waiting import Event, on_stage


class Threads(Executor):
    """`ThreadPoolExecutor`: `count` tasks at a time, each a strand, which may have to wait for its turn."""

    LATE = (0.001, 0.001, 0.001, 0.001, 0.001, 0.3, 4.0, 8.0)

    def __init__(self, count: int, _name: str = "") -> None:
        stage = on_stage()
        assert stage is not None
        assert stage.process is not None
        self._count, self._stage, self._process = count, stage, stage.process
        self._waiting, self._busy = deque[Callable[[], object]](), 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._waiting.append(partial(fn, *args, **kwargs))
        self._begin()

    def _begin(self) -> None:
        while self._waiting and self._busy < self._count:
            task = self._waiting.popleft()
            self._busy += 1
            late = self._process.drawn.choice(Threads.LATE)
            self._stage.spawn(self._process, partial(self._run, task), late)
            self._stage.ambush(late)
            self._stage.doze(self._process.machine)

    def _run(self, task: Callable[[], object]) -> None:
        task()
        self._busy -= 1
        self._begin()

    def map(self, fn: Any, *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
        return iter([fn(*given) for given in zip(*iterables, strict=False)])

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        while wait and self._busy and self._process.alive:
            self._stage.wait(0.05)


class Strands(BaseExecutor):  # type: ignore[misc]  # the library is not typed
    """Each run of a job a strand, as APScheduler has a thread for each."""

    def __init__(self, max_workers: int = 10) -> None:
        super().__init__()

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

    def add_job(self, *args: Any, **kwargs: Any) -> Any:
        """Jobs due at the same instant run in the order of their ids, which else are random."""
        kwargs.setdefault("id", f"{kwargs.get('name') or ''}{len(self.get_jobs()):03d}")
        return super().add_job(*args, **kwargs)

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
        return Strands()

    def _rounds(self) -> None:
        while self.state != STATE_STOPPED:
            seconds = self._process_jobs()
            self._woken.wait(seconds, idle=True)
            self._woken.clear()
