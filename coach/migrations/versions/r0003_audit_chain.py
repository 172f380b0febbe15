"""The audit log is append-only, and each row is chained to the one before it.

A later revision that makes SQLite copy `audit_event` (a batch with `recreate`) must make its triggers again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSAL = "the audit log is append-only"


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("audit_event") as batch_op:
        batch_op.add_column(sa.Column("hash", sa.String(length=64), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_audit_event_hash"), ["hash"])
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_event_append_only ON audit_event")
        op.execute("DROP TRIGGER audit_event_not_emptied ON audit_event")
        op.execute("DROP FUNCTION audit_event_refuse()")
    else:
        op.execute("DROP TRIGGER audit_event_not_updated")
        op.execute("DROP TRIGGER audit_event_not_deleted")
    with op.batch_alter_table("audit_event") as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_hash"))
        batch_op.drop_column("hash")


SQLITE = [
    f"CREATE TRIGGER audit_event_not_{done} BEFORE {verb} ON audit_event BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for verb, done in (("UPDATE", "updated"), ("DELETE", "deleted"))
]
POSTGRESQL = [
    "CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event "
    "FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()",
    "CREATE TRIGGER audit_event_not_emptied BEFORE TRUNCATE ON audit_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()",
]
