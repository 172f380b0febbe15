"""Program and policy are settings of a clinic and a person, with a date, and stored with each decision and check-in.

Everyone keeps what they have. Their policy counts from the day they were enrolled, because it could not change before;
a decision's program is the one logged with its facts, where a step was drawn.
"""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KNOWN = "kind IN ('given', 'confirmed', 'opted_out', 'opted_in'{})"
ADDED = (
    ("clinic", "programme", sa.String(length=40)),
    ("clinic", "policy", sa.String(length=20)),
    ("enrolment", "policy_since_at", types.UtcInstant(timezone=True)),
    ("decision", "programme", sa.String(length=40)),
    ("decision", "policy_since_at", types.UtcInstant(timezone=True)),
    ("check_in", "programme", sa.String(length=40)),
    ("check_in", "policy", sa.String(length=20)),
    ("check_in", "policy_since_at", types.UtcInstant(timezone=True)),
    ("roster_row", "policy_since_at", types.UtcInstant(timezone=True)),
    ("roster_row", "tags", sa.JSON(none_as_null=True)),
    ("roster_row", "randomised_source", sa.String(length=120)),
)
OF_ENROLMENT = "(SELECT {column} FROM enrolment WHERE enrolment.id = {table}.enrolment_id)"
OF_DECISION = (
    "(SELECT decision.{column} FROM decision JOIN outbox_message ON outbox_message.decision_id = decision.id "
    "WHERE outbox_message.id = check_in.outbox_message_id)"
)


def upgrade() -> None:
    """Forward."""
    for table, name, type_ in ADDED:
        op.add_column(table, sa.Column(name, type_, nullable=True))
    op.execute(
        "UPDATE enrolment SET policy_since_at = "
        "(SELECT participant.created_at FROM participant WHERE participant.id = enrolment.participant_id)"
    )
    logged = "json_extract(facts, '$.programme')"
    if op.get_bind().dialect.name == "postgresql":
        logged = "facts ->> 'programme'"
    programme = f"coalesce({logged}, {OF_ENROLMENT.format(column='programme', table='decision')})"
    since = OF_ENROLMENT.format(column="policy_since_at", table="decision")
    op.execute(f"UPDATE decision SET programme = {programme}, policy_since_at = {since}")  # noqa: S608  (constants)
    carried = (f"{name} = {OF_DECISION.format(column=name)}" for name in ("programme", "policy", "policy_since_at"))
    op.execute(f"UPDATE check_in SET {', '.join(carried)}")  # noqa: S608  (constants)
    _kinds(", 'randomised'")


def downgrade() -> None:
    """Back. Who agreed to be randomized is forgotten."""
    op.execute("DELETE FROM consent_event WHERE kind = 'randomised'")
    _kinds("")
    for table, name, _ in reversed(ADDED):
        op.drop_column(table, name)


def _kinds(more: str) -> None:
    """Replace the check of the known kinds. SQLite makes the table anew, and reflects no check: nothing is dropped."""
    name = op.f("ck_consent_event_kind_known")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(name, "consent_event", type_="check")
        op.create_check_constraint(name, "consent_event", KNOWN.format(more))
        return
    with op.batch_alter_table("consent_event") as event:
        event.create_check_constraint(name, KNOWN.format(more))
