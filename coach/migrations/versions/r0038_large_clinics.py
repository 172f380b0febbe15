"""Pages of large clinics: names are searched by the sheet, people and weeks found by indexes. Adds only."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

UNLISTED = sa.text("NOT name_listed")
HELD = sa.text("held_for IS NOT NULL")


def upgrade() -> None:
    """Forward."""
    op.create_index("ix_participant_clinic_id", "participant", ["clinic_id"])
    op.create_index("ix_weekly_summary_week", "weekly_summary", ["week", "participant_id", "version"])
    op.create_index("ix_enrolment_held", "enrolment", ["participant_id"], postgresql_where=HELD, sqlite_where=HELD)
    op.add_column("participant", sa.Column("name_listed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_participant_name_unlisted", "participant", ["id"], postgresql_where=UNLISTED, sqlite_where=UNLISTED
    )
    op.create_table(
        "name_sheet",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("names", types.EncryptedText(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_name_sheet_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("clinic_id", "number", name=op.f("pk_name_sheet")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION note_new_name() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.name_listed := false; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER participant_renamed BEFORE UPDATE OF first_name ON participant "
            "FOR EACH ROW EXECUTE FUNCTION note_new_name()"
        )
        return
    op.execute(
        "CREATE TRIGGER participant_renamed AFTER UPDATE OF first_name ON participant "
        "BEGIN UPDATE participant SET name_listed = 0 WHERE id = NEW.id; END"
    )


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER participant_renamed ON participant")
        op.execute("DROP FUNCTION note_new_name()")
    else:
        op.execute("DROP TRIGGER participant_renamed")
    op.drop_table("name_sheet")
    op.drop_index("ix_participant_name_unlisted", "participant")
    op.drop_column("participant", "name_listed")
    op.drop_index("ix_enrolment_held", "enrolment")
    op.drop_index("ix_weekly_summary_week", "weekly_summary")
    op.drop_index("ix_participant_clinic_id", "participant")
