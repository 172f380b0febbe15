"""The tables of the interface for other systems: keys, and the requests that may be repeated."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedJson


class ApiKey(Base):
    """A key of another system for one clinic. `token_hash` is a keyed hash: the key itself is not kept.

    `scopes` are separated by commas. A key that was revoked stays, because the audit log names it.
    """

    __tablename__ = "api_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = reference("clinic.id")
    token_hash: Mapped[str] = mapped_column(String(32), unique=True)
    scopes: Mapped[str] = mapped_column(String(60))
    label: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]


class ApiRequest(Base):
    """A request made under an `Idempotency-Key`, and its answer, so that a repeat changes nothing.

    Both hashes are keyed: what the other system chose as its key, and what it asked for.
    """

    __tablename__ = "api_request"
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    name_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(32))
    participant_id: Mapped[int | None] = reference("participant.id")
    answer: Mapped[Any | None] = mapped_column(EncryptedJson)
    created_at: Mapped[datetime] = mapped_column(index=True)
