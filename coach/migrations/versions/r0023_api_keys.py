"""Keys for other systems, their requests, and when a participant last changed. Adds only.

Triggers keep `updated_at`, so that no change can forget it. A later revision that makes SQLite copy `participant` or
`enrolment` (a batch with `recreate`) must make them again.
"""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=32), nullable=False),
        sa.Column("scopes", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=True),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", types.UtcInstant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_api_key_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_table(
        "api_request",
        sa.Column("api_key_id", sa.Integer(), nullable=False),
        sa.Column("name_hash", sa.String(length=32), nullable=False),
        sa.Column("body_hash", sa.String(length=32), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("answer", types.EncryptedJson(), nullable=True),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_key.id"], name=op.f("fk_api_request_api_key_id_api_key")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_api_request_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("api_key_id", "name_hash", name=op.f("pk_api_request")),
    )
    op.create_index(op.f("ix_api_key_clinic_id"), "api_key", ["clinic_id"])
    op.create_index(op.f("ix_api_request_participant_id"), "api_request", ["participant_id"])
    op.create_index(op.f("ix_api_request_created_at"), "api_request", ["created_at"])
    for table in WATCHED:
        op.add_column(table, sa.Column("updated_at", types.UtcInstant(timezone=True), nullable=True))
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Back."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in WATCHED:
        op.execute(f"DROP TRIGGER {table}_updated" + (f" ON {table}" if postgresql else ""))
        op.drop_column(table, "updated_at")
    if postgresql:
        op.execute("DROP FUNCTION note_update()")
    op.drop_table("api_request")
    op.drop_table("api_key")


# What other systems are told of. When the next text is due moves every evening, and is not among it.
WATCHED = {
    "participant": ("coach_id", "number_hash", "language", "time_zone", "erased_at"),
    "enrolment": (
        *("programme", "policy", "status", "evening_at", "bedtime_at", "exclude", "tags"),
        *("paused_until_on", "ended_at"),
    ),
}
SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"  # as SQLAlchemy writes instants
SQLITE = [
    f"CREATE TRIGGER {table}_updated AFTER UPDATE OF {', '.join(columns)} ON {table} "  # noqa: S608  (names of ours)
    f"BEGIN UPDATE {table} SET updated_at = {SQLITE_NOW} WHERE id = NEW.id; END"
    for table, columns in WATCHED.items()
]
POSTGRESQL = [
    "CREATE FUNCTION note_update() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$",
    *(
        f"CREATE TRIGGER {table}_updated BEFORE UPDATE OF {', '.join(columns)} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION note_update()"
        for table, columns in WATCHED.items()
    ),
]
