"""End what somebody's texts say against calls and answers, once a coach has spoken with them; and take that back.

The texts keep what they said: each is marked as ended, and a newer text that says it again counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select, update

from coach.accounts.signed_in import SignedIn
from coach.adherence.standings import load_standings, store_standings
from coach.alerts.calls import wishes_end, wishes_stand_again
from coach.audit import record
from coach.database.tables import InboundReply
from coach.participants.apply_change import require_in_scope
from schedules.database.tables.people import Participant
from schedules.database.types import readable
from schedules.enrolment.muted_phones import mute, unmute

Change = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


class Lifted(NamedTuple):
    """Whether anything had said not to call, and whether texts were held because they asked us not to write."""

    wishes: bool
    muted: bool


def lift_wishes(connection: Connection, participant_id: int, coach: SignedIn, now: datetime) -> Lifted:
    """Let coaches call, and us text and answer, this person's phone again.

    Raises LookupError outside the coach's scope.
    """
    desk = _Desk(connection, participant_id, require_in_scope(connection, participant_id, coach), coach, now)
    done = Lifted(desk.change_texts(partial(wishes_end, at=now)), unmute(connection, desk.number()))
    if any(done):
        desk.log("may be called")
    return done


def restore_wishes(
    connection: Connection, participant_id: int, ended_at: str, coach: SignedIn, now: datetime, *, muted: bool
) -> bool:
    """Take that back: the wishes that ended at that moment stand again. Return whether any did.

    Raises LookupError outside the coach's scope.
    """
    desk = _Desk(connection, participant_id, require_in_scope(connection, participant_id, coach), coach, now)
    done = desk.change_texts(partial(wishes_stand_again, ended_at=ended_at))
    if done and muted:
        mute(connection, desk.number())
    if done:
        desk.log("do not call")
    return done


@dataclass(frozen=True, slots=True)
class _Desk:
    connection: Connection
    participant_id: int
    clinic_id: int
    coach: SignedIn
    now: datetime

    def number(self) -> str:
        number = select(Participant.number_hash).where(Participant.id == self.participant_id)
        return str(self.connection.execute(number).scalar())

    def change_texts(self, change: Change) -> bool:
        theirs = or_(InboundReply.participant_id == self.participant_id, InboundReply.number_hash == self.number())
        texts = self.connection.execute(
            select(InboundReply.id, readable(InboundReply.reading))
            .where(theirs)
            .order_by(InboundReply.id)
            .with_for_update(of=InboundReply)
        ).all()
        changed = {row.id: new for row in texts if isinstance(row.reading, dict) and (new := change(row.reading))}
        for reply_id, reading in changed.items():
            one = update(InboundReply).where(InboundReply.id == reply_id)
            self.connection.execute(one.values(reading=reading))
        return bool(changed)

    def log(self, what: str) -> None:
        subject = f"participant {self.participant_id}"
        record(self.connection, self.coach.email, "changed", subject, self.now, self.clinic_id, {"what": what})
        stands = load_standings(self.connection, [self.participant_id], self.now)
        store_standings(self.connection, stands.values(), self.now)
