"""An account may have a name that colleagues read, and say when its owner is on leave. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("coach_account", sa.Column("name", sa.String(length=60), nullable=True))
    op.create_table(
        "leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("ends_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("stand_in_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["coach_id"], ["coach_account.id"], name=op.f("fk_leave_coach_id_coach_account")),
        sa.ForeignKeyConstraint(["stand_in_id"], ["coach_account.id"], name=op.f("fk_leave_stand_in_id_coach_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_leave_coach_id"), "leave", ["coach_id"], unique=False)
    op.create_index(op.f("ix_leave_stand_in_id"), "leave", ["stand_in_id"], unique=False)
    op.create_index(op.f("ix_leave_ends_at"), "leave", ["ends_at"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_table("leave")
    op.drop_column("coach_account", "name")
