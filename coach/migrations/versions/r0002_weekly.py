"""Digests by mail, a person's own week by text, and summaries that are computed again."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("coach_account", sa.Column("digest", sa.String(length=8), server_default="weekly", nullable=False))
    op.add_column("enrolment", sa.Column("next_reflection_at", types.UtcInstant(timezone=True), nullable=True))
    op.create_index(
        "ix_enrolment_reflection",
        "enrolment",
        ["next_reflection_at", "id"],
        postgresql_where=sa.text("next_reflection_at IS NOT NULL"),
        sqlite_where=sa.text("next_reflection_at IS NOT NULL"),
    )
    op.create_index(
        "ix_decision_unavailable",
        "decision",
        ["enrolment_id", "local_on", "unavailable_reason"],
        postgresql_where=sa.text("unavailable_reason IS NOT NULL"),
        sqlite_where=sa.text("unavailable_reason IS NOT NULL"),
    )
    op.add_column("mail_message", sa.Column("html", types.EncryptedText(), nullable=True))
    op.add_column("mail_message", sa.Column("period", sa.String(length=12), nullable=True))
    op.add_column("mail_message", sa.Column("claimed_at", types.UtcInstant(timezone=True), nullable=True))
    op.add_column("mail_message", sa.Column("reason", sa.String(length=40), nullable=True))
    op.create_index("uq_mail_message_period", "mail_message", ["coach_id", "kind", "period"], unique=True)
    op.add_column("weekly_summary", sa.Column("not_prompted_for", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "stale_week",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_stale_week_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("participant_id", "week", name=op.f("pk_stale_week")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("stale_week")
    op.drop_column("weekly_summary", "not_prompted_for")
    op.drop_index("uq_mail_message_period", "mail_message")
    for name in ("reason", "claimed_at", "period", "html"):
        op.drop_column("mail_message", name)
    op.drop_index("ix_decision_unavailable", "decision")
    op.drop_index("ix_enrolment_reflection", "enrolment")
    op.drop_column("enrolment", "next_reflection_at")
    op.drop_column("coach_account", "digest")
