"""The tables of what blocks texts: flags and dead numbers. See `schedules.database.tables` for the conventions."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    case,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.prepared import in_constants
from schedules.database.tables.clinics import reference
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.types import Base, EncryptedText

# While a flag of these kinds is open, nothing planned is sent to its number, in any clinic.
HOLDING_KINDS = ("crisis", "urgent")
DEAD_NUMBER = "dead_number"
SOMEONE_ELSE = "someone_else"  # an enrolment's own hold: somebody else may have the phone, or they have died
MUTED = "muted"  # and: they asked us not to write, because somebody else reads the phone
WORRY = "worry"  # the hold reason for words that may be a cry for help


class Flag(Base):
    """Something a coach must see: a crisis, an urgent sign, a medical question. Open until acknowledged.

    It belongs to a number, and to a participant if the number is a participant's. `code` is what a paged coach texts
    back to acknowledge it. `holds` is set if the words may be a cry for help: such a flag holds texts whatever its
    kind. `note` says what was done about it, in the words of whoever acknowledged it.
    """

    __tablename__ = "flag"
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    number_hash: Mapped[str | None] = mapped_column(String(64))
    reply_id: Mapped[int] = reference("inbound_reply.id")
    kind: Mapped[str] = mapped_column(String(12))
    code: Mapped[str | None] = mapped_column(String(6))
    holds: Mapped[bool] = mapped_column(server_default=false())
    opened_at: Mapped[datetime]
    paged_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = reference("coach_account.id")
    note: Mapped[str | None] = mapped_column(EncryptedText)
    __table_args__ = (
        CheckConstraint("kind IN ('crisis', 'urgent', 'medical', 'read')", name="kind_known"),
        Index(
            "ix_flag_open",
            "participant_id",
            "kind",
            postgresql_where=text("acknowledged_at IS NULL"),
            sqlite_where=text("acknowledged_at IS NULL"),
        ),
        Index(
            "ix_flag_of_number",
            "number_hash",
            "kind",
            postgresql_where=text("acknowledged_at IS NULL"),
            sqlite_where=text("acknowledged_at IS NULL"),
        ),
    )


class DeadNumber(Base):
    """A number that a carrier or the provider reported as unable to receive texts, by keyed hash.

    `code` is the error (see `schedules.gateway.error_codes`) of a text handed over at `since_at`. Nothing planned is
    sent to the number until it is corrected, a coach confirms it (the row is deleted), or its owner writes from it
    after `since_at`.
    """

    __tablename__ = "dead_number"
    number_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    code: Mapped[int]
    since_at: Mapped[datetime]


def not_heard_since() -> ColumnElement[bool]:
    """Whether nothing has come from an enrolment's number since it was found dead: a phone that writes is alive."""
    return or_(Enrolment.heard_at.is_(None), DeadNumber.since_at > Enrolment.heard_at)


def held_for() -> Any:
    """Why nothing planned may be sent to a participant, as a query column; NULL if it may.

    `crisis`, `urgent` or `worry` while such a flag of their number is open, else the enrolment's own reason, else
    `dead_number`. Planning, sending and pages share this rule.
    """
    holding = in_constants(Flag.kind, HOLDING_KINDS)
    flagged = (
        # "crisis" sorts before "urgent" and "worry".
        select(func.min(case((holding, Flag.kind), else_=literal_column(f"'{WORRY}'"))))
        .where(Flag.number_hash == Participant.number_hash, Flag.acknowledged_at.is_(None), or_(holding, Flag.holds))
        .correlate(Participant)
        .scalar_subquery()
    )
    dead = (
        select(literal(DEAD_NUMBER))
        .where(DeadNumber.number_hash == Participant.number_hash, not_heard_since())
        .correlate(Participant, Enrolment)
        .scalar_subquery()
    )
    return func.coalesce(flagged, Enrolment.held_for, dead).label("held_for")
