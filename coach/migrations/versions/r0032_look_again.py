"""A note may say on which date to look at someone again. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("note", sa.Column("look_again_on", sa.Date(), nullable=True))
    op.add_column("note", sa.Column("looked_at", types.UtcInstant(timezone=True), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("note", "looked_at")
    op.drop_column("note", "look_again_on")
