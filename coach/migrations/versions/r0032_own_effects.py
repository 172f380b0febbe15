"""What each step does for one person is stored for them, with the day on which they were last told. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0032"
down_revision = "0029"
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


def downgrade() -> None:
    """Back."""
    op.drop_table("own_effects")
