"""Staff choose the language in which pages are shown to them. Adds only."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("coach_account", sa.Column("language", sa.String(2), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("coach_account", "language")
