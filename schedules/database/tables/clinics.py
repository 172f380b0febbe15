"""The tables of clinics and their accounts. See `schedules.database.tables` for the conventions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.types import Base, EncryptedJson, EncryptedText


def reference(to: str) -> Any:
    """Declare an indexed foreign key."""
    return mapped_column(ForeignKey(to), index=True)


class Clinic(Base):
    """An organization whose coaches see its participants and no others.

    `keep_texts_days` and `keep_people_days` are retention periods for message bodies and for people who have left; NULL
    keeps them forever. `daily_texts` caps the texts per day (see `schedules.outbox.daily_cap`). `contact` is how texts
    tell participants to reach the clinic ("call 555-0100"). `keyword` is the word, in capitals, by which people join
    by text, and `public_form` whether a page at its address takes their numbers too. `programme` and `policy` are for
    people enrolled from now on; NULL leaves them to the library. `single_sign_on`: its accounts may not sign in with a
    password.
    """

    __tablename__ = "clinic"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    country: Mapped[str] = mapped_column(String(2), server_default="us")
    time_zone: Mapped[str] = mapped_column(String(64), server_default="America/New_York")
    quiet_hours: Mapped[list[Any] | None]
    switched_off: Mapped[list[Any] | None]
    keep_texts_days: Mapped[int | None]
    keep_people_days: Mapped[int | None]
    daily_texts: Mapped[int | None]
    contact: Mapped[str | None] = mapped_column(String(120))
    keyword: Mapped[str | None] = mapped_column(String(20))
    public_form: Mapped[bool] = mapped_column(server_default=text("false"))
    programme: Mapped[str | None] = mapped_column(String(40))
    policy: Mapped[str | None] = mapped_column(String(20))
    single_sign_on: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    __table_args__ = (Index("uq_clinic_keyword", "keyword", unique=True),)


class ClinicText(Base):
    """One version of a step's text written by a clinic. Never changed: the newest version counts.

    `name` is the clinic's own name for the text, in lowercase letters, digits and hyphens. An empty `body` means that
    the text was withdrawn.
    """

    __tablename__ = "clinic_text"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    strategy: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(30))
    body: Mapped[str] = mapped_column(String(500))
    version: Mapped[int]
    reviewer: Mapped[str] = mapped_column(String(120))
    reviewed_on: Mapped[date]
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("clinic_id", "strategy", "language", "name", "version"),)


class TextReview(Base):
    """Who of a clinic has reviewed one version of a text of the library, and when. The latest for a version counts."""

    __tablename__ = "text_review"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    text_id: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    reviewer: Mapped[str] = mapped_column(String(120))
    reviewed_on: Mapped[date]
    created_at: Mapped[datetime]


class SharedBeliefs(Base):
    """What everybody's nights tell of each step, for the adaptive policy: of each program, the latest alone.

    `steps` maps a strategy to the mean and SD of what it does for a person of whom nothing is known. A worker computes
    them weekly; every decision that uses them logs them.
    """

    __tablename__ = "shared_beliefs"
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True, autoincrement=False)
    programme: Mapped[str] = mapped_column(String(40), primary_key=True)
    computed_at: Mapped[datetime]
    steps: Mapped[dict[str, Any]]


class CoachAccount(Base):
    """A person who signs in: coach, lead, researcher or admin. Participants are assigned to one.

    `name` is what colleagues read, if one is given. `language` is that of their pages, English if none is chosen.
    `digest` is how often the summary is mailed to them (off, weekly or daily); `may_export` is a permission independent
    of the role. `phone` is paged once its owner has typed in the code texted to it (`phone_code`). `totp_secret` is
    shared with their authenticator app; `totp_counter` is the last code used, since each works only once.
    `tour_closed_at` is when they closed the tour on the home page.
    """

    __tablename__ = "coach_account"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int | None] = reference("clinic.id")
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str | None] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(12))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    session_key: Mapped[str] = mapped_column(String(64), unique=True)
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    number_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_confirmed_at: Mapped[datetime | None]
    phone_code: Mapped[str | None] = mapped_column(String(6))
    phone_code_until_at: Mapped[datetime | None]
    time_zone: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(2))
    digest: Mapped[str] = mapped_column(String(8), server_default="weekly")
    may_export: Mapped[bool] = mapped_column(server_default=text("false"))
    totp_secret: Mapped[str | None] = mapped_column(EncryptedText)
    totp_counter: Mapped[int | None]
    recovery_codes: Mapped[list[Any] | None] = mapped_column(EncryptedJson)
    tour_closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("role IN ('coach', 'lead', 'researcher', 'admin')", name="role_known"),)
