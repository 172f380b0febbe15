"""Numbers that somebody else may read or answer, as their texts have said."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from coach.database.tables import InboundReply
from schedules.database.types import readable

PRIVATE = "private"  # set in the stored reading of such a text
FOR_LONG = timedelta(days=30)
NEWEST = 50

DO_NOT_CALL = "Do not call or text details: somebody else may read or answer this phone"


def is_shared(connection: Connection, number_hash: str | None, now: datetime) -> bool:
    """Whether a text of the last month says that somebody else may read or answer this number."""
    query = (
        select(readable(InboundReply.reading))
        .where(InboundReply.number_hash == number_hash, InboundReply.received_at > now - FOR_LONG)
        .order_by(InboundReply.received_at.desc())
        .limit(NEWEST)
    )
    return _any_private(connection.execute(query).scalars().all())


def find_shared(connection: Connection, participant_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Return those of some participants whose phone somebody else may read or answer."""
    query = select(InboundReply.participant_id, readable(InboundReply.reading)).where(
        InboundReply.participant_id.in_(participant_ids), InboundReply.received_at > now - FOR_LONG
    )
    return frozenset(row.participant_id for row in connection.execute(query) if _any_private([row.reading]))


def _any_private(readings: Sequence[object]) -> bool:
    return any(isinstance(reading, dict) and reading.get(PRIVATE) for reading in readings)
