"""The tables that let processes work side by side: secret, heartbeats, periodic jobs, senders, rows set aside.

See `schedules.database.tables` for the conventions.
"""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.types import Base, EncryptedText


class Installation(Base):
    """A single row: the secret that number hashes and draws are derived from (see `schedules.database.encryption`)."""

    __tablename__ = "installation"
    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText)
    created_at: Mapped[datetime]


class WorkerHeartbeat(Base):
    """When each worker last finished a tick.

    `doubted_by` names a clock that contradicts the worker's, by `seconds_ahead`: the worker then plans nothing, and
    `at` is by that other clock. `hanging` names its jobs that hang.
    """

    __tablename__ = "worker_heartbeat"
    worker: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    doubted_by: Mapped[str | None] = mapped_column(String(20))
    seconds_ahead: Mapped[int | None] = mapped_column(BigInteger)
    hanging: Mapped[str | None] = mapped_column(String(80))


class PeriodicJob(Base):
    """A job that runs once per period (a week, a day), on whichever worker comes first.

    See `schedules.worker.periodic`.
    """

    __tablename__ = "periodic_job"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    done_for: Mapped[str] = mapped_column(String(20))
    done_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    lease_until_at: Mapped[datetime | None]


class Sender(Base):
    """The shared state of one sending number or service: see `schedules.dispatch.rate_limit`.

    `next_free_at` is when the rate limit allows the next text. Nothing is sent before `shut_until_at`; `shut_for` says
    why, and `trips` how many times in a row. `refusals` counts consecutive texts refused for a fault of the account or
    the sender; `refused_code` is the provider's code of the last one.
    """

    __tablename__ = "sender"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    next_free_at: Mapped[datetime | None]
    shut_until_at: Mapped[datetime | None]
    shut_for: Mapped[str | None] = mapped_column(String(20))
    trips: Mapped[int] = mapped_column(server_default="0")
    refusals: Mapped[int] = mapped_column(server_default="0")
    refused_code: Mapped[int | None]


class SetAside(Base):
    """A row that a job could not process, set aside so that all others were: see `schedules.database.set_aside`.

    `kind` names the job and `row_id` is the row's id in its own table; it is retried at `again_at`.
    """

    __tablename__ = "set_aside"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(40))
    since_at: Mapped[datetime]
    tries: Mapped[int]
    again_at: Mapped[datetime]


class LongWrite(Base):
    """Write transactions that kept others waiting for too long, by caller.

    See `schedules.database.write_times`.
    """

    __tablename__ = "long_write"
    caller: Mapped[str] = mapped_column(String(120), primary_key=True)
    times: Mapped[int]
    longest_ms: Mapped[int]
    last_at: Mapped[datetime]
