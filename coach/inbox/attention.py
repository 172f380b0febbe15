"""What a coach is told beside a status: who waits for an answer or is due again, and what was done for them lately.

Also the number to call, and a crisis of the last month, which stays beside the name after it was acknowledged.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, String, and_, cast, exists, func, select, update

from coach.accounts.signed_in import SignedIn
from coach.alerts.calls import Calling, Mark, mark_of
from coach.alerts.shared_phones import find_calling
from coach.audit import record
from coach.database.tables import AuditEvent, InboundReply, Note
from coach.inbox.replies import is_open, is_waiting
from coach.inbox.thread import UNREADABLE
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import SOMEONE_ELSE, Flag
from schedules.database.types import readable
from schedules.outbox.states import NOT_ARRIVED

CRISIS_SHOWN = timedelta(days=30)
ATTENDED_FOR = timedelta(days=2)
DEEDS = {"wrote": "Written", "answered": "Answered", "called": "Called", "noted": "Note saved"}


@dataclass(frozen=True, slots=True)
class Reach:
    """How to call someone, and whether: see `coach.alerts.calls`.

    `unsafe`: their texts say that somebody else may have this phone; `texted`, that they want texts instead of calls.
    A coach who has spoken with them can end either. `someone_else`: texts are held because they may have died, or
    somebody else may have it, until a coach resumes them on their page.
    """

    phone: str | None
    language: str
    time_zone: str
    mark: Mark
    unsafe: bool = False
    texted: bool = False
    someone_else: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """The last that a coach did for someone: a word of `DEEDS`, when, and who."""

    words: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class LookAgain:
    """A note that asks to look at someone again on a date."""

    note_id: int
    on: date
    words: str


@dataclass(frozen=True, slots=True)
class Attention:
    """What Home says of each of some participants, by id; only those that have it."""

    waiting: dict[int, str]
    deeds: dict[int, Deed]
    due: dict[int, LookAgain]
    crises: dict[int, datetime]
    reach: dict[int, Reach]
    unreached: frozenset[int]


def waits_for_answer() -> ColumnElement[bool]:
    """Whether something of theirs is open in the inbox, as a condition on `Participant`."""
    # `+ 0` keeps the planner from the index of all replies by participant.
    somebodys = (InboundReply.participant_id + 0).is_not(None)
    return Participant.id.in_(select(InboundReply.participant_id).where(somebodys, is_open()))


def is_due_again(today: date) -> ColumnElement[bool]:
    """Whether a note asks to look at them again today or earlier, as a condition on `Participant`."""
    return Participant.id.in_(select(Note.participant_id).where(Note.look_again_on <= today, Note.looked_at.is_(None)))


def was_attended(since: datetime) -> ColumnElement[bool]:
    """Whether a coach wrote, called or noted something since, as a condition on `Participant`."""
    return exists().where(
        AuditEvent.subject == "participant " + cast(Participant.id, String),
        AuditEvent.at > since,
        AuditEvent.action.in_(DEEDS),
    )


def load_attention(connection: Connection, ids: Collection[int], now: datetime, today: date) -> Attention:
    """Load what Home says of some participants."""
    waiting = connection.execute(
        select(InboundReply.participant_id, readable(InboundReply.body, UNREADABLE))
        .where(InboundReply.participant_id.in_(ids), is_waiting())
        .order_by(InboundReply.id)
    )
    subjects = {f"participant {id}": id for id in ids}
    done = connection.execute(
        select(AuditEvent.subject, AuditEvent.action, AuditEvent.at, AuditEvent.actor)
        .where(AuditEvent.subject.in_(subjects), AuditEvent.at > now - ATTENDED_FOR, AuditEvent.action.in_(DEEDS))
        .order_by(AuditEvent.id)
    )
    again = connection.execute(
        select(Note.participant_id, Note.id, Note.look_again_on, readable(Note.body, UNREADABLE))
        .where(Note.participant_id.in_(ids), Note.look_again_on <= today, Note.looked_at.is_(None))
        .order_by(Note.look_again_on.desc(), Note.id.desc())
    )
    return Attention(
        {row.participant_id: row.body for row in waiting},
        {subjects[row.subject]: Deed(DEEDS[row.action], row.at, row.actor) for row in done},
        {row[0]: LookAgain(*row[1:]) for row in again},
        load_crises(connection, ids, now),
        load_reach(connection, ids, now),
        _unreached(connection, ids, now),
    )


def _unreached(connection: Connection, ids: Collection[int], now: datetime) -> frozenset[int]:
    """Return those to whom the last text of the week did not arrive."""
    rows = connection.execute(
        select(Enrolment.participant_id, OutboxMessage.state)
        .join(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .where(Enrolment.participant_id.in_(ids), OutboxMessage.accepted_at > now - timedelta(days=7))
        .order_by(OutboxMessage.id)
    )
    last = {row.participant_id: row.state for row in rows}
    return frozenset(id for id, state in last.items() if state in NOT_ARRIVED)


def load_crises(connection: Connection, ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """Load when those who were in a crisis in the last month wrote of it last."""
    rows = connection.execute(
        select(Flag.participant_id, func.max(Flag.opened_at).label("last_at"))
        .where(Flag.participant_id.in_(ids), Flag.kind == "crisis", Flag.opened_at > now - CRISIS_SHOWN)
        .group_by(Flag.participant_id)
    )
    return {row.participant_id: row.last_at for row in rows if row.participant_id is not None}


def load_reach(connection: Connection, ids: Collection[int], now: datetime) -> dict[int, Reach]:
    """Load the numbers to call, and what language they speak."""
    rows = connection.execute(
        select(
            Participant.id, readable(Participant.phone), Participant.language, Participant.time_zone, Enrolment.held_for
        )
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(Participant.id.in_(ids))
    ).all()
    said = find_calling(connection, ids, now)
    return {row.id: _reach(row, said.get(row.id, Calling())) for row in rows}


def _reach(row: Row[Any], said: Calling) -> Reach:
    held = row.held_for == SOMEONE_ELSE
    unsafe = said.shared or said.forbidden
    return Reach(
        row.phone, row.language, row.time_zone, mark_of(said, someone_else=held), unsafe, said.texted, someone_else=held
    )


def close_look_again(connection: Connection, note_id: int, coach: SignedIn, now: datetime) -> None:
    """Someone was looked at again. Raises LookupError outside the coach's scope."""
    note = connection.execute(
        select(Note.participant_id, Note.look_again_on, Note.looked_at, Participant.clinic_id)
        .join(Participant, Participant.id == Note.participant_id)
        .where(and_(Note.id == note_id, Note.look_again_on.is_not(None), coach.scope))
        .with_for_update(of=Note)
    ).first()
    if note is None:
        raise LookupError("this is not in the coach's scope")
    if note.looked_at is not None:
        return
    due = Note.look_again_on <= note.look_again_on  # this one, and earlier ones that it stands for
    of_them = and_(Note.participant_id == note.participant_id, due, Note.looked_at.is_(None))
    connection.execute(update(Note).where(of_them).values(looked_at=now))
    detail = {"what": "looked again", "due": note.look_again_on.isoformat()}
    record(connection, coach.email, "changed", f"participant {note.participant_id}", now, note.clinic_id, detail)
