"""Clinics have a keyword, and who joined by it is recorded. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("clinic", sa.Column("keyword", sa.String(length=20), nullable=True))
    op.create_index("uq_clinic_keyword", "clinic", ["keyword"], unique=True)
    op.create_table(
        "joining",
        sa.Column("participant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("keyword", sa.String(length=20), nullable=False),
        sa.Column("poster", sa.String(length=12), nullable=True),
        sa.Column("joined_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_joining_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_joining_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_joining")),
    )
    op.create_index("ix_joining_clinic_id_joined_at", "joining", ["clinic_id", "joined_at"])


def downgrade() -> None:
    """Back."""
    op.drop_table("joining")
    op.drop_index("uq_clinic_keyword", "clinic")
    op.drop_column("clinic", "keyword")
