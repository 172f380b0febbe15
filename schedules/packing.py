"""Many small rows for each of many people, as one string a person.

Thirty evenings for everyone due are many rows, and making objects of them cost more than all the rest of planning: the
database joins a person's rows to one string. What is in it (dates, numbers, ids, states) has neither sign.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, String, func, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from schedules.statements import among, find_all

BETWEEN_ROWS, BETWEEN_VALUES = ";", ","


class _Line(FunctionElement[str]):
    """Values as one text by a template, each that is missing as nothing."""

    name = "line"
    type = String()
    inherit_cache = True


@compiles(_Line)
def _format(element: _Line, compiler: Any, **how: Any) -> str:
    return f"format({compiler.process(element.clauses, **how)})"


@compiles(_Line, "sqlite")
def _printf(element: _Line, compiler: Any, **how: Any) -> str:
    return f"printf({compiler.process(element.clauses, **how)})"  # of every SQLite; `format` came with 3.38


def packed(whose: Any, rows: Select[*tuple[Any, ...]], *columns: Any) -> Select[*tuple[Any, ...]]:
    """A statement that finds, for each of the `enrolments` (a parameter), its rows of a query, packed.

    `whose` is the query's column that tells whose a row is, `columns` what is packed of it.
    """
    line = _Line(literal(BETWEEN_VALUES.join(["%s"] * len(columns))), *columns)
    sign: Any = literal_column(f"'{BETWEEN_ROWS}'")  # part of the statement
    lines = func.aggregate_strings(line, sign).label("lines")
    found = rows.where(among(whose, "enrolments")).with_only_columns(whose, lines, maintain_column_froms=True)
    return found.group_by(whose)


def find_packed(
    connection: Connection, statement: Select[*tuple[Any, ...]], enrolments: Sequence[int], **values: Any
) -> dict[int, str]:
    """Enrolment to its rows, packed; none for one that has no rows."""
    return dict(find_all(connection, statement, enrolments=enrolments, **values))


def unpack(lines: str | None) -> list[str]:
    """The rows, packed each, latest first where the first column is a date."""
    return sorted(lines.split(BETWEEN_ROWS), reverse=True) if lines else []


@lru_cache(maxsize=65536)
def instant(value: str) -> datetime | None:
    """An instant among the values of a row, as SQLite and PostgreSQL write it."""
    if not value:
        return None
    read = datetime.fromisoformat(value)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def values_of(line: str) -> list[str]:
    """The values of a row as text, empty for one that is missing."""
    return line.split(BETWEEN_VALUES)
