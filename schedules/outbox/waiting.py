"""Asks, before a pass, whether anything waits for it: a worker with nothing to do takes no turn to write.

On SQLite all processes share one turn, and each of them asks every two seconds. What the pass then does is decided by
its own statements; these only have to be true whenever any of those would find something.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, literal_column, or_, select

from schedules.database.prepared import in_constants
from schedules.database.tables.messages import OutboxMessage
from schedules.outbox.queue import NOT_A_NUDGE
from schedules.outbox.states import AT_ANY_HOUR

QUEUED = OutboxMessage.state == literal_column("'queued'")
# Two questions, each answered by its own index. Answers and pages count even if their time has not come: a fast clock
# may have dated them ahead (`schedules.outbox.future_times`).
ANY_DUE = select(
    or_(
        exists().where(QUEUED, OutboxMessage.due_at <= bindparam("now")),
        exists().where(QUEUED, NOT_A_NUDGE, in_constants(OutboxMessage.kind, AT_ANY_HOUR)),
    )
)
ANY_IN_DOUBT = select(exists().where(in_constants(OutboxMessage.state, ("sending", "unknown"))))


def is_any_due(connection: Connection, now: datetime) -> bool:
    """Return whether a text may have to be claimed, expired or brought forward."""
    return bool(connection.execute(ANY_DUE, {"now": now}).scalar())


def is_any_in_doubt(connection: Connection) -> bool:
    """Return whether a text is claimed or in doubt."""
    return bool(connection.execute(ANY_IN_DOUBT).scalar())
