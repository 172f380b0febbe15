"""How participants stand, notes, claims of replies, and what the pages' lists look up."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNTS = ("prompted", "answered", "steps_asked", "done", "undelivered", "score_sum", "score_n")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "standing",
        sa.Column("participant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("computed_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_standing_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_standing")),
    )
    op.create_index(op.f("ix_standing_computed_at"), "standing", ["computed_at"])
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("body", types.EncryptedText(), nullable=False),
        sa.Column("written_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["coach_account.id"], name=op.f("fk_note_coach_id_coach_account")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_note_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_coach_id"), "note", ["coach_id"])
    op.create_index(op.f("ix_note_participant_id"), "note", ["participant_id"])
    op.create_table(
        "reply_claim",
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("claimed_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["coach_account.id"], name=op.f("fk_reply_claim_coach_id_coach_account")),
        sa.ForeignKeyConstraint(["reply_id"], ["inbound_reply.id"], name=op.f("fk_reply_claim_reply_id_inbound_reply")),
        sa.PrimaryKeyConstraint("reply_id", name=op.f("pk_reply_claim")),
    )
    op.create_index(op.f("ix_reply_claim_coach_id"), "reply_claim", ["coach_id"])
    op.create_index(
        "ix_inbound_reply_open",
        "inbound_reply",
        ["received_at", "id"],
        postgresql_where=sa.text("for_coach AND closed_at IS NULL"),
        sqlite_where=sa.text("for_coach AND closed_at IS NULL"),
    )
    op.create_index(
        "ix_flag_open",
        "flag",
        ["participant_id", "kind"],
        postgresql_where=sa.text("acknowledged_at IS NULL"),
        sqlite_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_message_not_arrived",
        "outbox_message",
        ["created_at", "id"],
        postgresql_where=sa.text("state IN ('undelivered', 'failed', 'expired')"),
        sqlite_where=sa.text("state IN ('undelivered', 'failed', 'expired')"),
    )
    op.create_index(
        "ix_outbox_message_by_coach",
        "outbox_message",
        ["created_at", "id"],
        postgresql_where=sa.text("kind IN ('answer', 'coach')"),
        sqlite_where=sa.text("kind IN ('answer', 'coach')"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_outbox_message_by_coach", "outbox_message")
    op.drop_index("ix_outbox_message_not_arrived", "outbox_message")
    op.drop_index("ix_flag_open", "flag")
    op.drop_index("ix_inbound_reply_open", "inbound_reply")
    for name in ("reply_claim", "note", "standing"):
        op.drop_table(name)
