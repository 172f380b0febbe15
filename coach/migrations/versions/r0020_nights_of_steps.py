"""Each decision stores on which night its step can act: what is done tomorrow cannot change tonight. Enrollments store
when they last got the texts about care.

Earlier decisions get what the library says today: what their steps asked people to do has not changed.
"""

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    """Back."""
    for name in CARE:
        op.drop_column("enrolment", name)
    op.drop_index("ix_decision_history", "decision")
    op.create_index("ix_decision_history", "decision", list(HISTORY))
    op.drop_column("decision", "acts_on")
