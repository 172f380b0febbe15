"""The tables that processes share to work side by side: the secret, who is alive, what is done once, the pace.

See `schedules.models` for the conventions.
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from schedules.db import Base, EncryptedText


class Installation(Base):
    """One row: the secret that number hashes and draws are derived from (see `schedules.keys`)."""

    __tablename__ = "installation"
    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText)
    created_at: Mapped[datetime]


class WorkerHeartbeat(Base):
    """When each worker last finished a tick."""

    __tablename__ = "worker_heartbeat"
    worker: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


class PeriodicJob(Base):
    """A job that runs once for each period (a week, a day), whichever worker comes first: see `schedules.periodic`."""

    __tablename__ = "periodic_job"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    done_for: Mapped[str] = mapped_column(String(20))
    done_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    lease_until_at: Mapped[datetime | None]


class Sender(Base):
    """What all workers together may do with one sending number or service: see `schedules.pacing`.

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
