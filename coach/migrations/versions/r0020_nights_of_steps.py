"""Each decision stores on which night its step can act: what is done tomorrow cannot change tonight. Enrollments store
when they last got the texts about care. A clinic can record who has reviewed a text.

Earlier decisions get what the library says today: what their steps asked people to do has not changed.
"""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

FOR_TOMORROW = (
    *("ask-a-pharmacist", "b12-and-folate-food", "caffeine", "check-up", "compression", "daytime-activity"),
    *("iron-rich-food", "long-sitting", "magnesium-rich-food", "short-naps"),
)
CARE = ("iron_test_on", "onset_asked_on")
HISTORY = ("enrolment_id", "local_on", "slot", "action", "text_id", "available", "unavailable_reason")


def upgrade() -> None:
    """Forward."""
    op.add_column("decision", sa.Column("acts_on", sa.String(length=8), nullable=True))
    decision = sa.table("decision", sa.column("action"), sa.column("acts_on"))
    night = sa.case((decision.c.action.in_(FOR_TOMORROW), "tomorrow"), else_="tonight")
    sent = decision.c.action.is_not(None) & (decision.c.action != "none")
    op.execute(decision.update().where(sent).values(acts_on=night))
    op.drop_index("ix_decision_history", "decision")
    op.create_index("ix_decision_history", "decision", [*HISTORY, "acts_on"])
    for name in CARE:
        op.add_column("enrolment", sa.Column(name, sa.Date(), nullable=True))
    op.create_table(
        "text_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(length=120), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_text_review_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_review")),
    )
    op.create_index(op.f("ix_text_review_clinic_id"), "text_review", ["clinic_id"])


def downgrade() -> None:
    """Back."""
    op.drop_table("text_review")
    for name in CARE:
        op.drop_column("enrolment", name)
    op.drop_index("ix_decision_history", "decision")
    op.create_index("ix_decision_history", "decision", list(HISTORY))
    op.drop_column("decision", "acts_on")
