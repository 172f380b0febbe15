"""What a worker says of its work: a log line for each job that did something, and a heartbeat while all go well."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

import structlog
from sqlalchemy import Engine

from coach.operations.heartbeat import Heartbeat
from schedules.database.engine import write_transaction
from schedules.worker.clock import Job
from schedules.worker.presence import record_hanging

LOOKS_EVERY = 15

log = structlog.get_logger(__name__)


class Watch:
    """Wraps jobs. After each run of the last one HEARTBEAT_URL is asked for, if no job failed, hangs or is halted."""

    def __init__(self, worker: str, heartbeat: Heartbeat, seconds: Callable[[], float] = time.monotonic) -> None:
        self._worker, self._heartbeat, self._seconds = worker, heartbeat, seconds
        self._good: dict[str, bool] = {}
        self._begun: dict[str, float] = {}
        self._hangs_after: dict[str, float] = {}

    def over(self, jobs: Iterable[Job]) -> list[Job]:
        """The same jobs, watched."""
        watched = list(jobs)
        last = watched[-1].name
        self._hangs_after = {job.name: job.hangs_after for job in watched}
        return [replace(job, run=partial(self._run, job, beats=job.name == last)) for job in watched]

    def _run(self, job: Job, *, beats: bool) -> Mapping[str, int]:
        structlog.contextvars.bind_contextvars(worker=self._worker, job=job.name)
        self._begun[job.name], self._good[job.name] = self._seconds(), False
        try:
            totals = job.run()
        finally:
            took = self._seconds() - self._begun.pop(job.name)
        happened = {name: count for name, count in totals.items() if count}
        if happened:
            log.info("job_done", seconds=round(took, 2), **happened)
        self._good[job.name] = not totals.get("halted")
        if beats and self._all_well():
            self._heartbeat.beat()
        return totals

    def job(self, engine: Engine) -> Job:
        """What tells the operator of jobs that hang, beside the worker's heartbeat."""
        return Job("watch", LOOKS_EVERY, partial(self._tell, engine), at_any_time=True)

    def _tell(self, engine: Engine) -> Mapping[str, int]:
        hanging = self.hanging()
        if hanging:
            log.error("jobs_hang", jobs=hanging)
        with write_transaction(engine) as connection:
            record_hanging(connection, self._worker, hanging)
        return {}

    def hanging(self) -> list[str]:
        """The jobs under way for longer than they may be."""
        now = self._seconds()
        return [name for name, since in list(self._begun.items()) if now - since > self._hangs_after[name]]

    def _all_well(self) -> bool:
        """A job under way is well until it hangs; one that was broken off by an error is not."""
        under_way = self._begun.keys() - self.hanging()
        return all(good or name in under_way for name, good in self._good.items())
