"""Numbers that somebody else may read or answer, as their texts have said."""

from collections.abc import Sequence
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


def _any_private(readings: Sequence[object]) -> bool:
    return any(isinstance(reading, dict) and reading.get(PRIVATE) for reading in readings)
