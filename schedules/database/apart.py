"""One row never stops others: what fails for many is tried for fewer, and what fails by itself is set aside.

Callers hold the transaction, and say what setting aside means: a state that is seen, never silence.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from schedules.database.turns import is_transient

Row = TypeVar("Row")
Result = TypeVar("Result")

log = structlog.get_logger(__name__)


def is_database_failure(error: BaseException) -> bool:
    """Whether the database itself is in trouble (gone, full, locked), and no row is to blame."""
    return is_transient(error) or isinstance(error, OperationalError)


def isolate_failures(
    connection: Connection,
    rows: Sequence[Row],
    do: Callable[[Sequence[Row]], Result],
    set_aside: Callable[[Row, Exception], Result],
) -> list[Result]:
    """Do something with all rows at once, under a savepoint. Returns what `do` and `set_aside` returned.

    Where it fails the halves are tried, down to the rows that fail by themselves: each of those is handed to
    `set_aside`, and all others are done. What `do` changes but rows of the database must be in what it returns.

    Raises:
        Exception: the database's own, if it is in trouble: then nothing is anybody's fault, and all can be tried again.
    """
    if not rows:
        return []
    try:
        with connection.begin_nested():
            return [do(rows)]
    except Exception as error:
        if is_database_failure(error):
            raise
        if len(rows) == 1:
            return _set_one_aside(connection, rows[0], error, set_aside)
    middle = len(rows) // 2
    return [
        part for half in (rows[:middle], rows[middle:]) for part in isolate_failures(connection, half, do, set_aside)
    ]


def _set_one_aside(
    connection: Connection, row: Row, error: Exception, set_aside: Callable[[Row, Exception], Result]
) -> list[Result]:
    try:
        with connection.begin_nested():
            return [set_aside(row, error)]
    except Exception as again:
        if is_database_failure(again):
            raise
        log.critical(
            "not_even_set_aside", reason=error_name(error), again=error_name(again)
        )  # it stays as it is: the others go on
        return []


def error_name(error: BaseException) -> str:
    """A fault's name, as a reason to store and log: never its words, which may hold somebody's data."""
    told = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return type(told).__name__[:40]
