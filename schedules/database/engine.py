"""Opens the engine and every transaction. Nothing else connects (tests/guards).

SQLite (WAL) is the embedded default; PostgreSQL is for deployments on several machines.
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
    """Create the engine for a `DATABASE_URL`. Raises ValueError with one clear sentence if it is invalid."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise ValueError(
            "DATABASE_URL is not a database address: write sqlite:///path/to/file.db or postgres://…"
        ) from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    # Database errors quote parameter values; hide them so that no personal data reaches the logs.
    settings: dict[str, object] = {"pool_size": 5, "max_overflow": 5, "hide_parameters": True}
    settings["json_serializer"] = to_json
    if url.get_backend_name() == "postgresql":
        return _prepare_postgresql(create_engine(url, pool_pre_ping=True, **settings))
    if url.get_backend_name() != "sqlite":
        raise ValueError(f"DATABASE_URL names {url.get_backend_name()}: RLS Coach runs on SQLite or PostgreSQL")
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        folder.mkdir(parents=True, exist_ok=True)
        settings["execution_options"] = {SQLITE_FOLDER: folder}
    return _prepare_sqlite(create_engine(url, **settings))


# The driver reads no instant in another style, which a server or a database may have as its default.
SESSION = (
    "SET datestyle TO 'ISO, MDY'; SET timezone TO 'UTC'; SET default_transaction_isolation TO 'read committed'; "
    "SET jit TO off"  # compiling the statements of a large clinic's Home takes six times as long as running them
)


def _prepare_postgresql(engine: Engine) -> Engine:
    """Set what the code relies on in every session, whatever the server's defaults."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.execute(SESSION)
        connection.commit()

    return engine


# Checkpoint every 16 MB: at SQLite's default of 4 MB, planning thousands of people often waits for the disk.
BUSY_TIMEOUT_MS = 30_000  # milliseconds
PRAGMAS = (
    *("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=4000"),
    # What is deleted is overwritten, so that a copy of the file does not hold it any more.
    *("foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}", "secure_delete=ON"),
)


def _prepare_sqlite(engine: Engine) -> Engine:
    """Configure SQLite: WAL, foreign keys, a busy timeout, and BEGIN IMMEDIATE so that writers lock up front."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
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
    """Open a read-only transaction. On SQLite it never waits for a writer."""
    with engine.connect().execution_options(reads_only=True) as connection, connection.begin():
        yield connection


@contextmanager
def write_transaction(engine: Engine, patience: float | None = None) -> Iterator[Connection]:
    """Open a transaction that commits on exit and rolls back on an exception.

    Args:
        engine: of the database.
        patience: seconds to wait for other writers; None waits as long as it takes.

    Raises:
        DatabaseBusyError: on SQLite, if `patience` ran out (on PostgreSQL the driver raises its own error).
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
    """Time the transaction however it ends, and report one that kept other writers waiting."""
    begun: list[write_times.Stopwatch] = []
    try:
        yield begun
    finally:
        written = begun[0].stop() if begun else None
        if written and written.is_long and has_single_writer(engine):
            write_times.log_long_write(written)
            # The count is not worth another wait, and its table does not exist before its migration has run.
            with suppress(SQLAlchemyError, DatabaseBusyError), write_lock(engine, 1.0), connection.begin():
                write_times.count_long_write(connection, written)


@contextmanager
def _busy_timeout(connection: Connection, patience: float | None) -> Iterator[None]:
    """On SQLite, limit the wait for programs that do not use our write lock."""
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
    """As `write_transaction`, for changing the schema.

    SQLite changes a constraint by rebuilding the table under the same name while other tables still refer to it, so
    foreign keys are off meanwhile and checked at the end.

    Raises:
        RuntimeError: a row would refer to one that no longer exists; nothing is changed.
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


def checkpoint(engine: Engine) -> None:
    """Empty SQLite's log into the file, because it holds what was deleted until then.

    Does nothing while somebody reads or writes; the next call, or SQLite itself, does it.
    """
    if has_single_writer(engine):
        with engine.connect() as connection, _busy_timeout(connection, 1.0):
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def has_single_writer(engine: Engine) -> bool:
    """Return whether writers wait for each other, whatever they write.

    Work that needs no transaction should then be done before `write_transaction`.
    """
    return SQLITE_FOLDER in engine.get_execution_options()
