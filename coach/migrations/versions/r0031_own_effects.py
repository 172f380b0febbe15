"""What each step does is stored for one person, with when they were told, and for the adaptive policy. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "own_effects",
        sa.Column("participant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("computed_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("steps", types.EncryptedJson(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_own_effects_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_own_effects")),
    )
    op.create_table(
        "shared_beliefs",
        sa.Column("clinic_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("computed_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("steps", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_shared_beliefs_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("clinic_id", "programme", name=op.f("pk_shared_beliefs")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("shared_beliefs")
    op.drop_table("own_effects")
