"""Emergency access of admins to a clinic's care pages, passkeys, clinics that require single sign-on. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "break_glass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("reason", types.EncryptedText(), nullable=False),
        sa.Column("began_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("until_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["coach_account.id"], name=op.f("fk_break_glass_account_id_coach_account")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_break_glass_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_break_glass_account_id"), "break_glass", ["account_id"])
    op.create_index(op.f("ix_break_glass_clinic_id"), "break_glass", ["clinic_id"])
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(length=20), nullable=False),
        sa.Column("transports", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("used_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["coach_account.id"], name=op.f("fk_passkey_account_id_coach_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"])
    op.add_column("clinic", sa.Column("single_sign_on", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    """Back."""
    op.drop_column("clinic", "single_sign_on")
    op.drop_table("passkey")
    op.drop_table("break_glass")
