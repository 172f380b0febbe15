"""The tables of events out: who is told, and what they have been told. See `schedules.database.tables`."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base, EncryptedText


class WebhookEndpoint(Base):
    """An address of another system that is told what happens in a clinic: `types`, or everything if there are none.

    `secret` signs each event. `answered_at` is when it last took one; `failing_since_at` is when the first of the
    tries failed that have failed since, and `trouble` why the last one did. Nothing is tried before `rests_until_at`.
    One worker at a time delivers to it, until `lease_until_at`. Once removed, only the row is left, which events that
    are just being written still refer to.
    """

    __tablename__ = "webhook_endpoint"
    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = reference("clinic.id")
    url: Mapped[str] = mapped_column(EncryptedText)
    secret: Mapped[str] = mapped_column(EncryptedText)
    types: Mapped[list[Any]]
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    failing_since_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(String(60))
    rests_until_at: Mapped[datetime | None]
    lease_until_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class WebhookEvent(Base):
    """One event for one endpoint, from the change that caused it until 30 days after it was delivered or given up.

    `data` holds ids, dates, a score and words of ours: no name, no number, no text. `tried_since_at` is the first try,
    and `due_at` the next one. `http_status` is the answer to the last try, `trouble` what was wrong with it.
    """

    __tablename__ = "webhook_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"))
    participant_id: Mapped[int] = reference("participant.id")
    type: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    tried_since_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    http_status: Mapped[int | None]
    trouble: Mapped[str | None] = mapped_column(String(60))
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state_known"),
        Index("ix_webhook_event_endpoint_id_id", "endpoint_id", "id"),
        Index(
            "ix_webhook_event_waiting",
            *("endpoint_id", "participant_id", "id"),
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_webhook_event_failed",
            *("endpoint_id", "id"),
            postgresql_where=text("state = 'failed'"),
            sqlite_where=text("state = 'failed'"),
        ),
        Index(
            "ix_webhook_event_settled",
            "settled_at",
            postgresql_where=text("settled_at IS NOT NULL"),
            sqlite_where=text("settled_at IS NOT NULL"),
        ),
    )


# Literal, so that the partial indexes serve them.
WAITS, GIVEN_UP = (WebhookEvent.state == literal_column(f"'{state}'") for state in ("waiting", "failed"))
