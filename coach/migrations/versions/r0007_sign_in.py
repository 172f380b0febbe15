"""The second step of a sign-in, its recovery codes, and the count of refused attempts. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("coach_account", sa.Column("totp_secret", types.EncryptedText(), nullable=True))
    op.add_column("coach_account", sa.Column("totp_counter", sa.Integer(), nullable=True))
    op.add_column("coach_account", sa.Column("recovery_codes", types.EncryptedJson(), nullable=True))
    op.create_table(
        "attempt_count",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("until_at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_attempt_count")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("attempt_count")
    for name in ("recovery_codes", "totp_counter", "totp_secret"):
        op.drop_column("coach_account", name)
