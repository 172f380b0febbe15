"""Engine, transactions and column types. SQLite (WAL) is the embedded default, PostgreSQL the shared one."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from fcntl import LOCK_EX, flock
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    JSON,
    URL,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Insert,
    MetaData,
    String,
    Text,
    Update,
    bindparam,
    create_engine,
    event,
    insert,
    literal_column,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from schedules.keys import keyring

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
        return keyring().decrypt(value) if value else value


class EncryptedJson(EncryptedText):
    """Personal data with a shape, such as how a reply was read."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """JSON value to token."""
        return None if value is None else super().process_bind_param(json.dumps(value), dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Token to JSON value."""
        text = super().process_result_value(value, dialect)
        return None if text is None else json.loads(text)


class Base(DeclarativeBase):
    """The one metadata of the installation; every room adds its tables to it."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's own convention for this class attribute)
        datetime: UtcInstant(),
        time: WallTime(),
        list[Any]: JSON(none_as_null=True),
        dict[str, Any]: JSON(none_as_null=True),
    }


def open_engine(database_url: str, *, pool_size: int = 10) -> Engine:
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
    settings: dict[str, Any] = {"pool_size": pool_size, "max_overflow": pool_size, "hide_parameters": True}
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, **settings)
    if url.get_backend_name() != "sqlite":
        raise ValueError(f"DATABASE_URL names {url.get_backend_name()}: RLS Coach runs on SQLite or PostgreSQL")
    folder = _folder_of(url)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    return _prepare_sqlite(create_engine(url, **settings))


def _folder_of(url: URL) -> Path | None:
    """Where an SQLite database lies; None for one in memory, and for PostgreSQL."""
    in_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return Path(str(url.database)).parent if in_file else None


def _prepare_sqlite(engine: Engine) -> Engine:
    """WAL, foreign keys, patience, and explicit BEGIN: a writer takes its lock at once instead of failing half-way."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def one_of(column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """`column IN (words)`, constants of ours, as part of the statement: parameters are expanded at every execution."""
    return cast("ColumnElement[bool]", column.in_([literal_column(f"'{word}'") for word in words]))


def insert_rows(
    connection: Connection, table: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]], **same: Any
) -> None:
    """Insert many rows into a mapped class: see `run_for_rows`, whose columns and `same` are its columns here."""
    run_for_rows(connection, _insertion(table, (*columns, *same)), columns, rows, **same)


def run_for_rows(
    connection: Connection,
    statement: Insert | Update,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    **same: Any,
) -> None:
    """Run a statement for each of many rows with less work for each than `execute` does, on both databases.

    `rows` hold the values of the bound parameters named in `columns`, and `same` those that every row shares. The
    statement is a constant of its module: what it compiles to is kept.
    """
    if not rows:
        return
    sql, order, written, fixed = _compiled(statement, connection.dialect)
    # Column by column, since a loop over rows in Python would cost as much as the database does.
    values = dict(zip(columns, zip(*rows, strict=True), strict=True)) | {name: (value,) for name, value in same.items()}
    values |= {name: tuple(map(written[name], column)) for name, column in values.items() if name in written}
    values |= {name: values[name] * len(rows) for name in same}
    values |= {name: (value,) * len(rows) for name, value in fixed.items()}
    prepared = zip(*(values[name] for name in order or values), strict=True)
    if order is None:
        connection.exec_driver_sql(sql, [dict(zip(values, row, strict=True)) for row in prepared])
    else:
        connection.exec_driver_sql(sql, list(prepared))


@lru_cache(maxsize=64)
def _insertion(table: Any, names: tuple[str, ...]) -> Insert:
    return insert(table.__table__).values({name: bindparam(name) for name in names})


@lru_cache(maxsize=64)
def _compiled(statement: Insert | Update, dialect: Dialect) -> tuple[str, Any, dict[str, Any], dict[str, Any]]:
    """What a statement is to a driver: its words, the names of its parameters in order where the driver takes them so,
    how a value of each is written, and the values that are part of the statement itself.
    """
    compiled = statement.compile(dialect=dialect)
    written, fixed = {}, {}
    for bound, name in compiled.bind_names.items():
        writer = bound.type.dialect_impl(dialect).bind_processor(dialect)
        if writer:
            written[name] = writer
        if not bound.required:
            fixed[name] = writer(bound.value) if writer else bound.value
    return compiled.string, compiled.positiontup, written, fixed


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: on SQLite it never waits for a writer."""
    with engine.connect().execution_options(reads_only=True) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits on leaving, or rolls back whole."""
    with _turn_to_write(engine), engine.begin() as connection:
        yield connection


def one_writes_at_a_time(engine: Engine) -> bool:
    """Whether writers wait for each other, whatever they write: what can be done before `writing` then should be."""
    return _folder_of(engine.url) is not None


@contextmanager
def _turn_to_write(engine: Engine) -> Iterator[None]:
    """On SQLite, one writer at a time over all processes, woken as soon as the one before has ended.

    SQLite's own way is to sleep and ask again, for longer each time, while others pass. What does not take its turn
    here, such as another program, still waits and is waited for in that way.
    """
    folder = _folder_of(engine.url)
    if folder is None:
        yield
        return
    # The folder and not the database, since closing that here would drop the locks that SQLite holds on it.
    turn = os.open(folder, os.O_RDONLY)
    try:
        flock(turn, LOCK_EX)
        yield
    finally:
        os.close(turn)  # ends the turn, as the end of the process does, however it comes
