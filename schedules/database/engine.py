"""The one door to the database: engine, transactions and column types. Nothing else connects (tests/guards).

SQLite (WAL) is the embedded default, PostgreSQL the shared one.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from schedules.database import write_times
from schedules.database.turns import SQLITE_FOLDER, DatabaseBusyError, write_lock
from schedules.database.types import to_json


def open_engine(database_url: str) -> Engine:
    """An engine for a `DATABASE_URL`. Raises ValueError with one clear sentence if it is none."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise ValueError(
            "DATABASE_URL is not a database address: write sqlite:///path/to/file.db or postgres://…"
        ) from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    # An error's own words would else hold the values of the statement: they reach logs.
    settings: dict[str, Any] = {"pool_size": 5, "max_overflow": 5, "hide_parameters": True}
    settings["json_serializer"] = to_json
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, **settings)
    if url.get_backend_name() != "sqlite":
        raise ValueError(f"DATABASE_URL names {url.get_backend_name()}: RLS Coach runs on SQLite or PostgreSQL")
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        folder.mkdir(parents=True, exist_ok=True)
        settings["execution_options"] = {SQLITE_FOLDER: folder}
    return _prepare_sqlite(create_engine(url, **settings))


# What was written is copied into the database at 16 MB: at SQLite's own 4, planning thousands waits for the disk often.
BUSY_TIMEOUT_MS = 30_000  # milliseconds
PRAGMAS = (
    *("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=4000"),
    *("foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"),
)


def _prepare_sqlite(engine: Engine) -> Engine:
    """WAL, foreign keys, patience, and explicit BEGIN: a writer takes its lock at once instead of failing half-way."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: on SQLite it never waits for a writer."""
    with engine.connect().execution_options(reads_only=True) as connection, connection.begin():
        yield connection


@contextmanager
def write_transaction(engine: Engine, patience: float | None = None) -> Iterator[Connection]:
    """A transaction that commits on leaving, or rolls back whole.

    Args:
        engine: of the database.
        patience: seconds to wait for others that write; without it, as long as it takes.

    Raises:
        DatabaseBusyError: on SQLite, when `patience` was not enough (on PostgreSQL the driver's own error tells it).
    """
    caller = write_times.find_caller()
    with (
        engine.connect() as connection,
        _measured(engine, connection) as begun,
        write_lock(engine, patience),
        _busy_timeout(connection, patience),
        connection.begin(),
    ):
        begun.append(write_times.Stopwatch(caller))
        if patience is not None and connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
        yield connection


@contextmanager
def _measured(engine: Engine, connection: Connection) -> Iterator[list[write_times.Stopwatch]]:
    """Stops the watch once the transaction is over, however it ended, and tells of one that kept others waiting."""
    begun: list[write_times.Stopwatch] = []
    try:
        yield begun
    finally:
        written = begun[0].stop() if begun else None
        if written and written.is_long and has_single_writer(engine):
            write_times.log_long_write(written)
            # A count is worth no further wait, and none is kept before the migration that makes its table.
            with suppress(SQLAlchemyError, DatabaseBusyError), write_lock(engine, 1.0), connection.begin():
                write_times.count_long_write(connection, written)


@contextmanager
def _busy_timeout(connection: Connection, patience: float | None) -> Iterator[None]:
    """On SQLite, wait no longer than this for a program that takes no turn."""
    if patience is None or connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


@contextmanager
def schema_transaction(engine: Engine) -> Iterator[Connection]:
    """As `write_transaction`, to change the schema.

    SQLite alters a constraint by making its table anew under the same name, while other tables go on referring to it.
    What they refer to is looked at in the end.

    Raises:
        RuntimeError: a row would refer to one that is no longer there. Nothing is changed then.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction has begun
        try:
            with write_lock(engine), connection.begin():
                yield connection
                if sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise RuntimeError(f"a row of {lost[0]} refers to a row of {lost[2]} that is not there")
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


def has_single_writer(engine: Engine) -> bool:
    """Whether writers wait for each other, whatever they write.

    What can be done before `write_transaction` then should be.
    """
    return SQLITE_FOLDER in engine.get_execution_options()
