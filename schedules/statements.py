"""Statements that run for every text or person, with less work for each execution than SQLAlchemy's own `execute`.

That looks a statement up and prepares a context at every call, which takes several times what SQLite takes to answer.
Here a statement is a constant of its module: what it compiles to is kept for each database, its words go to the driver
as they are, and values are written and read by the types of its columns. Callers hold the transaction.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    Dialect,
    Insert,
    Integer,
    Select,
    Update,
    bindparam,
    insert,
    literal_column,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from schedules.db import UtcInstant, WallTime

Finds = Select[*tuple[Any, ...]] | Insert | Update


def one_of(column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """`column IN (words)`, constants of ours, as part of the statement: parameters are expanded at every execution."""
    return cast("ColumnElement[bool]", column.in_([literal_column(f"'{word}'") for word in words]))


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLite would get `IN (…) = 1`, which no index helps."""
        return self


def among(column: Any, numbers: str) -> ColumnElement[bool]:
    """`column IN` the whole numbers of a parameter of this name: a list of any length is one value."""
    return _Among(column, bindparam(numbers, type_=ARRAY(Integer).with_variant(JSON(), "sqlite")))


@compiles(_Among)
def _among_an_array(element: _Among, compiler: Any, **how: Any) -> str:
    column, numbers = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} = ANY({numbers})"


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: Any, **how: Any) -> str:
    column, numbers = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608  (compiled: a column and a bind)


def find_all(connection: Connection, statement: Finds, **values: Any) -> list[Any]:
    """The rows that a statement finds or returns, each a named tuple."""
    prepared = _prepared(statement, connection.dialect)
    return prepared.read(_execute(connection, prepared, values).fetchall())


def find_first(connection: Connection, statement: Finds, **values: Any) -> Any:
    """The first row that a statement finds or returns, a named tuple, or None."""
    return next(iter(find_all(connection, statement, **values)), None)


def change(connection: Connection, statement: Insert | Update, **values: Any) -> int:
    """Run a statement that returns nothing. Returns how many rows it changed."""
    return int(_execute(connection, _prepared(statement, connection.dialect), values).rowcount)


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
    """Run a statement for each of many rows.

    `rows` hold the values of the bound parameters named in `columns`, and `same` those that every row shares.
    """
    if not rows:
        return
    prepared = _prepared(statement, connection.dialect)
    # Column by column, since a loop over rows in Python would cost as much as the database does.
    values = dict(zip(columns, zip(*rows, strict=True), strict=True)) | {name: (value,) for name, value in same.items()}
    values |= {name: tuple(map(prepared.writers[name], values[name])) for name in prepared.writers.keys() & values}
    values |= {name: values[name] * len(rows) for name in same}
    values |= {name: (value,) * len(rows) for name, value in prepared.fixed.items()}
    found = zip(*(values[name] for name in prepared.order or values), strict=True)
    if prepared.order is None:
        connection.exec_driver_sql(prepared.sql, [dict(zip(values, row, strict=True)) for row in found])
    else:
        connection.exec_driver_sql(prepared.sql, list(found))


@lru_cache(maxsize=64)
def _insertion(table: Any, names: tuple[str, ...]) -> Insert:
    return insert(table.__table__).values({name: bindparam(name) for name in names})


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a statement is to a driver.

    `order` names its parameters where the driver takes them by position; `fixed` are the values that are part of the
    statement itself; `writers` and `readers` turn a value of a parameter or column, by its name, into what the driver
    takes, and back.
    """

    sql: str
    order: tuple[str, ...] | None
    fixed: dict[str, Any]
    writers: dict[str, Callable[[Any], Any]]
    row: Callable[..., Any]
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]

    def read(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        if not self.readers:
            return [self.row(*row) for row in rows]
        found = []
        for row in rows:
            values = list(row)
            for place, reader in self.readers:
                values[place] = reader(values[place])
            found.append(self.row(*values))
        return found


@lru_cache(maxsize=64)
def _prepared(statement: Any, dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect)
    fixed, writers = {}, {}
    for bound, name in compiled.bind_names.items():
        writer = bound.type.dialect_impl(dialect).bind_processor(dialect)
        if writer:
            writers[name] = writer = _remembering(bound.type, writer)
        if not bound.required:
            fixed[name] = writer(bound.value) if writer else bound.value
    columns = statement.exported_columns
    readers = [
        reader and _remembering(column.type, reader)
        for column in columns
        for reader in (column.type.dialect_impl(dialect).result_processor(dialect, None),)
    ]
    return _Prepared(
        compiled.string,
        compiled.positiontup and tuple(compiled.positiontup),
        fixed,
        writers,
        namedtuple("Found", [column.key for column in columns]),
        tuple((place, reader) for place, reader in enumerate(readers) if reader),
    )


def _remembering(type: Any, turn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """For times and dates, since everybody's evening has the same few."""
    return lru_cache(maxsize=1024)(turn) if isinstance(type, (UtcInstant, Date, WallTime)) else turn


def _execute(connection: Connection, prepared: _Prepared, values: dict[str, Any]) -> Any:
    writers = prepared.writers
    given = prepared.fixed | {n: writers[n](value) if n in writers else value for n, value in values.items()}
    driver: Any = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        return cursor.execute(prepared.sql, given if prepared.order is None else [given[n] for n in prepared.order])
    except driver.Error as error:  # as SQLAlchemy does it; without the values, which would reach logs
        lost = connection.dialect.is_disconnect(error, connection.connection, cursor)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            prepared.sql, None, error, driver.Error, hide_parameters=True, connection_invalidated=lost
        ) from error
