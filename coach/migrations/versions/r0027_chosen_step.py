"""A coach may choose the step of an evening. Adds only."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("enrolment", sa.Column("chosen_step", sa.String(length=40), nullable=True))
    op.add_column("enrolment", sa.Column("chosen_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("enrolment", "chosen_on")
    op.drop_column("enrolment", "chosen_step")
