"""Senders with a pace and a breaker, claims of periodic jobs, when a text came into doubt. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PROMPT = sa.text("state = 'queued' AND kind <> 'nudge'")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "sender",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next_free_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("shut_until_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("shut_for", sa.String(length=20), nullable=True),
        sa.Column("trips", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sender")),
    )
    op.add_column("periodic_job", sa.Column("claimed_by", sa.String(length=40), nullable=True))
    op.add_column("periodic_job", sa.Column("lease_until_at", types.UtcInstant(timezone=True), nullable=True))
    op.add_column("outbox_message", sa.Column("doubted_at", types.UtcInstant(timezone=True), nullable=True))
    op.create_index(
        "ix_outbox_message_prompt",
        "outbox_message",
        ["due_at", "id"],
        postgresql_where=PROMPT,
        sqlite_where=PROMPT,
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_outbox_message_prompt", table_name="outbox_message")
    op.drop_column("outbox_message", "doubted_at")
    op.drop_column("periodic_job", "lease_until_at")
    op.drop_column("periodic_job", "claimed_by")
    op.drop_table("sender")
