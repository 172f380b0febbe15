"""The write lock of an SQLite database, and which errors are worth a retry."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from time import monotonic, sleep

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

# Engine option: the folder of an SQLite database. Not set for one in memory or for PostgreSQL.
SQLITE_FOLDER = "sqlite_folder"
# A batch writer releases the lock for about a millisecond at a time; polling every 2 ms would keep missing it.
POLL_SECONDS = 0.0002


class DatabaseBusyError(RuntimeError):
    """Other writers held the lock for longer than we were willing to wait."""


def is_transient(error: BaseException) -> bool:
    """Return whether a retry may well succeed: the connection was lost, or a lock was held."""
    if isinstance(error, DatabaseBusyError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    message = str(error.orig).lower()
    return (
        error.connection_invalidated
        or state[:2] in ("08", "40", "55", "57")  # connection, rollback, lock, shutdown
        or any(words in message for words in ("database is locked", "deadlock", "server closed", "connection"))
    )


@contextmanager
def write_lock(engine: Engine, patience: float | None = None) -> Iterator[None]:
    """On SQLite, allow one writer at a time across all processes, and wake the next one immediately.

    SQLite itself sleeps and polls with growing intervals, so that a waiting writer may be overtaken again and again.
    Programs that do not use this lock are still handled by SQLite's busy timeout.
    """
    folder = engine.get_execution_options().get(SQLITE_FOLDER)
    if folder is None:
        yield
        return
    # Lock the folder, not the database file: closing that file would drop the locks SQLite holds on it.
    lock_file = os.open(folder, os.O_RDONLY)
    try:
        _lock(lock_file, patience)
        yield
    finally:
        os.close(lock_file)  # releases the lock, as the end of the process does


def _lock(lock_file: int, patience: float | None) -> None:
    """Acquire the lock, or raise DatabaseBusyError once `patience` has run out."""
    if patience is None:
        flock(lock_file, LOCK_EX)
        return
    until = monotonic() + patience
    while True:
        try:
            flock(lock_file, LOCK_EX | LOCK_NB)
            return
        except BlockingIOError:
            if monotonic() >= until:
                raise DatabaseBusyError("the turn to write did not come in time") from None
            sleep(POLL_SECONDS)
