"""A roster is staged before it is written, and transactions that last too long are counted."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OPEN = "state IN ('waiting', 'running', 'written')"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "long_write",
        sa.Column("caller", sa.String(length=120), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("longest_ms", sa.Integer(), nullable=False),
        sa.Column("last_at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", name=op.f("pk_long_write")),
    )
    op.create_table(
        "roster_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("clinic_name", sa.String(length=120), nullable=True),
        sa.Column("coach_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=254), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("file", types.EncryptedText(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ignored", sa.Integer(), server_default="0", nullable=False),
        sa.Column("meanwhile", sa.Integer(), server_default="0", nullable=False),
        sa.Column("errors", types.EncryptedJson(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("lease_until_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("ended_at", types.UtcInstant(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'written', 'done', 'refused', 'cancelled')",
            name=op.f("ck_roster_import_state_known"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_roster_import_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["coach_account.id"], name=op.f("fk_roster_import_coach_id_coach_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_import")),
    )
    op.create_index(op.f("ix_roster_import_clinic_id"), "roster_import", ["clinic_id"])
    op.create_index(op.f("ix_roster_import_coach_id"), "roster_import", ["coach_id"])
    op.create_index(
        "ix_roster_import_open",
        "roster_import",
        ["id"],
        postgresql_where=sa.text(OPEN),
        sqlite_where=sa.text(OPEN),
    )
    op.create_table(
        "roster_row",
        sa.Column("import_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("row", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("seen_status", sa.String(length=10), nullable=True),
        sa.Column("seen_due_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("phone", types.EncryptedText(), nullable=True),
        sa.Column("first_name", types.EncryptedText(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("coach_id", sa.Integer(), nullable=True),
        sa.Column("programme", sa.String(length=40), nullable=True),
        sa.Column("cadence", sa.String(length=20), nullable=True),
        sa.Column("policy", sa.String(length=20), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("evening_at", types.WallTime(length=5), nullable=True),
        sa.Column("bedtime_at", types.WallTime(length=5), nullable=True),
        sa.Column("exclude", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("roster", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("next_due_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("next_slot", sa.String(length=20), nullable=True),
        sa.Column("consent_source", sa.String(length=120), nullable=True),
        sa.Column("consent_at", types.UtcInstant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["roster_import.id"], name=op.f("fk_roster_row_import_id_roster_import")
        ),
        sa.PrimaryKeyConstraint("import_id", "row", name=op.f("pk_roster_row")),
    )


def downgrade() -> None:
    """Back. What was being imported is imported again."""
    op.drop_table("roster_row")
    op.drop_table("roster_import")
    op.drop_table("long_write")
