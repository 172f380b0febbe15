"""Ready-made answers, what was typed and not taken, a note on a flag, the tour. Adds only.

Stored standings get the ranks of the new order, in which those who have stopped come last.
"""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BEFORE = (
    *("crisis", "urgent", "medical", "read", "worse", "dead_number", "no_replies", "not_delivered"),
    *("stopped", "slipping", "paused", "new", "on_track"),
)
AFTER = (*(status for status in BEFORE if status != "stopped"), "stopped")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "ready_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("body", sa.String(length=640), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_ready_answer_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["coach_account.id"], name=op.f("fk_ready_answer_written_by_id_coach_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_answer")),
        sa.UniqueConstraint(
            *("clinic_id", "name", "language", "version"),
            name=op.f("uq_ready_answer_clinic_id_name_language_version"),
        ),
    )
    op.create_index(op.f("ix_ready_answer_written_by_id"), "ready_answer", ["written_by_id"])
    op.create_table(
        "draft",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("typed", types.EncryptedJson(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("kept_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["coach_account.id"], name=op.f("fk_draft_account_id_coach_account")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_draft_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("account_id", "address", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_participant_id"), "draft", ["participant_id"])
    op.add_column("flag", sa.Column("note", types.EncryptedText(), nullable=True))
    op.add_column("coach_account", sa.Column("tour_closed_at", types.UtcInstant(timezone=True), nullable=True))
    _rank_by(AFTER)


def _rank_by(order: tuple[str, ...]) -> None:
    standing = sa.table("standing", sa.column("status"), sa.column("rank"))
    rank = sa.case({status: number for number, status in enumerate(order)}, value=standing.c.status, else_=len(order))
    op.execute(standing.update().values(rank=rank))


def downgrade() -> None:
    """Back."""
    _rank_by(BEFORE)
    op.drop_column("coach_account", "tour_closed_at")
    op.drop_column("flag", "note")
    op.drop_table("draft")
    op.drop_table("ready_answer")
