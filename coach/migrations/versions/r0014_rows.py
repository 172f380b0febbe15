"""What could not be gone on with is set aside where it is seen: a text as `stuck`, other rows in a list of their own.

The release before runs on: it sends nothing that is `stuck`, and does not know the list.
"""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STUCK = "state = 'stuck'"
# What a coach looks for under "failed".
BEFORE, AFTER = (
    "state IN ('undelivered', 'failed', 'expired')",
    "state IN ('undelivered', 'failed', 'expired', 'stuck')",
)


def _index_what_did_not_arrive(states: str) -> None:
    name = "ix_outbox_message_not_arrived"
    op.drop_index(name, "outbox_message")
    where = sa.text(states)
    op.create_index(name, "outbox_message", ["created_at", "id"], postgresql_where=where, sqlite_where=where)


def upgrade() -> None:
    """Forward."""
    op.add_column("outbox_message", sa.Column("unrecorded_sid", sa.String(length=255), nullable=True))
    op.create_index(
        "ix_outbox_message_stuck",
        "outbox_message",
        ["settled_at", "id"],
        postgresql_where=sa.text(STUCK),
        sqlite_where=sa.text(STUCK),
    )
    _index_what_did_not_arrive(AFTER)
    op.create_table(
        "set_aside",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("since_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again_at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "row_id", name=op.f("pk_set_aside")),
    )


def downgrade() -> None:
    """Back. The release before knows no `stuck`: what was taken waits for its receipt, the rest is given up."""
    op.drop_table("set_aside")
    op.drop_index("ix_outbox_message_stuck", "outbox_message")
    _index_what_did_not_arrive(BEFORE)
    op.execute("UPDATE outbox_message SET state = 'accepted' WHERE state = 'stuck' AND accepted_at IS NOT NULL")
    op.execute("UPDATE outbox_message SET state = 'expired', reason = 'never_accepted' WHERE state = 'stuck'")
    op.drop_column("outbox_message", "unrecorded_sid")
