"""An index that planning reads a person's last month of decisions from. Adds only."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = ["enrolment_id", "local_on", "slot", "action", "text_id", "available", "unavailable_reason"]


def upgrade() -> None:
    """Forward."""
    op.create_index("ix_decision_history", "decision", COLUMNS)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_decision_history", "decision")
