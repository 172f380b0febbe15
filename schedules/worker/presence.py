"""Heartbeats of workers, and what is wrong with each. Decides nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, update

from schedules.database.tables.work import WorkerHeartbeat
from schedules.dispatch.clock_witnesses import ClockConflict

KEPT_FOR = timedelta(days=1)
LONGEST_NAMES = 80


def record_beat(connection: Connection, worker: str, now: datetime, doubt: ClockConflict | None) -> None:
    """Record that a worker has finished a pass, by the other clock if its own is contradicted."""
    at = now - doubt.ahead if doubt else now
    values = {
        "at": at,
        "doubted_by": doubt and doubt.whose,
        "seconds_ahead": doubt and round(doubt.ahead.total_seconds()),
    }
    # Every cron tick is a worker of its own: delete rows of workers long gone, and future ones from a wrong clock.
    gone = or_(WorkerHeartbeat.at < at - KEPT_FOR, WorkerHeartbeat.at > at + KEPT_FOR)
    connection.execute(delete(WorkerHeartbeat).where(gone, WorkerHeartbeat.worker != worker))
    mine = update(WorkerHeartbeat).where(WorkerHeartbeat.worker == worker).values(**values)
    if not connection.execute(mine).rowcount:
        connection.execute(insert(WorkerHeartbeat).values(worker=worker, **values))


def record_hanging(connection: Connection, worker: str, jobs: Sequence[str]) -> None:
    """Record which jobs of a worker hang, if any."""
    names = ", ".join(jobs)[:LONGEST_NAMES] or None
    connection.execute(update(WorkerHeartbeat).where(WorkerHeartbeat.worker == worker).values(hanging=names))
