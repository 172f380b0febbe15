"""The tables of a coach's desk: ready-made answers, names to search, what was typed into a form that was not taken."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedJson, EncryptedText


class ReadyAnswer(Base):
    """One version of a clinic's ready-made answer in one language. Never changed: the newest version counts.

    `body` may have the placeholders of `coach.inbox.ready_answers`; an empty one means that it was withdrawn.
    """

    __tablename__ = "ready_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(String(640))
    version: Mapped[int]
    written_by_id: Mapped[int] = reference("coach_account.id")
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("clinic_id", "name", "language", "version"),)


class NameSheet(Base):
    """The first names of some participants of a clinic together, as searches need them; see `name_sheets`.

    `number` is that of the range of ids on it.
    """

    __tablename__ = "name_sheet"
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    names: Mapped[str] = mapped_column(EncryptedText)


class Draft(Base):
    """What a coach typed into a form that was not taken, by the address of the form; see `coach.inbox.drafts`.

    `why` says in a sentence why it was not taken. `participant_id` is whom the form is about, if it is one person, and
    `number_hash` the keyed hash of the phone number that was typed into it.
    """

    __tablename__ = "draft"
    account_id: Mapped[int] = mapped_column(ForeignKey("coach_account.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(200), primary_key=True)
    participant_id: Mapped[int | None] = reference("participant.id")
    number_hash: Mapped[str | None] = mapped_column(String(64))
    typed: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    why: Mapped[str] = mapped_column(String(300))
    kept_at: Mapped[datetime]


class Leave(Base):
    """When a coach is on leave, and which colleague sees and is paged about their people meanwhile.

    Without a stand-in the clinic's leads are paged. It ends by itself at `ends_at`; ending it earlier moves that.
    """

    __tablename__ = "leave"
    id: Mapped[int] = mapped_column(primary_key=True)
    coach_id: Mapped[int] = reference("coach_account.id")
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    stand_in_id: Mapped[int | None] = reference("coach_account.id")


def on_leave(now: datetime) -> ColumnElement[bool]:
    """Whether a leave has begun and not ended, as a condition on `Leave`."""
    return and_(Leave.begins_at <= now, Leave.ends_at > now)
