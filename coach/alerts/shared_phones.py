"""Load what the texts of a number, or of a participant, say about calling them: `coach.alerts.calls` decides."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from coach.alerts.calls import MAY_CALL, NO_CALL, ONLY_MINE, Calling, Told, as_it_stands, calling
from coach.database.tables import InboundReply
from schedules.database.tables.safety import Flag
from schedules.database.types import readable

FOR_LONG = timedelta(days=30)
NEWEST, MOST_TOLD = 50, 200
LASTING = {NO_CALL, MAY_CALL, ONLY_MINE}  # a wish not to be called holds until they lift it, however long ago

_IS_OPEN = exists().where(Flag.reply_id == InboundReply.id, Flag.acknowledged_at.is_(None)).label("is_open")
_NEWEST_FIRST = (InboundReply.received_at.desc(), InboundReply.id.desc())


def load_told(connection: Connection, number_hash: str | None, now: datetime) -> tuple[Told, ...]:
    """Load how the latest texts of a number were read, the newest first."""
    query = (
        select(InboundReply.received_at, readable(InboundReply.reading), _IS_OPEN)
        .where(InboundReply.number_hash == number_hash, _may_matter(now))
        .order_by(*_NEWEST_FIRST)
        .limit(MOST_TOLD)
    )
    return _that_matter(map(_told, connection.execute(query)), now)


def _may_matter(now: datetime) -> ColumnElement[bool]:
    """Select what was told of late and, of what came before, only what a coach was shown."""
    return or_(InboundReply.received_at > now - FOR_LONG, InboundReply.for_coach)


def _that_matter(told: Iterable[Told], now: datetime) -> tuple[Told, ...]:
    """Leave out what was told long ago, unless its flag is open or it is a wish about calls."""
    return tuple(one for one in told if one.at > now - FOR_LONG or one.is_open or not LASTING.isdisjoint(one.reading))


def is_not_to_be_called(connection: Connection, number_hash: str | None, now: datetime) -> bool:
    """Whether coaches should not call a number, because somebody else may answer it."""
    return calling(load_told(connection, number_hash, now), now).forbidden


def find_calling(connection: Connection, participant_ids: Collection[int], now: datetime) -> dict[int, Calling]:
    """Load what the texts of some participants say about calling them; only of those who have written."""
    return {id: calling(told, now) for id, told in _of_participants(connection, participant_ids, now)}


def _of_participants(
    connection: Connection, participant_ids: Collection[int], now: datetime
) -> Iterable[tuple[int, tuple[Told, ...]]]:
    query = (
        select(InboundReply.participant_id, InboundReply.received_at, readable(InboundReply.reading), _IS_OPEN)
        .where(InboundReply.participant_id.in_(participant_ids), _may_matter(now))
        .order_by(InboundReply.participant_id, *_NEWEST_FIRST)
    )
    for id, rows in groupby(connection.execute(query), lambda row: row.participant_id):
        if id is not None:
            yield id, _that_matter(map(_told, rows), now)


def _told(row: Any) -> Told:
    reading = as_it_stands(row.reading) if isinstance(row.reading, dict) else {}
    return Told(row.received_at, reading, bool(row.is_open))
