"""What is unique for a person and a date is found by the date first: the rows of one evening lie together then.

By the person first, each of them changed a page of its own in these indexes. What a person had is read from
`ix_decision_history` and `ix_check_in_nights`. The same stays unique, so the release before runs on.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("decision") as batch_op:
        batch_op.drop_constraint("uq_decision_enrolment_id_slot_local_on", type_="unique")
        batch_op.create_unique_constraint(
            "uq_decision_local_on_slot_enrolment_id", ["local_on", "slot", "enrolment_id"]
        )
    with op.batch_alter_table("check_in") as batch_op:
        batch_op.drop_constraint("uq_check_in_enrolment_id_asked_on", type_="unique")
        batch_op.create_unique_constraint("uq_check_in_asked_on_enrolment_id", ["asked_on", "enrolment_id"])
        batch_op.drop_index("ix_check_in_asked_on")  # its column is the first of the one just made


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("check_in") as batch_op:
        batch_op.create_index("ix_check_in_asked_on", ["asked_on"])
        batch_op.drop_constraint("uq_check_in_asked_on_enrolment_id", type_="unique")
        batch_op.create_unique_constraint("uq_check_in_enrolment_id_asked_on", ["enrolment_id", "asked_on"])
    with op.batch_alter_table("decision") as batch_op:
        batch_op.drop_constraint("uq_decision_local_on_slot_enrolment_id", type_="unique")
        batch_op.create_unique_constraint(
            "uq_decision_enrolment_id_slot_local_on", ["enrolment_id", "slot", "local_on"]
        )
