"""Sessions are rows, and the audit log has an anchor. Adds only; whoever is signed in signs in once more.

The anchor needs the data keys, so `coach.database.schema.upgrade` fills it in the same transaction.
"""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("signed_in_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["coach_account.id"], name=op.f("fk_web_session_account_id_coach_account")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
    )
    op.create_table(
        "audit_anchor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("unchained", sa.Integer(), nullable=False),
        sa.Column("base", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_anchor")),
    )
    op.create_index(op.f("ix_web_session_account_id"), "web_session", ["account_id"])


def downgrade() -> None:
    """Back."""
    op.drop_table("audit_anchor")
    op.drop_table("web_session")
