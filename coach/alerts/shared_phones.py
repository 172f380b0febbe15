"""Load what the texts of a number, or of a participant, say about calling them: `coach.alerts.calls` decides."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, exists, select

from coach.alerts.calls import Calling, Told, calling
from coach.database.tables import InboundReply
from schedules.database.tables.safety import Flag
from schedules.database.types import readable

FOR_LONG = timedelta(days=30)
NEWEST = 50

_IS_OPEN = exists().where(Flag.reply_id == InboundReply.id, Flag.acknowledged_at.is_(None)).label("is_open")
_NEWEST_FIRST = (InboundReply.received_at.desc(), InboundReply.id.desc())


def load_told(connection: Connection, number_hash: str | None, now: datetime) -> tuple[Told, ...]:
    """Load how the latest texts of a number were read, the newest first."""
    query = (
        select(InboundReply.received_at, readable(InboundReply.reading), _IS_OPEN)
        .where(InboundReply.number_hash == number_hash, InboundReply.received_at > now - FOR_LONG)
        .order_by(*_NEWEST_FIRST)
        .limit(NEWEST)
    )
    return tuple(_told(row) for row in connection.execute(query))


def is_not_to_be_called(connection: Connection, number_hash: str | None, now: datetime) -> bool:
    """Whether coaches should not call a number, because somebody else may answer it."""
    return calling(load_told(connection, number_hash, now), now).forbidden


def find_calling(connection: Connection, participant_ids: Collection[int], now: datetime) -> dict[int, Calling]:
    """Load what the texts of some participants say about calling them; only of those who wrote in the last month."""
    return {id: calling(told, now) for id, told in _of_participants(connection, participant_ids, now)}


def _of_participants(
    connection: Connection, participant_ids: Collection[int], now: datetime
) -> Iterable[tuple[int, tuple[Told, ...]]]:
    query = (
        select(InboundReply.participant_id, InboundReply.received_at, readable(InboundReply.reading), _IS_OPEN)
        .where(InboundReply.participant_id.in_(participant_ids), InboundReply.received_at > now - FOR_LONG)
        .order_by(InboundReply.participant_id, *_NEWEST_FIRST)
    )
    for id, rows in groupby(connection.execute(query), lambda row: row.participant_id):
        if id is not None:
            yield id, tuple(map(_told, rows))


def _told(row: Any) -> Told:
    return Told(row.received_at, row.reading if isinstance(row.reading, dict) else {}, bool(row.is_open))
