"""Numbers that somebody else may read or answer, as their texts have said."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from coach.database.tables import InboundReply
from schedules.database.types import readable

PRIVATE = "private"  # set in the stored reading of such a text
SWALLOWED = "swallowed"  # and of one that tells of an overdose or a poison
ATTACKED = "attacked"  # of one that names a weapon or an assault
POISON_HOLDS = timedelta(days=1)
FOR_LONG = timedelta(days=30)
NEWEST = 50

DO_NOT_CALL = "Do not call or text details: somebody else may read or answer this phone"
CALL_ALL_THE_SAME = "A possible overdose: call them or send help, although somebody else may read or answer this phone"


def is_shared(connection: Connection, number_hash: str | None, now: datetime) -> bool:
    """Whether a text of the last month says that somebody else may read or answer this number."""
    query = (
        select(readable(InboundReply.reading))
        .where(InboundReply.number_hash == number_hash, InboundReply.received_at > now - FOR_LONG)
        .order_by(InboundReply.received_at.desc())
        .limit(NEWEST)
    )
    return _any_private(connection.execute(query).scalars().all())


def is_not_to_be_called(connection: Connection, number_hash: str | None, now: datetime) -> bool:
    """Whether coaches should not call a number, because it is shared.

    A possible overdose told since outweighs that for a day."""
    query = select(readable(InboundReply.reading)).where(
        InboundReply.number_hash == number_hash, InboundReply.received_at > now - POISON_HOLDS
    )
    if any(_is_overdose_told_since(reading) for reading in connection.execute(query).scalars()):
        return False
    return is_shared(connection, number_hash, now)


def find_not_to_be_called(connection: Connection, participant_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Return those of some participants whom coaches should not call, because somebody else may answer."""
    query = select(InboundReply.participant_id, InboundReply.received_at, readable(InboundReply.reading)).where(
        InboundReply.participant_id.in_(participant_ids), InboundReply.received_at > now - FOR_LONG
    )
    found = connection.execute(query).all()
    poisoned = {
        row.participant_id
        for row in found
        if row.received_at > now - POISON_HOLDS and _is_overdose_told_since(row.reading)
    }
    return frozenset(row.participant_id for row in found if _has(row.reading, PRIVATE)) - poisoned


def _any_private(readings: Sequence[object]) -> bool:
    return any(_has(reading, PRIVATE) for reading in readings)


def _is_overdose_told_since(reading: object) -> bool:
    """Whether a text tells of an overdose from a phone that was, or with it became, shared: not one before."""
    return _has(reading, SWALLOWED) and _has(reading, PRIVATE)


def _has(reading: object, mark: str) -> bool:
    return isinstance(reading, dict) and bool(reading.get(mark))
