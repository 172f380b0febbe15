"""Prepared statements: module constants that run with named values. Callers hold the transaction."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    Insert,
    Integer,
    Select,
    Update,
    bindparam,
    insert,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

RowStatement = Select[*tuple[object, ...]] | Insert | Update


def in_constants(column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """`column IN (words)`, with our own constants inlined: parameters would be expanded on every execution."""
    return cast("ColumnElement[bool]", column.in_([literal_column(f"'{word}'") for word in words]))


INTEGERS = ARRAY(Integer).with_variant(JSON(), "sqlite")


class _InArray(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> Any:
        """Return the expression itself: SQLite would otherwise get `IN (…) = 1`, which no index supports."""
        return self


def in_array(column: object, numbers: str) -> ColumnElement[bool]:
    """`column IN` an integer list bound to a parameter of this name: a list of any length is a single value."""
    return _InArray(column, bindparam(numbers, type_=INTEGERS))


def in_numbers(column: object, numbers: Sequence[int]) -> ColumnElement[bool]:
    """As `in_array`, with the list itself."""
    return _InArray(column, bindparam("numbers", list(numbers), type_=INTEGERS, unique=True))


@compiles(_InArray)
def _in_postgresql_array(element: _InArray, compiler: Any, **how: object) -> str:
    column, numbers = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} = ANY({numbers})"


@compiles(_InArray, "sqlite")
def _in_sqlite_json(element: _InArray, compiler: Any, **how: object) -> str:
    column, numbers = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608  (compiled: a column and a bind)


def find_all(connection: Connection, statement: RowStatement, **values: object) -> list[Any]:
    """Return the rows that a statement selects or returns, as named tuples."""
    return list(connection.execute(statement, values).all())  # at once: row by row takes several times as long


def find_first(connection: Connection, statement: RowStatement, **values: object) -> Any:
    """Return the first row that a statement selects or returns, as a named tuple, or None."""
    return next(iter(find_all(connection, statement, **values)), None)


def run_update(connection: Connection, statement: Insert | Update, **values: object) -> int:
    """Run a statement that returns no rows. Returns how many rows it changed."""
    return int(connection.execute(statement, values).rowcount)


def insert_rows(
    connection: Connection, table: Any, columns: Sequence[str], rows: Sequence[Sequence[object]], **same: object
) -> None:
    """Insert many rows into a mapped class; `columns` and `same` are as for `run_for_rows`."""
    run_for_rows(connection, insert(table.__table__), columns, rows, **same)


def run_for_rows(
    connection: Connection,
    statement: Insert | Update,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    **same: object,
) -> None:
    """Run a statement for each of many rows.

    `rows` hold the values of the parameters named in `columns`; `same` holds those that all rows share.
    """
    if rows:
        connection.execute(statement, [dict(zip(columns, row, strict=True)) | same for row in rows])
