"""Log each job that did something, watch for jobs that hang, and ping the heartbeat while all is well."""

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

CHECK_SECONDS = 15

log = structlog.get_logger(__name__)


class Watch:
    """Wraps jobs. After the last one of a pass it pings HEARTBEAT_URL, unless a job failed, hangs or is halted."""

    def __init__(self, worker: str, heartbeat: Heartbeat, seconds: Callable[[], float] = time.monotonic) -> None:
        self._worker, self._heartbeat, self._seconds = worker, heartbeat, seconds
        self._good: dict[str, bool] = {}
        self._started: dict[str, float] = {}
        self._hangs_after: dict[str, float] = {}

    def over(self, jobs: Iterable[Job]) -> list[Job]:
        """Return the same jobs, watched."""
        watched = list(jobs)
        last = watched[-1].name
        self._hangs_after = {job.name: job.hangs_after for job in watched}
        return [replace(job, run=partial(self._run, job, beats=job.name == last)) for job in watched]

    def _run(self, job: Job, *, beats: bool) -> Mapping[str, int]:
        structlog.contextvars.bind_contextvars(worker=self._worker, job=job.name)
        self._started[job.name], self._good[job.name] = self._seconds(), False
        try:
            totals = job.run()
        finally:
            took = self._seconds() - self._started.pop(job.name)
        happened = {name: count for name, count in totals.items() if count}
        if happened:
            log.info("job_done", seconds=round(took, 2), **happened)
        self._good[job.name] = not totals.get("halted")
        if beats and self._all_well():
            self._heartbeat.beat()
        return totals

    def job(self, engine: Engine) -> Job:
        """Return the job that reports hanging jobs to the operator."""
        return Job("watch", CHECK_SECONDS, partial(self._report_hanging, engine), at_any_time=True)

    def _report_hanging(self, engine: Engine) -> Mapping[str, int]:
        hanging = self.hanging()
        if hanging:
            log.error("jobs_hang", jobs=hanging)
        with write_transaction(engine) as connection:
            record_hanging(connection, self._worker, hanging)
        return {}

    def hanging(self) -> list[str]:
        """Return the jobs that have been running for too long."""
        now = self._seconds()
        return [name for name, since in list(self._started.items()) if now - since > self._hangs_after[name]]

    def _all_well(self) -> bool:
        """A running job is fine until it hangs; one that ended with an error is not."""
        running = self._started.keys() - self.hanging()
        return all(good or name in running for name, good in self._good.items())
