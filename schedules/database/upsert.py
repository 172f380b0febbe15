"""INSERT … ON CONFLICT, which SQLAlchemy offers only per dialect. Callers hold the transaction."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from schedules.database.types import Base


def insert_or_ignore(
    connection: Connection, table: type[Base], values: Mapping[str, object], *, key: Sequence[str]
) -> Any | None:
    """Insert a row unless one with the same `key` exists.

    Returns the primary key of the new row (its first column), or None if there was one already.
    """
    statement = _insert_or_ignore(connection.dialect.name, table, tuple(key))
    inserted = connection.execute(statement, dict(values)).first()
    return inserted and inserted[0]


def upsert(
    connection: Connection,
    table: type[Base],
    rows: Mapping[str, object] | Sequence[Mapping[str, object]],
    *,
    key: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert one row or many; where one with the same `key` exists, set its `update` columns instead."""
    connection.execute(_upsert(connection.dialect.name, table, tuple(key), tuple(update)), rows)


def add_or_insert(
    connection: Connection, table: type[Base], values: Mapping[str, object], *, key: Sequence[str], counter: str
) -> int:
    """Insert a row; where one with the same `key` exists, add to its `counter` instead. Returns the new count."""
    statement = _add_or_insert(connection.dialect.name, table, tuple(key), counter)
    return int(connection.execute(statement, dict(values)).scalar_one())


# Statements are built once, because every inbound text runs one.
@lru_cache
def _insert_or_ignore(dialect: str, table: type[Base], key: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table).on_conflict_do_nothing(index_elements=key)
    return statement.returning(*table.__table__.primary_key)


@lru_cache
def _upsert(dialect: str, table: type[Base], key: tuple[str, ...], update: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    new = {name: statement.excluded[name] for name in update}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


@lru_cache
def _add_or_insert(dialect: str, table: type[Base], key: tuple[str, ...], counter: str) -> Any:
    statement, column = _insert(dialect, table), getattr(table, counter)
    added = {counter: column + statement.excluded[counter]}
    return statement.on_conflict_do_update(index_elements=key, set_=added).returning(column)


def _insert(dialect: str, table: type[Base]) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
