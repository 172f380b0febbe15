"""The right to export, and what the Effects page shows. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column(
        "coach_account", sa.Column("may_export", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "effects_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("computed_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_effects_report_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects_report")),
        sa.UniqueConstraint("clinic_id", "programme", "week", name=op.f("uq_effects_report_clinic_id_programme_week")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("effects_report")
    op.drop_column("coach_account", "may_export")
