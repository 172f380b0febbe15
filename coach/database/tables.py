"""The tables of `coach`: inbound replies, mail, summaries, studies, notes, sessions and the audit log.

See `schedules.database.tables` for the conventions.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedJson, EncryptedText


class InboundReply(Base):
    """One inbound text: the raw body, how it was understood, what it changed, and the answer it got.

    `participant_id` is null for an unknown number. `score` and `habit` are what was understood; `used_as` says whether
    they became the check-in's answer (`answer`), a note that is not counted (`volunteered`) or neither. `media` counts
    attachments. `in_vain`: our answer did not move the conversation forward, and counts against its limit.
    `opt_out_type` is what the provider did with the text. `answered_by_id` is a coach's answer. `retry_at` is set if an
    error of ours kept the text from being applied: it is retried then, and `tries` counts how often.
    """

    __tablename__ = "inbound_reply"
    id: Mapped[int] = mapped_column(primary_key=True)
    message_sid: Mapped[str] = mapped_column(String(64), unique=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    check_in_id: Mapped[int | None] = reference("check_in.id")
    number_hash: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(EncryptedText)
    received_at: Mapped[datetime]
    intent: Mapped[str | None] = mapped_column(String(20))
    score: Mapped[int | None]
    habit: Mapped[bool | None]
    used_as: Mapped[str | None] = mapped_column(String(12))
    night_on: Mapped[date | None]
    reading: Mapped[Any | None] = mapped_column(EncryptedJson)
    answer: Mapped[str | None] = mapped_column(EncryptedText)
    for_coach: Mapped[bool] = mapped_column(server_default=text("false"))
    closed_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = reference("outbox_message.id")
    media: Mapped[int] = mapped_column(server_default="0")
    in_vain: Mapped[bool] = mapped_column(server_default=text("false"))
    opt_out_type: Mapped[str | None] = mapped_column(String(8))
    retry_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    __table_args__ = (
        Index(
            "ix_inbound_reply_retry",
            "retry_at",
            "id",
            postgresql_where=text("retry_at IS NOT NULL"),
            sqlite_where=text("retry_at IS NOT NULL"),
        ),
        Index("ix_inbound_reply_participant_id_received_at", "participant_id", "received_at"),
        Index("ix_inbound_reply_number_hash_received_at", "number_hash", "received_at"),
        Index(
            "ix_inbound_reply_open",
            "received_at",
            "id",
            postgresql_where=text("for_coach AND closed_at IS NULL"),
            sqlite_where=text("for_coach AND closed_at IS NULL"),
        ),
    )


class ReplyClaim(Base):
    """A coach has claimed a reply, so that no two coaches answer it. Deleted when the reply is closed."""

    __tablename__ = "reply_claim"
    reply_id: Mapped[int] = mapped_column(ForeignKey("inbound_reply.id"), primary_key=True)
    coach_id: Mapped[int] = reference("coach_account.id")
    claimed_at: Mapped[datetime]


class MailMessage(Base):
    """One email to a coach, from queueing until the mail server has accepted it. Holds ids only, no names.

    `period` makes a digest unique: the week or date it covers; a page has none. `claimed_at` is set while a worker is
    sending it, and stays set if it is unknown whether the server accepted it.
    """

    __tablename__ = "mail_message"
    id: Mapped[int] = mapped_column(primary_key=True)
    coach_id: Mapped[int] = reference("coach_account.id")
    flag_id: Mapped[int | None] = reference("flag.id")
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(EncryptedText)
    html: Mapped[str | None] = mapped_column(EncryptedText)
    period: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    claimed_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None]
    __table_args__ = (
        Index("uq_mail_message_period", "coach_id", "kind", "period", unique=True),
        CheckConstraint("state IN ('queued', 'sent', 'failed')", name="state_known"),
        Index(
            "ix_mail_message_queued",
            "due_at",
            "id",
            postgresql_where=text("state = 'queued'"),
            sqlite_where=text("state = 'queued'"),
        ),
    )


class WeeklySummary(Base):
    """One participant's ISO week as computed. A later computation with another result is a new version.

    `not_prompted_for` counts the dates without a question by reason; see `coach.adherence.counts`.
    """

    __tablename__ = "weekly_summary"
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    week: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    computed_at: Mapped[datetime]
    prompted: Mapped[int]
    answered: Mapped[int]
    steps_asked: Mapped[int]
    done: Mapped[int]
    not_done: Mapped[int]
    no_reply: Mapped[int]
    undelivered: Mapped[int]
    not_prompted: Mapped[int]
    score_sum: Mapped[int]
    score_n: Mapped[int]
    baseline_sum: Mapped[int]
    baseline_n: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    reasons: Mapped[list[Any]]
    not_prompted_for: Mapped[dict[str, Any] | None]
    __table_args__ = (
        UniqueConstraint("participant_id", "week", "version"),
        Index("ix_weekly_summary_week", "week", "participant_id", "version"),
    )


class StaleWeek(Base):
    """A week that got a late answer after it ended: its stored summary is to be computed again."""

    __tablename__ = "stale_week"
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)


class Standing(Base):
    """How a participant did over the seven days up to `last_on`, as last computed. Lists are ordered by it.

    Pages about one participant compute it from the nights instead; see `coach.adherence.standings`.
    """

    __tablename__ = "standing"
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True, autoincrement=False)
    last_on: Mapped[date]
    computed_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(16))
    rank: Mapped[int]
    prompted: Mapped[int]
    answered: Mapped[int]
    steps_asked: Mapped[int]
    done: Mapped[int]
    undelivered: Mapped[int]
    score_sum: Mapped[int]
    score_n: Mapped[int]


class EffectsReport(Base):
    """What the Effects page shows for one clinic's programme: computed once a week, kept as shown.

    `coach.effects.figures` defines the shape of `figures`.
    """

    __tablename__ = "effects_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    programme: Mapped[str] = mapped_column(String(40))
    week: Mapped[str] = mapped_column(String(8))
    computed_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    __table_args__ = (UniqueConstraint("clinic_id", "programme", "week"),)


class OwnEffects(Base):
    """What each step does for one participant, and when they were last told; `steps` is null where nothing is known.

    `coach.reflections.own_steps.OwnStep` defines the shape of each of the `steps`.
    """

    __tablename__ = "own_effects"
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True, autoincrement=False)
    computed_at: Mapped[datetime | None]
    steps: Mapped[Any | None] = mapped_column(EncryptedJson)
    told_on: Mapped[date | None]


class Study(Base):
    """A study as registered before its first nudge. Never changed; a change is a new row, and the last one counts.

    `sha256` covers everything but the protocol's text, whose own hash it includes: see `coach.export.reproduce`. The
    audit log holds it too.
    """

    __tablename__ = "study"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = reference("clinic.id")
    programme: Mapped[str] = mapped_column(String(40))
    policy: Mapped[str] = mapped_column(String(20))
    analysis: Mapped[dict[str, Any]]
    protocol: Mapped[str] = mapped_column(Text)
    protocol_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    registered_at: Mapped[datetime]


class Note(Base):
    """A coach's note about a participant, visible to coaches only. Its words are never changed.

    On `look_again_on` Home shows them again, until a coach says that they were looked at.
    """

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = reference("participant.id")
    coach_id: Mapped[int] = reference("coach_account.id")
    body: Mapped[str] = mapped_column(EncryptedText)
    written_at: Mapped[datetime]
    look_again_on: Mapped[date | None]
    looked_at: Mapped[datetime | None]


class AuditEvent(Base):
    """Who did what to whose data, and when. Append-only by trigger, chained by `hash`; see `coach.audit`."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    clinic_id: Mapped[int | None] = reference("clinic.id")
    actor: Mapped[str] = mapped_column(String(254))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(60), index=True)
    detail: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64), index=True, server_default="")


class AuditAnchor(Base):
    """A single row: how far the audit log reaches, sealed with its key; see `coach.database.audit_chain`."""

    __tablename__ = "audit_anchor"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rows: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))
    unchained: Mapped[int]
    base: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


class AttemptCount(Base):
    """How often something was tried recently, by a keyed name: failed sign-ins, password resets."""

    __tablename__ = "attempt_count"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    until_at: Mapped[datetime]


class WebSession(Base):
    """A browser that is signed in, by a keyed hash of the id in its cookie; see `coach.accounts.sessions`."""

    __tablename__ = "web_session"
    token_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = reference("coach_account.id")
    signed_in_at: Mapped[datetime]
