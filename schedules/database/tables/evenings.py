"""The tables of evenings: what was decided for each, and what was asked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base


class Decision(Base):
    """One decision point: what could have been sent, with which probabilities, and what was drawn. Never changed.

    `probabilities` maps strategy id (and `none`) to its probability; `action` is one of them, empty if unavailable.
    `facts` is what they were reckoned from: from this row alone `schedules.decisions.replay` computes them again.
    """

    __tablename__ = "decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    slot: Mapped[str] = mapped_column(String(20))
    local_on: Mapped[date]
    decided_at: Mapped[datetime]
    available: Mapped[bool]
    unavailable_reason: Mapped[str | None] = mapped_column(String(24))
    eligible: Mapped[list[Any]]
    probabilities: Mapped[dict[str, Any]]
    policy: Mapped[str] = mapped_column(String(20))
    policy_version: Mapped[int]
    draw: Mapped[float | None]
    action: Mapped[str | None] = mapped_column(String(40))
    text_id: Mapped[str | None] = mapped_column(String(60))
    text_version: Mapped[int | None]
    covariates: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    __table_args__ = (
        UniqueConstraint("local_on", "slot", "enrolment_id"),
        # Planning reads thirty evenings for everyone due: from this index alone, since a row is as long as its JSON.
        Index(
            "ix_decision_history",
            *("enrolment_id", "local_on", "slot", "action", "text_id", "available", "unavailable_reason"),
        ),
        Index(
            "ix_decision_unavailable",
            "enrolment_id",
            "local_on",
            "unavailable_reason",
            postgresql_where=text("unavailable_reason IS NOT NULL"),
            sqlite_where=text("unavailable_reason IS NOT NULL"),
        ),
    )


class CheckIn(Base):
    """A question asked on a local date: about the night before, and about the last step sent if there was one.

    `step_decision_id` is that step's decision, empty if only the score was asked. Answers are empty until they come.
    """

    __tablename__ = "check_in"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    asked_on: Mapped[date]
    outbox_message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), unique=True)
    step_decision_id: Mapped[int | None] = reference("decision.id")
    score: Mapped[int | None]
    score_at: Mapped[datetime | None]
    habit: Mapped[bool | None]
    habit_at: Mapped[datetime | None]
    asked_again_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("asked_on", "enrolment_id"),
        # A week's summary reads every night of 35 days: from this index alone.
        Index(
            "ix_check_in_nights",
            *("enrolment_id", "asked_on", "score", "habit", "step_decision_id", "outbox_message_id"),
        ),
        CheckConstraint("score BETWEEN 0 AND 10", name="score_range"),
    )
