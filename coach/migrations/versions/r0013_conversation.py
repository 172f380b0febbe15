"""Flags belong to a number, pagers are confirmed, questions are stored, and what failed is applied again.

A hold for a crisis or an urgent sign is no longer stored: it follows from the flags that nobody has acknowledged.
"""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = "acknowledged_at IS NULL"
WAITS = "retry_at IS NOT NULL"


def upgrade() -> None:
    """Forward."""
    op.add_column("flag", sa.Column("number_hash", sa.String(length=64), nullable=True))
    op.add_column("flag", sa.Column("code", sa.String(length=6), nullable=True))
    op.execute(
        "UPDATE flag SET number_hash = "
        "(SELECT participant.number_hash FROM participant WHERE participant.id = flag.participant_id)"
    )
    with op.batch_alter_table("flag") as flag:
        flag.alter_column("participant_id", existing_type=sa.Integer(), nullable=True)
    op.create_index(
        "ix_flag_of_number",
        "flag",
        ["number_hash", "kind"],
        postgresql_where=sa.text(OPEN),
        sqlite_where=sa.text(OPEN),
    )
    op.execute("UPDATE enrolment SET held_for = NULL WHERE held_for = 'crisis'")
    for name, type_ in (
        ("open_question", sa.String(length=16)),
        ("open_value", sa.String(length=16)),
        ("open_until_at", types.UtcInstant(timezone=True)),
    ):
        op.add_column("enrolment", sa.Column(name, type_, nullable=True))
    op.add_column("inbound_reply", sa.Column("media", sa.Integer(), server_default="0", nullable=False))
    op.add_column("inbound_reply", sa.Column("in_vain", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("inbound_reply", sa.Column("opt_out_type", sa.String(length=8), nullable=True))
    op.add_column("inbound_reply", sa.Column("retry_at", types.UtcInstant(timezone=True), nullable=True))
    op.add_column("inbound_reply", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_inbound_reply_retry",
        "inbound_reply",
        ["retry_at", "id"],
        postgresql_where=sa.text(WAITS),
        sqlite_where=sa.text(WAITS),
    )
    op.add_column("coach_account", sa.Column("phone_confirmed_at", types.UtcInstant(timezone=True), nullable=True))
    op.add_column("coach_account", sa.Column("phone_code", sa.String(length=6), nullable=True))
    op.add_column("coach_account", sa.Column("phone_code_until_at", types.UtcInstant(timezone=True), nullable=True))
    # Numbers given before codes existed go on being paged, unless they are a participant's too.
    op.execute(
        "UPDATE coach_account SET phone_confirmed_at = created_at WHERE number_hash IS NOT NULL "
        "AND number_hash NOT IN (SELECT number_hash FROM participant WHERE number_hash IS NOT NULL)"
    )
    op.add_column("clinic", sa.Column("contact", sa.String(length=120), nullable=True))


def downgrade() -> None:
    """Back. Flags of unknown numbers cannot be kept."""
    op.drop_column("clinic", "contact")
    for name in ("phone_code_until_at", "phone_code", "phone_confirmed_at"):
        op.drop_column("coach_account", name)
    op.drop_index("ix_inbound_reply_retry", "inbound_reply")
    for name in ("tries", "retry_at", "opt_out_type", "in_vain", "media"):
        op.drop_column("inbound_reply", name)
    for name in ("open_until_at", "open_value", "open_question"):
        op.drop_column("enrolment", name)
    op.execute(
        "UPDATE enrolment SET held_for = 'crisis' WHERE participant_id IN "
        "(SELECT participant_id FROM flag WHERE kind = 'crisis' AND acknowledged_at IS NULL)"
    )
    op.drop_index("ix_flag_of_number", "flag")
    op.execute("DELETE FROM mail_message WHERE flag_id IN (SELECT id FROM flag WHERE participant_id IS NULL)")
    op.execute("DELETE FROM flag WHERE participant_id IS NULL")
    with op.batch_alter_table("flag") as flag:
        flag.alter_column("participant_id", existing_type=sa.Integer(), nullable=False)
    op.drop_column("flag", "code")
    op.drop_column("flag", "number_hash")
