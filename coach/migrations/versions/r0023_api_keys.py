"""Keys for other systems, their requests, and when a participant last changed. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=32), nullable=False),
        sa.Column("scopes", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=True),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", types.UtcInstant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_api_key_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_table(
        "api_request",
        sa.Column("api_key_id", sa.Integer(), nullable=False),
        sa.Column("name_hash", sa.String(length=32), nullable=False),
        sa.Column("body_hash", sa.String(length=32), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("answer", types.EncryptedJson(), nullable=True),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_key.id"], name=op.f("fk_api_request_api_key_id_api_key")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_api_request_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("api_key_id", "name_hash", name=op.f("pk_api_request")),
    )
    op.create_index(op.f("ix_api_key_clinic_id"), "api_key", ["clinic_id"])
    op.create_index(op.f("ix_api_request_participant_id"), "api_request", ["participant_id"])
    op.create_index(op.f("ix_api_request_created_at"), "api_request", ["created_at"])


def downgrade() -> None:
    """Back."""
    op.drop_table("api_request")
    op.drop_table("api_key")
