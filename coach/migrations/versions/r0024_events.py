"""Events out: the endpoints of other systems, and what they are told. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("url", types.EncryptedText(), nullable=False),
        sa.Column("secret", types.EncryptedText(), nullable=False),
        sa.Column("types", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("answered_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("failing_since_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=60), nullable=True),
        sa.Column("rests_until_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("lease_until_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("removed_at", types.UtcInstant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_webhook_endpoint_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tried_since_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("settled_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.String(length=60), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_webhook_event_state_known")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_event_endpoint_id_webhook_endpoint")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_webhook_event_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
    )
    op.create_index(op.f("ix_webhook_endpoint_clinic_id"), "webhook_endpoint", ["clinic_id"])
    op.create_index("ix_webhook_event_endpoint_id_id", "webhook_event", ["endpoint_id", "id"])
    op.create_index(op.f("ix_webhook_event_participant_id"), "webhook_event", ["participant_id"])
    op.create_index(
        "ix_webhook_event_waiting",
        "webhook_event",
        ["endpoint_id", "participant_id", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_webhook_event_failed",
        "webhook_event",
        ["endpoint_id", "id"],
        postgresql_where=sa.text("state = 'failed'"),
        sqlite_where=sa.text("state = 'failed'"),
    )
    op.create_index(
        "ix_webhook_event_settled",
        "webhook_event",
        ["settled_at"],
        postgresql_where=sa.text("settled_at IS NOT NULL"),
        sqlite_where=sa.text("settled_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("webhook_event")
    op.drop_table("webhook_endpoint")
