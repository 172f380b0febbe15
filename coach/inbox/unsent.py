"""Texts that have not left yet: listed, taken back, put back and reworded.

A worker claims a text in one statement, and so does this: a text is either taken back or sent, never both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.database.tables import InboundReply
from coach.inbox.answer import LONGEST_ANSWER, AnswerError, words_of
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import held_for
from schedules.database.types import readable
from schedules.outbox.states import PLANNED, TAKEN_BACK

BY_COACH = ("answer", "coach")
LEFT = "It has left already: it cannot be changed any more."


@dataclass(frozen=True, slots=True)
class UnsentText:
    """A text that waits in the outbox; a coach's own may be taken back. `stays` says why it will not leave, if so."""

    id: int
    kind: str
    body: str
    due_at: datetime
    stays: str = ""

    @property
    def by_coach(self) -> bool:
        """Whether a coach wrote it."""
        return self.kind in BY_COACH


def load_unsent(connection: Connection, participant_id: int) -> Sequence[UnsentText]:
    """Return a participant's texts that wait, the next one first."""
    rows = connection.execute(
        select(
            *(OutboxMessage.id, OutboxMessage.kind, readable(OutboxMessage.body, ""), OutboxMessage.due_at),
            *(Enrolment.status, held_for(), Suppression.since_at.label("suppressed_at")),
        )
        .join(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
        .where(Enrolment.participant_id == participant_id, _waits())
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
    )
    return [UnsentText(row.id, row.kind, row.body, row.due_at, _why(row)) for row in rows]


def _why(row: Any) -> str:
    return why_it_stays(row.kind, row.status, held=row.held_for is not None, out=row.suppressed_at is not None)


def why_it_stays(kind: str, status: str, *, held: bool, out: bool) -> str:
    """Say why a text of a kind will not leave as things stand; empty if it will. See `why_not_to_send`."""
    if out or status in ("stopped", "ended"):
        return "Will not be sent: they have stopped the texts"
    if held and kind in (*PLANNED, "welcome"):
        return "On hold: not sent before somebody has looked"
    return ""


def _waits() -> ColumnElement[bool]:
    return OutboxMessage.state == "queued"


def take_back_text(connection: Connection, text_id: int, coach: SignedIn, now: datetime) -> int:
    """Keep a text from leaving, and return its participant. A reply that it answered waits in the inbox again.

    Raises LookupError outside the coach's scope, AnswerError if it has left.
    """
    participant_id, clinic_id = _owner(connection, text_id, coach)
    values = {"state": "suppressed", "reason": TAKEN_BACK, "settled_at": now}
    _change(connection, text_id, _waits(), values)
    again = {"closed_at": None, "for_coach": True}
    connection.execute(update(InboundReply).where(InboundReply.answered_by_id == text_id).values(**again))
    record(connection, coach.email, "took back", f"participant {participant_id}", now, clinic_id, {"text": text_id})
    return participant_id


def put_back_text(connection: Connection, text_id: int, coach: SignedIn, now: datetime) -> int:
    """Let a text leave after all that was taken back, and return its participant. Raises as `take_back_text`."""
    participant_id, clinic_id = _owner(connection, text_id, coach)
    taken_back = and_(
        OutboxMessage.state == "suppressed", OutboxMessage.reason == TAKEN_BACK, OutboxMessage.expires_at > now
    )
    _change(connection, text_id, taken_back, {"state": "queued", "reason": None, "settled_at": None})
    closed = {"closed_at": now}
    connection.execute(update(InboundReply).where(InboundReply.answered_by_id == text_id).values(**closed))
    record(connection, coach.email, "undid", f"participant {participant_id}", now, clinic_id, {"text": text_id})
    return participant_id


def reword_text(connection: Connection, text_id: int, body: str, coach: SignedIn, now: datetime) -> int:
    """Change the words of a text that has not left, and return its participant. Raises as `take_back_text`."""
    participant_id, clinic_id = _owner(connection, text_id, coach)
    body = words_of(body)
    if not body or len(body) > LONGEST_ANSWER:
        raise AnswerError(f"Write between 1 and {LONGEST_ANSWER} characters.")
    _change(connection, text_id, _waits(), {"body": body})
    record(connection, coach.email, "edited", f"participant {participant_id}", now, clinic_id, {"text": text_id})
    return participant_id


def _owner(connection: Connection, text_id: int, coach: SignedIn) -> tuple[int, int]:
    owner = connection.execute(
        select(Participant.id, Participant.clinic_id)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .join(OutboxMessage, OutboxMessage.enrolment_id == Enrolment.id)
        .where(OutboxMessage.id == text_id, OutboxMessage.kind.in_(BY_COACH), coach.scope)
    ).one_or_none()
    if owner is None:
        raise LookupError(f"text {text_id} is not in this coach's scope")
    return owner.id, owner.clinic_id


def _change(connection: Connection, text_id: int, if_so: ColumnElement[bool], values: dict[str, object]) -> None:
    changed = connection.execute(update(OutboxMessage).where(OutboxMessage.id == text_id, if_so).values(**values))
    if not changed.rowcount:
        raise AnswerError(LEFT)
