"""The tables that processes share to work side by side: the secret, who is alive, what is done once, the pace.

See `schedules.database.tables` for the conventions.
"""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.types import Base, EncryptedText


class Installation(Base):
    """One row: the secret that number hashes and draws are derived from (see `schedules.database.encryption`)."""

    __tablename__ = "installation"
    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText)
    created_at: Mapped[datetime]


class WorkerHeartbeat(Base):
    """When each worker last finished a tick.

    `doubted_by` is whose clock contradicts the worker's, by `seconds_ahead`: nothing is planned by it then, and `at` is
    by that other clock. `hanging` names its jobs that hang.
    """

    __tablename__ = "worker_heartbeat"
    worker: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    doubted_by: Mapped[str | None] = mapped_column(String(20))
    seconds_ahead: Mapped[int | None] = mapped_column(BigInteger)
    hanging: Mapped[str | None] = mapped_column(String(80))


class PeriodicJob(Base):
    """A job that runs once for each period (a week, a day), whichever worker comes first.

    See `schedules.worker.periodic`.
    """

    __tablename__ = "periodic_job"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    done_for: Mapped[str] = mapped_column(String(20))
    done_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    lease_until_at: Mapped[datetime | None]


class Sender(Base):
    """What all workers together may do with one sending number or service: see `schedules.dispatch.rate_limit`.

    `next_free_at` is the next instant at which a text may leave at the rate that was set. While `shut_until_at` lies
    ahead nothing leaves; `shut_for` says why, and `trips` how many times in a row. `refusals` counts the texts in a row
    that were refused for a fault of the account or the sender, `refused_code` is the provider's code of the last one.
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
    """A row that a pass could not go on with, so that all others were done: see `schedules.database.set_aside`.

    `kind` says what was to be done with it, `row_id` is its id in its own table; it is tried again at `again_at`.
    """

    __tablename__ = "set_aside"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(40))
    since_at: Mapped[datetime]
    tries: Mapped[int]
    again_at: Mapped[datetime]


class LongWrite(Base):
    """Writing transactions that kept others waiting for too long, by who asked for them.

    See `schedules.database.write_times`.
    """

    __tablename__ = "long_write"
    caller: Mapped[str] = mapped_column(String(120), primary_key=True)
    times: Mapped[int]
    longest_ms: Mapped[int]
    last_at: Mapped[datetime]
