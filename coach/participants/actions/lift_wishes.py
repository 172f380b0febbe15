"""End what somebody's texts say against calls and answers, once a coach has spoken with them; and take that back.

The texts keep what they said: each is marked as ended, and a newer text that says it again counts.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, or_, select, update

from coach.accounts.signed_in import SignedIn
from coach.adherence.standings import load_standings, store_standings
from coach.alerts.calls import wishes_end, wishes_stand_again
from coach.audit import record
from coach.database.tables import InboundReply
from coach.participants.apply_change import require_in_scope
from schedules.database.tables.people import Participant
from schedules.database.types import readable

Change = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


def lift_wishes(connection: Connection, participant_id: int, coach: SignedIn, now: datetime) -> bool:
    """Let coaches call, and answer, this person's phone again. Return whether anything had said not to.

    Raises LookupError outside the coach's scope.
    """
    return _change(connection, participant_id, coach, now, "may be called", partial(wishes_end, at=now))


def restore_wishes(connection: Connection, participant_id: int, ended_at: str, coach: SignedIn, now: datetime) -> bool:
    """Take that back: the wishes that ended at that moment stand again. Return whether any did.

    Raises LookupError outside the coach's scope.
    """
    return _change(
        connection, participant_id, coach, now, "do not call", partial(wishes_stand_again, ended_at=ended_at)
    )


def _change(
    connection: Connection, participant_id: int, coach: SignedIn, now: datetime, what: str, change: Change
) -> bool:
    clinic_id = require_in_scope(connection, participant_id, coach)
    number = select(Participant.number_hash).where(Participant.id == participant_id).scalar_subquery()
    texts = connection.execute(
        select(InboundReply.id, readable(InboundReply.reading))
        .where(or_(InboundReply.participant_id == participant_id, InboundReply.number_hash == number))
        .order_by(InboundReply.id)
        .with_for_update(of=InboundReply)
    ).all()
    changed = {row.id: new for row in texts if isinstance(row.reading, dict) and (new := change(row.reading))}
    for reply_id, reading in changed.items():
        connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(reading=reading))
    if changed:
        record(connection, coach.email, "changed", f"participant {participant_id}", now, clinic_id, {"what": what})
        store_standings(connection, load_standings(connection, [participant_id], now).values(), now)
    return bool(changed)
