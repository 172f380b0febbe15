"""The tables of participants: identity, consent and enrollment."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedText


class Participant(Base):
    """A person with a phone, in one clinic. Once erased, only the id remains, so that it is never reused.

    `updated_at` is kept by a trigger, here and in the enrollment: when anything last changed that other systems see.
    Another one unsets `name_listed` when the name changes; see `coach.database.name_sheets`.
    """

    __tablename__ = "participant"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = reference("clinic.id")  # found in order of id, as other tables have their rows
    coach_id: Mapped[int | None] = reference("coach_account.id")
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    number_hash: Mapped[str] = mapped_column(String(64), index=True)
    first_name: Mapped[str | None] = mapped_column(EncryptedText)
    language: Mapped[str] = mapped_column(String(8))
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    name_listed: Mapped[bool] = mapped_column(server_default=false())
    __table_args__ = (
        UniqueConstraint("clinic_id", "number_hash"),
        Index(
            "ix_participant_name_unlisted",
            "id",
            postgresql_where=text("NOT name_listed"),
            sqlite_where=text("NOT name_listed"),
        ),
    )


class ConsentEvent(Base):
    """Consent given or withdrawn: when, how, and in which words. Never changed.

    `randomised` is the consent to a randomized policy, apart from the consent to texts; its `source` says who told us.
    """

    __tablename__ = "consent_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = reference("participant.id")
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    wording: Mapped[str | None] = mapped_column(EncryptedText)
    __table_args__ = (
        CheckConstraint("kind IN ('given', 'confirmed', 'opted_out', 'opted_in', 'randomised')", name="kind_known"),
    )


class Joining(Base):
    """Who joined by text with a clinic's keyword, and the poster they read it on, if the text named one."""

    __tablename__ = "joining"
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True, autoincrement=False)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    keyword: Mapped[str] = mapped_column(String(20))
    poster: Mapped[str | None] = mapped_column(String(12))
    joined_at: Mapped[datetime]
    __table_args__ = (Index("ix_joining_clinic_id_joined_at", "clinic_id", "joined_at"),)


class OwnPageLink(Base):
    """The link to a participant's own page: one at a time, by the hash of its token."""

    __tablename__ = "own_page_link"
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]


class Suppression(Base):
    """A number that must not be texted, by keyed hash, which survives erasure, re-import and reformatting."""

    __tablename__ = "suppression"
    number_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40))
    since_at: Mapped[datetime]


class Enrolment(Base):
    """A participant in a program: their times, their pause, and when they are due next.

    `status`: invited (welcome sent, no YES yet), active, stopped (opted out), ended. `next_due_at` is NULL unless
    active; `next_due_on` is its local date and `next_slot` the program's slot. `held_for` says why nothing planned may
    be sent until someone has spoken with them: an uncertain stop, or somebody else at the phone (a crisis or an urgent
    sign holds by its flag: see `schedules.database.tables.safety.held_for`). `open_question` is what we asked last
    besides the check-in, `open_value` what we offered, and `open_until_at` when it lapses. `heard_at` is when the
    person last wrote anything. `roster` holds the last roster's values of the columns that they or a coach may have
    changed since. `policy_since_at` is when the program or the policy last changed: decisions before and after it are
    never pooled. `tags` are those that some strategies need. `next_reflection_at` is when their weekly reflection is
    due, NULL unless they asked for it. `iron_test_on` and `onset_asked_on` are the dates of their last texts about care
    (`schedules.decisions.care_texts`). `chosen_step` is what a coach chose for the evening of `chosen_on`. `plans` says
    whether they want plans of their own: `on`, `private` (no words of theirs in evening texts) or NULL; `plan_due_on`
    is the date from which an evening text asks for one, `plan_question` what of it was asked last, `plan` or `step`.
    """

    __tablename__ = "enrolment"
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), unique=True)
    programme: Mapped[str] = mapped_column(String(40))
    cadence: Mapped[str] = mapped_column(String(20))
    policy: Mapped[str] = mapped_column(String(20))
    policy_since_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(10))
    starts_on: Mapped[date]
    evening_at: Mapped[time]
    bedtime_at: Mapped[time | None]
    exclude: Mapped[list[Any]]
    tags: Mapped[list[Any]]
    roster: Mapped[dict[str, Any] | None]
    paused_until_on: Mapped[date | None]
    held_for: Mapped[str | None] = mapped_column(String(12))
    open_question: Mapped[str | None] = mapped_column(String(16))
    open_value: Mapped[str | None] = mapped_column(String(16))
    open_until_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    next_due_on: Mapped[date | None]
    next_slot: Mapped[str | None] = mapped_column(String(20))
    next_reflection_at: Mapped[datetime | None]
    iron_test_on: Mapped[date | None]
    onset_asked_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    chosen_step: Mapped[str | None] = mapped_column(String(40))
    chosen_on: Mapped[date | None]
    plans: Mapped[str | None] = mapped_column(String(8))
    plan_due_on: Mapped[date | None]
    plan_question: Mapped[str | None] = mapped_column(String(8))
    plan_until_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("status IN ('invited', 'active', 'stopped', 'ended')", name="status_known"),
        Index(
            "ix_enrolment_due",
            "next_due_at",
            "id",
            postgresql_where=text("next_due_at IS NOT NULL"),
            sqlite_where=text("next_due_at IS NOT NULL"),
        ),
        Index(
            "ix_enrolment_reflection",
            "next_reflection_at",
            "id",
            postgresql_where=text("next_reflection_at IS NOT NULL"),
            sqlite_where=text("next_reflection_at IS NOT NULL"),
        ),
        Index(
            "ix_enrolment_held",
            "participant_id",
            postgresql_where=text("held_for IS NOT NULL"),
            sqlite_where=text("held_for IS NOT NULL"),
        ),
    )


class OwnPlan(Base):
    """Somebody's if-then plan in their own words, recalled on evenings with its step.

    Without a step it is recalled once a week: on the first evening with a text from `recall_on` on, a `weekday`.
    """

    __tablename__ = "own_plan"
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(EncryptedText)
    step: Mapped[str | None] = mapped_column(String(40))
    weekday: Mapped[int | None]
    recall_on: Mapped[date | None]
    written_at: Mapped[datetime]
