"""Participants can ask for a link to their own page, of which the hash is stored. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "own_page_link",
        sa.Column("participant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_own_page_link_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_own_page_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_own_page_link_token_hash")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("own_page_link")
