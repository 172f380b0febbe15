"""Isolate failing rows: retry a failed batch in halves, and set aside the rows that fail on their own.

Callers hold the transaction and decide what setting a row aside means; it must always be visible to somebody.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError

from schedules.database.turns import is_transient

Row = TypeVar("Row")
Result = TypeVar("Result")

log = structlog.get_logger(__name__)


def is_database_failure(error: BaseException) -> bool:
    """Return whether the database itself is in trouble (gone, full, locked), so that no row is to blame.

    A session that was ended inside a savepoint leaves the transaction pending: every later row would fail as well.
    """
    return is_transient(error) or isinstance(error, OperationalError | PendingRollbackError)


def isolate_failures(
    connection: Connection,
    rows: Sequence[Row],
    do: Callable[[Sequence[Row]], Result],
    set_aside: Callable[[Row, Exception], Result],
) -> list[Result]:
    """Process all rows at once, under a savepoint. Returns what `do` and `set_aside` returned.

    If that fails, each half is tried, down to single rows. A row that fails on its own is passed to `set_aside`; all
    others are processed. object change that `do` makes outside the database must be in its return value.

    Raises:
        Exception: the database itself is in trouble; no row is at fault, and everything can be retried.
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


def load_apart(
    connection: Connection,
    ids: Sequence[int],
    load: Callable[[Sequence[int]], Sequence[Row]],
    set_aside: Callable[[int, Exception], object],
) -> list[Row]:
    """Load rows by id. One that cannot be read is passed to `set_aside`; all others are returned.

    Select the ids alone before: a damaged value in one row makes the driver fail for the whole result.
    """

    def left_out(id: int, error: Exception) -> Sequence[Row]:
        set_aside(id, error)
        return ()

    return [row for part in isolate_failures(connection, ids, load, left_out) for row in part]


def _set_one_aside(
    connection: Connection, row: Row, error: Exception, set_aside: Callable[[Row, Exception], Result]
) -> list[Result]:
    try:
        with connection.begin_nested():
            return [set_aside(row, error)]
    except Exception as again:
        if is_database_failure(again):
            raise
        log.critical("not_even_set_aside", reason=error_name(error), again=error_name(again))
        return []


def error_name(error: BaseException) -> str:
    """Return an error's class name to store and log. Never its message, which may contain personal data."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return type(cause).__name__[:40]
