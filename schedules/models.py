"""The tables this room writes: who is enrolled, what was decided, what was sent, what was asked.

Instants (`*_at`) are UTC; dates (`*_on`) are local to the participant; wall times have no zone of their own.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.db import Base, EncryptedText
from schedules.models_of_clinics import Clinic, ClinicText, CoachAccount, reference

__all__ = ["Clinic", "ClinicText", "CoachAccount", "reference"]  # so that one import finds every table


class Participant(Base):
    """A person with a phone, in one clinic. Once erased, nothing but the id, so that it is never given to another."""

    __tablename__ = "participant"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    coach_id: Mapped[int | None] = reference("coach_account.id")
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    number_hash: Mapped[str] = mapped_column(String(64), index=True)
    first_name: Mapped[str | None] = mapped_column(EncryptedText)
    language: Mapped[str] = mapped_column(String(8))
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("clinic_id", "number_hash"),)


class ConsentEvent(Base):
    """What a person agreed to or withdrew, when, how, and in which words. Never changed."""

    __tablename__ = "consent_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = reference("participant.id")
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    wording: Mapped[str | None] = mapped_column(EncryptedText)
    __table_args__ = (CheckConstraint("kind IN ('given', 'confirmed', 'opted_out', 'opted_in')", name="kind_known"),)


class Suppression(Base):
    """A number that must not be texted, by keyed hash: it outlives erasure, re-import and every number format."""

    __tablename__ = "suppression"
    number_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40))
    since_at: Mapped[datetime]


class Enrolment(Base):
    """A participant in a programme: their times, their pause, and when they are due next.

    `status`: invited (welcome sent, no YES yet), active, stopped (opted out), ended. `next_due_at` is empty unless
    active; `next_due_on` is the local date it stands for, and `next_slot` the programme's slot. `held_for` says why
    nothing planned may leave until someone has spoken: a stop that was not certain, or somebody else at the phone (a
    crisis or an urgent sign holds by its flag: see `models_of_safety.held_for`). `open_question` is what we asked last
    beside the check-in, `open_value` what we offered, and `open_until_at` when it lapses. `heard_at` is when
    the person last wrote anything at all. `roster` is what the last roster gave of the values that they or a coach may
    since have changed. `next_reflection_at` is when their own week is texted next, empty unless they
    asked for it.
    """

    __tablename__ = "enrolment"
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), unique=True)
    programme: Mapped[str] = mapped_column(String(40))
    cadence: Mapped[str] = mapped_column(String(20))
    policy: Mapped[str] = mapped_column(String(20))
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
    ended_at: Mapped[datetime | None]
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
    )


class Decision(Base):
    """One decision point: what could have been sent, with which probabilities, and what was drawn. Never changed.

    `probabilities` maps strategy id (and `none`) to its probability; `action` is one of them, empty if unavailable.
    `facts` is what they were reckoned from: from this row alone `schedules.replay` computes them again.
    """

    __tablename__ = "decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    slot: Mapped[str] = mapped_column(String(20))
    local_on: Mapped[date]
    decided_at: Mapped[datetime]
    available: Mapped[bool]
    unavailable_reason: Mapped[str | None] = mapped_column(String(24))
    eligible: Mapped[list[Any]]
    probabilities: Mapped[dict[str, Any]]
    policy: Mapped[str] = mapped_column(String(20))
    policy_version: Mapped[int]
    draw: Mapped[float | None]
    action: Mapped[str | None] = mapped_column(String(40))
    text_id: Mapped[str | None] = mapped_column(String(60))
    text_version: Mapped[int | None]
    covariates: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    __table_args__ = (
        UniqueConstraint("local_on", "slot", "enrolment_id"),
        # Planning reads thirty evenings for everyone due: from this index alone, since a row is as long as its JSON.
        Index(
            "ix_decision_history",
            *("enrolment_id", "local_on", "slot", "action", "text_id", "available", "unavailable_reason"),
        ),
        Index(
            "ix_decision_unavailable",
            "enrolment_id",
            "local_on",
            "unavailable_reason",
            postgresql_where=text("unavailable_reason IS NOT NULL"),
            sqlite_where=text("unavailable_reason IS NOT NULL"),
        ),
    )


class OutboxMessage(Base):
    """One text to one person (a participant, or a coach who is paged), until the carrier has spoken.

    `slot` and `local_on` make a planned text unique; answers have neither. `token` is our own name for the message,
    carried in its status callback. Times: see `schedules.delivery` for the states they belong to. `unrecorded_sid` is
    the provider's id of a `stuck` text that `provider_sid` could not take: another has it, or it is too long.
    """

    __tablename__ = "outbox_message"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))
    coach_id: Mapped[int | None] = reference("coach_account.id")
    decision_id: Mapped[int | None] = reference("decision.id")
    kind: Mapped[str] = mapped_column(String(20))
    slot: Mapped[str | None] = mapped_column(String(20))
    local_on: Mapped[date | None]
    body: Mapped[str] = mapped_column(EncryptedText)
    text_id: Mapped[str | None] = mapped_column(String(60))
    text_version: Mapped[int | None]
    token: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_at: Mapped[datetime | None]
    lease_until_at: Mapped[datetime | None]
    provider_sid: Mapped[str | None] = mapped_column(String(40), unique=True)
    unrecorded_sid: Mapped[str | None] = mapped_column(String(255))
    error_code: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    doubted_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("enrolment_id", "slot", "local_on"),
        # A page or an answer does not wait behind an evening's nudges.
        Index(
            "ix_outbox_message_prompt",
            "due_at",
            "id",
            postgresql_where=text("state = 'queued' AND kind <> 'nudge'"),
            sqlite_where=text("state = 'queued' AND kind <> 'nudge'"),
        ),
        Index(
            "ix_outbox_message_queued",
            "due_at",
            "id",
            postgresql_where=text("state = 'queued'"),
            sqlite_where=text("state = 'queued'"),
        ),
        Index(
            "ix_outbox_message_unsettled",
            "lease_until_at",
            "id",
            postgresql_where=text("state IN ('sending', 'unknown')"),
            sqlite_where=text("state IN ('sending', 'unknown')"),
        ),
        Index(
            "ix_outbox_message_stuck",
            "settled_at",
            "id",
            postgresql_where=text("state = 'stuck'"),
            sqlite_where=text("state = 'stuck'"),
        ),
        Index(
            "ix_outbox_message_not_arrived",
            "created_at",
            "id",
            postgresql_where=text("state IN ('undelivered', 'failed', 'expired', 'stuck')"),
            sqlite_where=text("state IN ('undelivered', 'failed', 'expired', 'stuck')"),
        ),
        Index(
            "ix_outbox_message_by_coach",
            "created_at",
            "id",
            postgresql_where=text("kind IN ('answer', 'coach')"),
            sqlite_where=text("kind IN ('answer', 'coach')"),
        ),
    )


class DeliveryReceipt(Base):
    """One status callback, as it came. Any order, twice, or before the create was answered: all normal."""

    __tablename__ = "delivery_receipt"
    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_message_id: Mapped[int | None] = reference("outbox_message.id")
    provider_sid: Mapped[str] = mapped_column(String(40), index=True)
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[int | None]
    received_at: Mapped[datetime]


class CheckIn(Base):
    """A question asked on a local date: about the night before, and about the last step sent if there was one.

    `step_decision_id` is that step's decision, empty if only the score was asked. Answers are empty until they come.
    """

    __tablename__ = "check_in"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    asked_on: Mapped[date]
    outbox_message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), unique=True)
    step_decision_id: Mapped[int | None] = reference("decision.id")
    score: Mapped[int | None]
    score_at: Mapped[datetime | None]
    habit: Mapped[bool | None]
    habit_at: Mapped[datetime | None]
    asked_again_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("asked_on", "enrolment_id"),
        # A week's summary reads every night of 35 days: from this index alone.
        Index(
            "ix_check_in_nights",
            *("enrolment_id", "asked_on", "score", "habit", "step_decision_id", "outbox_message_id"),
        ),
        CheckConstraint("score BETWEEN 0 AND 10", name="score_range"),
    )
