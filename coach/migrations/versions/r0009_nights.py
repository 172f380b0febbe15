"""An index that a week's summary reads every night from. Adds only."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ["enrolment_id", "asked_on", "score", "habit", "step_decision_id", "outbox_message_id"]


def upgrade() -> None:
    """Forward."""
    op.create_index("ix_check_in_nights", "check_in", COLUMNS)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_check_in_nights", "check_in")
