"""Numbers that take no texts, refusals in a row of a sender, and which text of a coach answers a reply."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "dead_number",
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("since_at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number_hash", name=op.f("pk_dead_number")),
    )
    op.add_column("sender", sa.Column("refusals", sa.Integer(), server_default="0", nullable=False))
    op.add_column("sender", sa.Column("refused_code", sa.Integer(), nullable=True))
    with op.batch_alter_table("inbound_reply") as reply:
        reply.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        reply.create_foreign_key(
            op.f("fk_inbound_reply_answered_by_id_outbox_message"), "outbox_message", ["answered_by_id"], ["id"]
        )
    op.create_index(op.f("ix_inbound_reply_answered_by_id"), "inbound_reply", ["answered_by_id"])
    # "Cannot be texted" came between "worse" and "no replies": what lists are ordered by.
    op.execute("UPDATE standing SET rank = rank + 1 WHERE rank >= 5")


def downgrade() -> None:
    """Back."""
    op.execute("UPDATE standing SET rank = rank - 1 WHERE rank > 5")
    op.drop_index(op.f("ix_inbound_reply_answered_by_id"), "inbound_reply")
    with op.batch_alter_table("inbound_reply") as reply:
        reply.drop_constraint(op.f("fk_inbound_reply_answered_by_id_outbox_message"), type_="foreignkey")
        reply.drop_column("answered_by_id")
    op.drop_column("sender", "refused_code")
    op.drop_column("sender", "refusals")
    op.drop_table("dead_number")
