"""The tables of limits: texts per clinic and day, and what the provider must still delete.

See `schedules.database.tables` for the conventions.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.types import Base, EncryptedText


class ClinicDay(Base):
    """How many capped texts a clinic has sent on one of its days, and how many its cap held back."""

    __tablename__ = "clinic_day"
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    local_on: Mapped[date] = mapped_column(primary_key=True)
    texts: Mapped[int]
    held: Mapped[int]
    alarmed_at: Mapped[datetime | None]


class ProviderDeletion(Base):
    """Something the provider must still delete: one message, or (by `phone`) everything to and from a number.

    `what` is `body` (keep the message, remove its text) or `message`. `due_at` NULL means given up, for `reason`. A row
    is removed once the provider has deleted, or 90 days after `since_at`: the number is kept no longer than that.
    """

    __tablename__ = "provider_deletion"
    id: Mapped[int] = mapped_column(primary_key=True)
    provider_sid: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    since_at: Mapped[datetime | None]
    what: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str | None] = mapped_column(String(40))
    __table_args__ = (
        Index(
            "ix_provider_deletion_due",
            "due_at",
            "id",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
    )
