"""How long a clinic keeps texts and people, how many texts a day it may send, what the provider must still forget."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("clinic", sa.Column("keep_texts_days", sa.Integer(), nullable=True))
    op.add_column("clinic", sa.Column("keep_people_days", sa.Integer(), nullable=True))
    op.add_column("clinic", sa.Column("daily_texts", sa.Integer(), nullable=True))
    op.add_column("participant", sa.Column("erased_at", types.UtcInstant(timezone=True), nullable=True))
    op.create_table(
        "clinic_day",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("alarmed_at", types.UtcInstant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_clinic_day_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("clinic_id", "local_on", name=op.f("pk_clinic_day")),
    )
    op.create_table(
        "provider_deletion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_sid", sa.String(length=64), nullable=True),
        sa.Column("phone", types.EncryptedText(), nullable=True),
        sa.Column("since_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("due_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_deletion")),
    )
    op.create_index(
        "ix_provider_deletion_due",
        "provider_deletion",
        ["due_at", "id"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("provider_deletion")
    op.drop_table("clinic_day")
    op.drop_column("participant", "erased_at")
    for name in ("daily_texts", "keep_people_days", "keep_texts_days"):
        op.drop_column("clinic", name)
