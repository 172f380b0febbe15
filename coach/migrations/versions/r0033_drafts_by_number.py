"""What was typed about a phone number goes when that number is erased. Adds only."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("draft", sa.Column("number_hash", sa.String(64), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("draft", "number_hash")
