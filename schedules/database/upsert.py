"""INSERT … ON CONFLICT, which SQLAlchemy offers only per dialect. Callers hold the transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from schedules.database.types import Base


def _insert(connection: Connection, table: type[Base]) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def insert_or_ignore(
    connection: Connection, table: type[Base], values: Mapping[str, Any], *, key: Sequence[str]
) -> Any | None:
    """Insert a row unless one with the same `key` exists.

    Returns the primary key of the new row (its first column), or None if there was one already.
    """
    statement = _insert(connection, table).on_conflict_do_nothing(index_elements=list(key))
    inserted = connection.execute(statement.returning(*table.__table__.primary_key), dict(values)).first()
    return inserted and inserted[0]


def upsert(
    connection: Connection,
    table: type[Base],
    rows: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert one row or many; where one with the same `key` exists, set its `update` columns instead."""
    statement = _insert(connection, table)
    new = {name: statement.excluded[name] for name in update}
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=new), rows)


def add_or_insert(
    connection: Connection, table: type[Base], values: Mapping[str, Any], *, key: Sequence[str], counter: str
) -> int:
    """Insert a row; where one with the same `key` exists, add to its `counter` instead. Returns the new count."""
    statement, column = _insert(connection, table).values(values), getattr(table, counter)
    adding = statement.on_conflict_do_update(
        index_elements=list(key), set_={counter: column + statement.excluded[counter]}
    )
    return int(connection.execute(adding.returning(column)).scalar_one())
