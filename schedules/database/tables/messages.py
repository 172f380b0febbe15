"""The tables of texts: the outbox and its delivery receipts."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedText


class OutboxMessage(Base):
    """One text to a participant, or to a coach who is paged, until its delivery is settled.

    `slot` and `local_on` make a planned text unique; answers have neither. `token` is our own id for the message,
    returned in its status callbacks. The times belong to states: see `schedules.outbox.states`. `unrecorded_sid` is the
    provider's id of a `stuck` text if `provider_sid` could not store it: another text has it, or it is too long.
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
        # Pages and answers do not wait behind an evening's nudges.
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
    """One status callback as received. Callbacks may come out of order, twice, or before our create request returns."""

    __tablename__ = "delivery_receipt"
    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_message_id: Mapped[int | None] = reference("outbox_message.id")
    provider_sid: Mapped[str] = mapped_column(String(40), index=True)
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[int | None]
    received_at: Mapped[datetime]
