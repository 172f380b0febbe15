"""The first schema."""

import sqlalchemy as sa
from alembic import op

from coach.migrations import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "clinic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=2), server_default="us", nullable=False),
        sa.Column("time_zone", sa.String(length=64), server_default="America/New_York", nullable=False),
        sa.Column("quiet_hours", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("switched_off", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
        sa.UniqueConstraint("name", name=op.f("uq_clinic_name")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", types.EncryptedText(), nullable=False),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "periodic_job",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("done_for", sa.String(length=20), nullable=False),
        sa.Column("done_at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_job")),
    )
    op.create_table(
        "suppression",
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("since_at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number_hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "worker_heartbeat",
        sa.Column("worker", sa.String(length=40), nullable=False),
        sa.Column("at", types.UtcInstant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_heartbeat")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_audit_event_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_subject"), ["subject"], unique=False)

    op.create_table(
        "clinic_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("strategy", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("body", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(length=120), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_clinic_text_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_text")),
        sa.UniqueConstraint(
            "clinic_id",
            "strategy",
            "language",
            "name",
            "version",
            name=op.f("uq_clinic_text_clinic_id_strategy_language_name_version"),
        ),
    )
    op.create_table(
        "coach_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.Column("session_key", sa.String(length=64), nullable=False),
        sa.Column("phone", types.EncryptedText(), nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('coach', 'lead', 'researcher', 'admin')", name=op.f("ck_coach_account_role_known")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_coach_account_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_account")),
        sa.UniqueConstraint("email", name=op.f("uq_coach_account_email")),
        sa.UniqueConstraint("session_key", name=op.f("uq_coach_account_session_key")),
    )
    with op.batch_alter_table("coach_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coach_account_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_coach_account_number_hash"), ["number_hash"], unique=False)

    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=True),
        sa.Column("phone", types.EncryptedText(), nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("first_name", types.EncryptedText(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_participant_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["coach_id"], ["coach_account.id"], name=op.f("fk_participant_coach_id_coach_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("clinic_id", "number_hash", name=op.f("uq_participant_clinic_id_number_hash")),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participant_coach_id"), ["coach_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_participant_number_hash"), ["number_hash"], unique=False)

    op.create_table(
        "consent_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("recorded_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("wording", types.EncryptedText(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('given', 'confirmed', 'opted_out', 'opted_in')", name=op.f("ck_consent_event_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_consent_event_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_event_participant_id"), ["participant_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("cadence", sa.String(length=20), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("evening_at", types.WallTime(length=5), nullable=False),
        sa.Column("bedtime_at", types.WallTime(length=5), nullable=True),
        sa.Column("exclude", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("tags", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("paused_until_on", sa.Date(), nullable=True),
        sa.Column("held_for", sa.String(length=12), nullable=True),
        sa.Column("heard_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("next_due_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("next_slot", sa.String(length=20), nullable=True),
        sa.Column("ended_at", types.UtcInstant(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('invited', 'active', 'stopped', 'ended')", name=op.f("ck_enrolment_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_enrolment_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("participant_id", name=op.f("uq_enrolment_participant_id")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrolment_due",
            ["next_due_at", "id"],
            unique=False,
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
        )

    op.create_table(
        "weekly_summary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("computed_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("prompted", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("steps_asked", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("not_done", sa.Integer(), nullable=False),
        sa.Column("no_reply", sa.Integer(), nullable=False),
        sa.Column("undelivered", sa.Integer(), nullable=False),
        sa.Column("not_prompted", sa.Integer(), nullable=False),
        sa.Column("score_sum", sa.Integer(), nullable=False),
        sa.Column("score_n", sa.Integer(), nullable=False),
        sa.Column("baseline_sum", sa.Integer(), nullable=False),
        sa.Column("baseline_n", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_weekly_summary_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_summary")),
        sa.UniqueConstraint(
            "participant_id", "week", "version", name=op.f("uq_weekly_summary_participant_id_week_version")
        ),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=20), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("decided_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("unavailable_reason", sa.String(length=24), nullable=True),
        sa.Column("eligible", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("probabilities", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("draw", sa.Double(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=True),
        sa.Column("text_id", sa.String(length=60), nullable=True),
        sa.Column("text_version", sa.Integer(), nullable=True),
        sa.Column("covariates", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_decision_enrolment_id_enrolment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("enrolment_id", "slot", "local_on", name=op.f("uq_decision_enrolment_id_slot_local_on")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("coach_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("slot", sa.String(length=20), nullable=True),
        sa.Column("local_on", sa.Date(), nullable=True),
        sa.Column("body", types.EncryptedText(), nullable=False),
        sa.Column("text_id", sa.String(length=60), nullable=True),
        sa.Column("text_version", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("expires_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("claimed_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("lease_until_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("provider_sid", sa.String(length=40), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("accepted_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("settled_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("created_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["coach_account.id"], name=op.f("fk_outbox_message_coach_id_coach_account")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_outbox_message_decision_id_decision")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_outbox_message_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint(
            "enrolment_id", "slot", "local_on", name=op.f("uq_outbox_message_enrolment_id_slot_local_on")
        ),
        sa.UniqueConstraint("provider_sid", name=op.f("uq_outbox_message_provider_sid")),
        sa.UniqueConstraint("token", name=op.f("uq_outbox_message_token")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_message_coach_id"), ["coach_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_decision_id"), ["decision_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_message_queued",
            ["due_at", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            "ix_outbox_message_unsettled",
            ["lease_until_at", "id"],
            unique=False,
            postgresql_where=sa.text("state IN ('sending', 'unknown')"),
            sqlite_where=sa.text("state IN ('sending', 'unknown')"),
        )

    op.create_table(
        "check_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("outbox_message_id", sa.Integer(), nullable=False),
        sa.Column("step_decision_id", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("score_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("habit", sa.Boolean(), nullable=True),
        sa.Column("habit_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("asked_again_at", types.UtcInstant(timezone=True), nullable=True),
        sa.CheckConstraint("score BETWEEN 0 AND 10", name=op.f("ck_check_in_score_range")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_check_in_enrolment_id_enrolment")),
        sa.ForeignKeyConstraint(
            ["outbox_message_id"], ["outbox_message.id"], name=op.f("fk_check_in_outbox_message_id_outbox_message")
        ),
        sa.ForeignKeyConstraint(
            ["step_decision_id"], ["decision.id"], name=op.f("fk_check_in_step_decision_id_decision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("enrolment_id", "asked_on", name=op.f("uq_check_in_enrolment_id_asked_on")),
        sa.UniqueConstraint("outbox_message_id", name=op.f("uq_check_in_outbox_message_id")),
    )
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_in_asked_on"), ["asked_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_check_in_step_decision_id"), ["step_decision_id"], unique=False)

    op.create_table(
        "delivery_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outbox_message_id", sa.Integer(), nullable=True),
        sa.Column("provider_sid", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("received_at", types.UtcInstant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_message_id"],
            ["outbox_message.id"],
            name=op.f("fk_delivery_receipt_outbox_message_id_outbox_message"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_receipt")),
    )
    with op.batch_alter_table("delivery_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_receipt_outbox_message_id"), ["outbox_message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_receipt_provider_sid"), ["provider_sid"], unique=False)

    op.create_table(
        "inbound_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_sid", sa.String(length=64), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("check_in_id", sa.Integer(), nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("body", types.EncryptedText(), nullable=False),
        sa.Column("received_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("intent", sa.String(length=20), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("habit", sa.Boolean(), nullable=True),
        sa.Column("used_as", sa.String(length=12), nullable=True),
        sa.Column("night_on", sa.Date(), nullable=True),
        sa.Column("reading", types.EncryptedJson(), nullable=True),
        sa.Column("answer", types.EncryptedText(), nullable=True),
        sa.Column("for_coach", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("closed_at", types.UtcInstant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_in.id"], name=op.f("fk_inbound_reply_check_in_id_check_in")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_inbound_reply_participant_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_reply")),
        sa.UniqueConstraint("message_sid", name=op.f("uq_inbound_reply_message_sid")),
    )
    with op.batch_alter_table("inbound_reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_reply_check_in_id"), ["check_in_id"], unique=False)
        batch_op.create_index("ix_inbound_reply_number_hash_received_at", ["number_hash", "received_at"], unique=False)
        batch_op.create_index(
            "ix_inbound_reply_participant_id_received_at", ["participant_id", "received_at"], unique=False
        )

    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("opened_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("paged_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("escalated_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("acknowledged_at", types.UtcInstant(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('crisis', 'urgent', 'medical', 'read')", name=op.f("ck_flag_kind_known")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["coach_account.id"], name=op.f("fk_flag_acknowledged_by_id_coach_account")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_flag_participant_id_participant")
        ),
        sa.ForeignKeyConstraint(["reply_id"], ["inbound_reply.id"], name=op.f("fk_flag_reply_id_inbound_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_acknowledged_by_id"), ["acknowledged_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_flag_participant_id"), ["participant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_flag_reply_id"), ["reply_id"], unique=False)

    op.create_table(
        "mail_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("flag_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", types.EncryptedText(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", types.UtcInstant(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", types.UtcInstant(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name=op.f("ck_mail_message_state_known")),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["coach_account.id"], name=op.f("fk_mail_message_coach_id_coach_account")
        ),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name=op.f("fk_mail_message_flag_id_flag")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_message")),
    )
    with op.batch_alter_table("mail_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_message_coach_id"), ["coach_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mail_message_flag_id"), ["flag_id"], unique=False)
        batch_op.create_index(
            "ix_mail_message_queued",
            ["due_at", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        )


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("mail_message", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_mail_message_queued",
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        )
        batch_op.drop_index(batch_op.f("ix_mail_message_flag_id"))
        batch_op.drop_index(batch_op.f("ix_mail_message_coach_id"))

    op.drop_table("mail_message")
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flag_reply_id"))
        batch_op.drop_index(batch_op.f("ix_flag_participant_id"))
        batch_op.drop_index(batch_op.f("ix_flag_acknowledged_by_id"))

    op.drop_table("flag")
    with op.batch_alter_table("inbound_reply", schema=None) as batch_op:
        batch_op.drop_index("ix_inbound_reply_participant_id_received_at")
        batch_op.drop_index("ix_inbound_reply_number_hash_received_at")
        batch_op.drop_index(batch_op.f("ix_inbound_reply_check_in_id"))

    op.drop_table("inbound_reply")
    with op.batch_alter_table("delivery_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_receipt_provider_sid"))
        batch_op.drop_index(batch_op.f("ix_delivery_receipt_outbox_message_id"))

    op.drop_table("delivery_receipt")
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_check_in_step_decision_id"))
        batch_op.drop_index(batch_op.f("ix_check_in_asked_on"))

    op.drop_table("check_in")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_message_unsettled",
            postgresql_where=sa.text("state IN ('sending', 'unknown')"),
            sqlite_where=sa.text("state IN ('sending', 'unknown')"),
        )
        batch_op.drop_index(
            "ix_outbox_message_queued",
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        )
        batch_op.drop_index(batch_op.f("ix_outbox_message_decision_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_message_coach_id"))

    op.drop_table("outbox_message")
    op.drop_table("decision")
    op.drop_table("weekly_summary")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_enrolment_due",
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
        )

    op.drop_table("enrolment")
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_event_participant_id"))

    op.drop_table("consent_event")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_number_hash"))
        batch_op.drop_index(batch_op.f("ix_participant_coach_id"))

    op.drop_table("participant")
    with op.batch_alter_table("coach_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coach_account_number_hash"))
        batch_op.drop_index(batch_op.f("ix_coach_account_clinic_id"))

    op.drop_table("coach_account")
    op.drop_table("clinic_text")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_event_clinic_id"))

    op.drop_table("audit_event")
    op.drop_table("worker_heartbeat")
    op.drop_table("suppression")
    op.drop_table("periodic_job")
    op.drop_table("installation")
    op.drop_table("clinic")
