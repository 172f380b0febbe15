"""The tables of access: when an admin opened a clinic's care pages in an emergency."""

from datetime import datetime

from sqlalchemy import ForeignKey
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
