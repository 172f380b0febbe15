"""Numbers that somebody else may read or answer, as their texts have said."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, select

from coach.database.tables import InboundReply
from schedules.database.types import readable

PRIVATE = "private"  # set in the stored reading of such a text
SWALLOWED = "swallowed"  # and of one that tells of an overdose or a poison
ATTACKED = "attacked"  # of one that names a weapon or an assault
MAY_CALL = "may_call"  # of one that asks for a call, or says that nobody else has this phone
TEXTED = "texted"  # of one that asks for texts instead of calls
UNDER_AGE = "under_age"  # of one that says the participant is under 18
VIOLENCE = "violence"  # part of the reading itself
POISON_HOLDS = timedelta(days=1)
FOR_LONG = timedelta(days=30)
NEWEST = 50

DO_NOT_CALL = "Do not call or text details: somebody else may read or answer this phone"
CALL_ALL_THE_SAME = "A possible overdose: call them or send help, although somebody else may read or answer this phone"
TEXT_THEM = "They asked to be texted instead of called"
NO_CALL_WANTED = "They asked not to be called: nothing says that somebody else may answer this phone"

Readings = Sequence[tuple[datetime, object]]  # when a number's texts came and how they were read, the newest first


def is_shared(connection: Connection, number_hash: str | None, now: datetime) -> bool:
    """Whether a text of the last month says that somebody else may read or answer this number.

    Whoever says since then that nobody else has it, or asks for a call, lifts that, unless there was violence."""
    lifted = False
    for _, reading in _of_number(connection, number_hash, now):
        if _has(reading, PRIVATE) and (not lifted or _has(reading, VIOLENCE)):
            return True
        lifted = lifted or _has(reading, MAY_CALL)
    return False


def is_not_to_be_called(connection: Connection, number_hash: str | None, now: datetime) -> bool:
    """Whether coaches should not call a number, because it is shared.

    A request for a call since then, and for a day a possible overdose, outweigh that."""
    return _forbids_calls(_of_number(connection, number_hash, now), now)


def has_told_overdose(connection: Connection, number_hash: str | None, now: datetime) -> bool:
    """Whether a number told of a possible overdose in the last day, which outweighs that it is shared."""
    return _tells_overdose(_of_number(connection, number_hash, now), now)


@dataclass(frozen=True, slots=True)
class Calling:
    """What somebody's texts say about calling them.

    `forbidden`: somebody else may answer. `overdose`: call whoever answers, a possible overdose in the last day.
    `texted`: they asked to be texted instead, and not for a call since. `under_age`: they said so.
    """

    forbidden: bool = False
    overdose: bool = False
    texted: bool = False
    under_age: bool = False


def find_calling(connection: Connection, participant_ids: Collection[int], now: datetime) -> dict[int, Calling]:
    """Load what the texts of some participants say about calling them; only of those who wrote in the last month."""
    return {
        id: Calling(
            _forbids_calls(readings, now),
            _tells_overdose(readings, now),
            _newest(readings, TEXTED, MAY_CALL) == TEXTED,
            _newest(readings, UNDER_AGE) is not None,
        )
        for id, readings in _of_participants(connection, participant_ids, now)
    }


def _of_number(connection: Connection, number_hash: str | None, now: datetime) -> Readings:
    query = (
        select(InboundReply.received_at, readable(InboundReply.reading))
        .where(InboundReply.number_hash == number_hash, InboundReply.received_at > now - FOR_LONG)
        .order_by(InboundReply.received_at.desc(), InboundReply.id.desc())
        .limit(NEWEST)
    )
    return [(row.received_at, row.reading) for row in connection.execute(query)]


def _of_participants(
    connection: Connection, participant_ids: Collection[int], now: datetime
) -> Iterable[tuple[int, Readings]]:
    newest_first = (InboundReply.received_at.desc(), InboundReply.id.desc())
    query = (
        select(InboundReply.participant_id, InboundReply.received_at, readable(InboundReply.reading))
        .where(InboundReply.participant_id.in_(participant_ids), InboundReply.received_at > now - FOR_LONG)
        .order_by(InboundReply.participant_id, *newest_first)
    )
    for id, rows in groupby(connection.execute(query), lambda row: row.participant_id):
        if id is not None:
            yield id, [(row.received_at, row.reading) for row in rows]


def _forbids_calls(readings: Readings, now: datetime) -> bool:
    return _newest(readings, PRIVATE, MAY_CALL) == PRIVATE and not _tells_overdose(readings, now)


def _tells_overdose(readings: Readings, now: datetime) -> bool:
    """Whether a text of the last day tells of an overdose.

    Violence told after it counts for more, unless the phone was shared, or somebody asked for a call, even then."""
    violence = False
    for received_at, reading in readings:
        known = _has(reading, PRIVATE) or _has(reading, MAY_CALL)
        if received_at > now - POISON_HOLDS and _has(reading, SWALLOWED) and (known or not violence):
            return True
        violence = violence or _has(reading, VIOLENCE)
    return False


def _newest(readings: Readings, *marks: str) -> str | None:
    """Return which of some marks was set last."""
    return next((mark for _, reading in readings for mark in marks if _has(reading, mark)), None)


def _has(reading: object, mark: str) -> bool:
    return isinstance(reading, dict) and bool(reading.get(mark))
