"""What the operator's page asks about texts that did not arrive. Reads only: counts, no person and no text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from coach.operations.measures import RECENT
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.outbox.states import NEVER_ARRIVED, TAKEN_BACK


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many texts share a state, the provider's code and our own reason."""

    state: str
    error_code: int | None
    reason: str | None
    texts: int


def count_failures(connection: Connection, now: datetime) -> Sequence[FailureCount]:
    """The texts of the last day that did not arrive, or were refused and wait to be sent again."""
    failed = or_(OutboxMessage.state.in_((*NEVER_ARRIVED, "stuck")), OutboxMessage.error_code.is_not(None))
    rows = connection.execute(
        select(OutboxMessage.state, OutboxMessage.error_code, OutboxMessage.reason, func.count())
        .where(failed, OutboxMessage.reason.is_distinct_from(TAKEN_BACK), OutboxMessage.created_at >= now - RECENT)
        .group_by(OutboxMessage.state, OutboxMessage.error_code, OutboxMessage.reason)
    )
    return [FailureCount(*row) for row in rows]


def last_receipt_at(connection: Connection) -> datetime | None:
    """When the last delivery receipt came."""
    newest = select(DeliveryReceipt.received_at).order_by(DeliveryReceipt.id.desc()).limit(1)
    return connection.execute(newest).scalar()
