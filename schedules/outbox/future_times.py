"""Takes back what a fast clock dated ahead in the outbox: nobody would look at these texts for as long.

Corrected where it is used, so that it needs no job. Callers hold the transaction.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, literal_column, or_, update

from schedules.database.prepared import in_constants
from schedules.database.tables.messages import OutboxMessage
from schedules.outbox.outcomes import LONGEST_RETRY
from schedules.outbox.queue import LEASE, NOT_A_NUDGE
from schedules.outbox.states import AT_ANY_HOUR

# A time further ahead than this was written by a clock that was set wrong.
CLOCK_TOLERANCE = timedelta(minutes=5)


def correct_future_times(connection: Connection, now: datetime) -> None:
    """Begin leases and doubts anew that were dated ahead."""
    latest = now + CLOCK_TOLERANCE
    for state, column, anew in (
        ("sending", OutboxMessage.lease_until_at, now + LEASE),
        ("unknown", OutboxMessage.doubted_at, now),
    ):
        ahead = column > (latest + LEASE if state == "sending" else latest)
        connection.execute(update(OutboxMessage).where(OutboxMessage.state == state, ahead).values({column: anew}))


def correct_prompt_texts(connection: Connection, now: datetime) -> None:
    """Make answers and pages due now that wait longer than any retry, or that wait and have not been tried yet."""
    ahead = (
        OutboxMessage.state == literal_column("'queued'"),
        NOT_A_NUDGE,
        in_constants(OutboxMessage.kind, AT_ANY_HOUR),
        OutboxMessage.due_at > now,
        or_(OutboxMessage.attempts == 0, OutboxMessage.due_at > now + LONGEST_RETRY + CLOCK_TOLERANCE),
    )
    connection.execute(update(OutboxMessage).where(*ahead).values(due_at=now))
