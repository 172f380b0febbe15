"""A participant may have a plan in their own words, which evening texts recall. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("enrolment", sa.Column("plans", sa.String(length=8), nullable=True))
    op.add_column("enrolment", sa.Column("plan_due_on", sa.Date(), nullable=True))
    op.add_column("enrolment", sa.Column("plan_question", sa.String(length=8), nullable=True))
    op.add_column("enrolment", sa.Column("plan_until_at", types.UtcInstant(timezone=True), nullable=True))
    op.create_table(
        "own_plan",
        sa.Column("enrolment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", types.EncryptedText(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("recall_on", sa.Date(), nullable=True),
        sa.Column("written_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_own_plan_enrolment_id_enrolment")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_own_plan")),
    )
    _watch(*WATCHED, "plans")


def downgrade() -> None:
    """Back."""
    _watch(*WATCHED)
    op.drop_table("own_plan")
    for name in ("plan_until_at", "plan_question", "plan_due_on", "plans"):
        op.drop_column("enrolment", name)


# What other systems are told of an enrollment (revision 0023), whose trigger keeps `updated_at`.
WATCHED = (
    *("programme", "policy", "status", "evening_at", "bedtime_at", "exclude", "tags"),
    *("paused_until_on", "ended_at"),
)


def _watch(*columns: str) -> None:
    names = ", ".join(columns)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER enrolment_updated ON enrolment")
        op.execute(
            f"CREATE TRIGGER enrolment_updated BEFORE UPDATE OF {names} ON enrolment "
            "FOR EACH ROW EXECUTE FUNCTION note_update()"
        )
        return
    op.execute("DROP TRIGGER enrolment_updated")
    op.execute(
        f"CREATE TRIGGER enrolment_updated AFTER UPDATE OF {names} ON enrolment "  # noqa: S608  (names of ours)
        "BEGIN UPDATE enrolment SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE id = NEW.id; END"
    )
