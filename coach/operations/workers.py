"""What pages ask about workers: their heartbeats and the periodic work they did. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from coach.operations.measures import RECENT, WORKING
from schedules.database.tables.work import PeriodicJob, WorkerHeartbeat


@dataclass(frozen=True, slots=True)
class WorkerBeat:
    """A worker and its last heartbeat: see `WorkerHeartbeat`."""

    worker: str
    at: datetime
    doubted_by: str | None
    seconds_ahead: int | None
    hanging: str | None


@dataclass(frozen=True, slots=True)
class JobRun:
    """A periodic job, the period it was last done for, and when."""

    name: str
    done_for: str
    done_at: datetime


def list_heartbeats(connection: Connection, now: datetime) -> Sequence[WorkerBeat]:
    """Every worker that finished a pass within the last day, the newest first."""
    rows = connection.execute(
        select(
            WorkerHeartbeat.worker,
            WorkerHeartbeat.at,
            WorkerHeartbeat.doubted_by,
            WorkerHeartbeat.seconds_ahead,
            WorkerHeartbeat.hanging,
        )
        .where(WorkerHeartbeat.at >= now - RECENT, WorkerHeartbeat.at <= now + WORKING)
        .order_by(WorkerHeartbeat.at.desc())
    )
    return [WorkerBeat(*row) for row in rows]


def last_heartbeat_at(connection: Connection, now: datetime) -> datetime | None:
    """When any worker last finished a pass. A heartbeat that lies ahead is of a clock that was wrong."""
    beats = select(func.max(WorkerHeartbeat.at)).where(WorkerHeartbeat.at <= now + WORKING)
    return connection.execute(beats).scalar()


def list_job_runs(connection: Connection) -> Sequence[JobRun]:
    """Every periodic job, by name."""
    runs = select(PeriodicJob.name, PeriodicJob.done_for, PeriodicJob.done_at).order_by(PeriodicJob.name)
    return [JobRun(*row) for row in connection.execute(runs)]
