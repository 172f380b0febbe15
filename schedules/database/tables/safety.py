"""The tables of what keeps texts from leaving: flags, and numbers that take none. See `schedules.database.tables`."""

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
from schedules.database.types import Base

# While one of these is open nobody with its number is texted of our own accord, in any clinic.
HOLDING_KINDS = ("crisis", "urgent")
DEAD_NUMBER = "dead_number"
WORRY = "worry"  # why somebody is held whose words may be a cry for help


class Flag(Base):
    """Something a coach must see: a crisis, an urgent sign, a medical question. Open until acknowledged.

    It belongs to a number, and to a participant where the number is one's. `code` is what a paged coach texts back to
    acknowledge it. `holds`: their words may be a cry for help, so that this one holds too, whatever its kind.
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
    """A number of which a carrier or the provider said that it takes no texts, by keyed hash.

    See `schedules.gateway.error_codes`.

    `code` is what they said, of a text that was handed over at `since_at`. Whoever has the number hears nothing
    planned, until it is corrected (another number is not this one), a coach says that it is right (the row goes), or
    its owner writes from it (they were heard later than `since_at`).
    """

    __tablename__ = "dead_number"
    number_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    code: Mapped[int]
    since_at: Mapped[datetime]


def not_heard_since() -> ColumnElement[bool]:
    """Whether nothing came from the number of an enrolment since it was found dead: a phone that writes is not."""
    return or_(Enrolment.heard_at.is_(None), DeadNumber.since_at > Enrolment.heard_at)


def held_for() -> Any:
    """Why nothing planned may leave to a participant, as a column of a query; None if it may.

    `crisis`, `urgent` or `worry` while such a flag of their number is open, else what their enrolment says, else
    `dead_number`. The one rule that planning, sending and pages share.
    """
    holding = in_constants(Flag.kind, HOLDING_KINDS)
    flagged = (
        select(func.min(case((holding, Flag.kind), else_=literal_column(f"'{WORRY}'"))))  # in the order of the alphabet
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
