"""Whose turn it is to write, and what may be tried again when it did not come."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from time import monotonic, sleep

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

# Where an SQLite database lies, among its engine's options; none for one in memory, and for PostgreSQL.
SQLITE_FOLDER = "sqlite_folder"
# Seconds. Whoever writes batch after batch leaves the turn for a millisecond at a time: one who looks every two would
# miss it again and again.
POLL_SECONDS = 0.0002


class DatabaseBusyError(RuntimeError):
    """Others have been writing for longer than we could wait."""


def is_transient(error: BaseException) -> bool:
    """Whether the same may well succeed a moment later: the connection was lost, or others held what was needed."""
    if isinstance(error, DatabaseBusyError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    told = str(error.orig).lower()
    return (
        error.connection_invalidated
        or state[:2] in ("08", "40", "55", "57")  # connection, rollback, lock, shutdown
        or any(words in told for words in ("database is locked", "deadlock", "server closed", "connection"))
    )


@contextmanager
def write_lock(engine: Engine, patience: float | None = None) -> Iterator[None]:
    """On SQLite, one writer at a time over all processes, woken as soon as the one before has ended.

    SQLite's own way is to sleep and ask again, for longer each time, while others pass. What does not take its turn
    here, such as another program, still waits and is waited for in that way.
    """
    folder = engine.get_execution_options().get(SQLITE_FOLDER)
    if folder is None:
        yield
        return
    # The folder and not the database, since closing that here would drop the locks that SQLite holds on it.
    turn = os.open(folder, os.O_RDONLY)
    try:
        _lock(turn, patience)
        yield
    finally:
        os.close(turn)  # ends the turn, as the end of the process does, however it comes


def _lock(turn: int, patience: float | None) -> None:
    """Take the turn, or raise DatabaseBusyError when it does not come in time."""
    if patience is None:
        flock(turn, LOCK_EX)
        return
    until = monotonic() + patience
    while True:
        try:
            flock(turn, LOCK_EX | LOCK_NB)
            return
        except BlockingIOError:
            if monotonic() >= until:
                raise DatabaseBusyError("the turn to write did not come in time") from None
            sleep(POLL_SECONDS)
