"""The one door to the database: engine, transactions and column types. Nothing else connects (tests/guards).

SQLite (WAL) is the embedded default, PostgreSQL the shared one.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    Text,
    create_engine,
    event,
    type_coerce,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from schedules import door
from schedules.keys import KeysMissingError, keyring, unseal
from schedules.turns import FOLDER, DatabaseBusyError, turn_to_write

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC instant. Naive datetimes are refused: they have once meant two different things."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware in any zone to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: instants are stored in UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WallTime(TypeDecorator[time]):
    """A local time to the minute, stored as `HH:MM`."""

    impl = String(5)
    cache_ok = True

    def process_bind_param(self, value: time | None, dialect: Dialect) -> str | None:
        """Time to text."""
        return None if value is None else f"{value:%H:%M}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> time | None:
        """Text to time."""
        return None if value is None else time.fromisoformat(value)


def to_json(value: Any) -> str:
    """A JSON value as text. A decision is mostly JSON: the standard library takes ten times as long for it."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half of a surrogate pair, or a number beyond 64 bits, which are JSON all the same
        return json.dumps(value)


class EncryptedText(TypeDecorator[str]):
    """Personal data: phone numbers, names, message bodies, notes. The database sees only tokens.

    Empty text stays empty: there is nothing in it, and what was cleared (see `coach.retention`) can be told by it.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Text to token."""
        return keyring().encrypt(value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Token to text."""
        return None if value is None else unseal(value)


class EncryptedJson(EncryptedText):
    """Personal data with a shape, such as how a reply was read."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """JSON value to token."""
        return None if value is None else super().process_bind_param(to_json(value), dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Token to JSON value."""
        text = super().process_result_value(value, dialect)
        return None if text is None else json.loads(text)


class _Readable(TypeDecorator[Any]):
    impl = Text
    cache_ok = True

    def __init__(self, of: EncryptedText, instead: str | None) -> None:
        super().__init__()
        self.of, self.instead = of, instead

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Token to what it holds."""
        try:
            return self.of.process_result_value(value, dialect)
        except KeysMissingError:
            return self.instead


def readable(column: Any, instead: str | None = None) -> Any:
    """An encrypted column of a queue or a list, which one damaged value must not close; `instead` of such a value."""
    return type_coerce(column, _Readable(column.type, instead)).label(column.key)


class Base(DeclarativeBase):
    """The one metadata of the installation; every room adds its tables to it."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's own convention for this class attribute)
        datetime: UtcInstant(),
        time: WallTime(),
        list[Any]: JSON(none_as_null=True),
        dict[str, Any]: JSON(none_as_null=True),
    }


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
        settings["execution_options"] = {FOLDER: folder}
    return _prepare_sqlite(create_engine(url, **settings))


# What was written is copied into the database at 16 MB: at SQLite's own 4, planning thousands waits for the disk often.
BUSY_TIMEOUT = 30_000  # milliseconds
PRAGMAS = (
    *("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=4000"),
    *("foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT}"),
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
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: on SQLite it never waits for a writer."""
    with engine.connect().execution_options(reads_only=True) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, patience: float | None = None) -> Iterator[Connection]:
    """A transaction that commits on leaving, or rolls back whole.

    Args:
        engine: of the database.
        patience: seconds to wait for others that write; without it, as long as it takes.

    Raises:
        DatabaseBusyError: on SQLite, when `patience` was not enough (on PostgreSQL the driver's own error tells it).
    """
    asked_by = door.caller()
    with (
        engine.connect() as connection,
        _measured(engine, connection) as begun,
        turn_to_write(engine, patience),
        _waiting_at_most(connection, patience),
        connection.begin(),
    ):
        begun.append(door.Stopwatch(asked_by))
        if patience is not None and connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
        yield connection


@contextmanager
def _measured(engine: Engine, connection: Connection) -> Iterator[list[door.Stopwatch]]:
    """Stops the watch once the transaction is over, however it ended, and tells of one that kept others waiting."""
    begun: list[door.Stopwatch] = []
    try:
        yield begun
    finally:
        written = begun[0].stop() if begun else None
        if written and written.is_long and one_writes_at_a_time(engine):
            door.tell(written)
            # A count is worth no further wait, and none is kept before the migration that makes its table.
            with suppress(SQLAlchemyError, DatabaseBusyError), turn_to_write(engine, 1.0), connection.begin():
                door.count(connection, written)


@contextmanager
def _waiting_at_most(connection: Connection, patience: float | None) -> Iterator[None]:
    """On SQLite, wait no longer than this for a program that takes no turn."""
    if patience is None or connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """As `writing`, to change the schema: SQLite alters a constraint by making its table anew under the same name,
    while other tables go on referring to it. What they refer to is looked at in the end.

    Raises:
        RuntimeError: a row would refer to one that is no longer there. Nothing is changed then.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction has begun
        try:
            with turn_to_write(engine), connection.begin():
                yield connection
                if sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise RuntimeError(f"a row of {lost[0]} refers to a row of {lost[2]} that is not there")
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


def one_writes_at_a_time(engine: Engine) -> bool:
    """Whether writers wait for each other, whatever they write: what can be done before `writing` then should be."""
    return FOLDER in engine.get_execution_options()
