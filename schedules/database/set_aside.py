"""Rows that a job could not process, by job: listed, counted, and retried later.

A text that is set aside is `stuck` in the outbox itself (see `schedules.outbox.queue`); this is for everything else.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, case, delete, func, select

from schedules.database.apart import error_name, is_database_failure
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.work import SetAside
from schedules.database.upsert import upsert

# Short enough that a problem fixed in the evening still leads to a text that evening.
FIRST_RETRY_AFTER, LONGEST_RETRY_AFTER = timedelta(minutes=1), timedelta(minutes=5)
# A row that no job has retried for this long needs no attention any more.
FORGOTTEN_AFTER = timedelta(days=1)

log = structlog.get_logger(__name__)


def set_aside(connection: Connection, kind: str, row_id: int, error: Exception, now: datetime) -> None:
    """Record that a row failed. It is shown to the operator and retried with exponential backoff."""
    log.error("row_set_aside", kind=kind, row=row_id, reason=error_name(error))
    connection.execute(delete(SetAside).where(SetAside.again_at <= now - FORGOTTEN_AFTER))
    this = (SetAside.kind == kind, SetAside.row_id == row_id)
    before = connection.execute(select(SetAside.tries).where(*this)).scalar() or 0
    again_at = now + min(LONGEST_RETRY_AFTER, FIRST_RETRY_AFTER * (1 << min(before, 8)))
    note = {"reason": error_name(error), "tries": before + 1, "again_at": again_at}
    row = {"kind": kind, "row_id": row_id, "since_at": now, **note}
    upsert(connection, SetAside, row, key=("kind", "row_id"), update=tuple(note))


def load_set_aside(connection: Connection, kind: str, now: datetime) -> tuple[set[int], set[int]]:
    """Return the rows of a kind that must not be retried yet, and all rows of it that are set aside.

    A retry further ahead than the longest was dated by a wrong clock or is damaged, and does not count.
    """
    waits = (SetAside.again_at > now) & (SetAside.again_at <= now + LONGEST_RETRY_AFTER * 2)
    found = connection.execute(select(SetAside.row_id, case((waits, 1), else_=0)).where(SetAside.kind == kind)).all()
    return {id for id, waiting in found if waiting}, {id for id, _ in found}


@contextmanager
def setting_aside(engine: Engine, kind: str, row_id: int, now: datetime) -> Iterator[None]:
    """Set a row aside if the block fails, instead of raising; clear it if the block succeeds."""
    try:
        yield
    except Exception as error:
        if is_database_failure(error):
            raise
        with write_transaction(engine) as connection:
            set_aside(connection, kind, row_id, error, now)
        return
    with read_transaction(engine) as connection:
        _, before = load_set_aside(connection, kind, now)
    if row_id in before:
        with write_transaction(engine) as connection:
            clear_set_aside(connection, kind, [row_id])


def clear_set_aside(connection: Connection, kind: str, row_ids: Collection[int]) -> None:
    """Remove rows that were processed after all."""
    if row_ids:
        connection.execute(delete(SetAside).where(SetAside.kind == kind, SetAside.row_id.in_(row_ids)))


def count_set_aside(connection: Connection, now: datetime) -> dict[str, int]:
    """Return how many rows of each kind are set aside."""
    shown = select(SetAside.kind, func.count()).where(SetAside.again_at > now - FORGOTTEN_AFTER)
    return dict(connection.execute(shown.group_by(SetAside.kind)).all())
