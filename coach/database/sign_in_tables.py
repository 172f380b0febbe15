"""The tables of access: passkeys, and when an admin opened a clinic's care pages in an emergency."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedText


class BreakGlass(Base):
    """An admin's emergency access to the care pages of one clinic; see `coach.accounts.break_glass`.

    It is open until `until_at`, which ending it early brings forward. `reason` is cleared after a year.
    """

    __tablename__ = "break_glass"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = reference("coach_account.id")
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    reason: Mapped[str] = mapped_column(EncryptedText)
    began_at: Mapped[datetime]
    until_at: Mapped[datetime]


class Passkey(Base):
    """A passkey of an account: its public key, and the id that its device chose, both in base64.

    `sign_count` is how often it was used, as its device says; `label` is what its owner calls it.
    """

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = reference("coach_account.id")
    label: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int]
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(20))
    transports: Mapped[list[Any] | None]
    used_at: Mapped[datetime]
