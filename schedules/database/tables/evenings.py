"""The tables of evenings: what was decided, and what was asked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from schedules.database.tables.clinics import reference
from schedules.database.types import Base


class Decision(Base):
    """One decision point: what could have been sent, with which probabilities, and what was drawn. Never changed.

    `probabilities` maps strategy ids (and `none`) to probabilities; `action` is one of them, NULL if unavailable.
    `facts` holds the inputs: `schedules.decisions.replay` can recompute the row from itself alone. `programme`,
    `policy` and `policy_since_at` are the person's at that moment: rows that differ in them are never pooled.
    `acts_on` is `tonight` or `tomorrow`, NULL without a step: the night that the action can change.
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
    programme: Mapped[str | None] = mapped_column(String(40))
    policy: Mapped[str] = mapped_column(String(20))
    policy_version: Mapped[int]
    policy_since_at: Mapped[datetime | None]
    draw: Mapped[float | None]
    action: Mapped[str | None] = mapped_column(String(40))
    text_id: Mapped[str | None] = mapped_column(String(60))
    text_version: Mapped[int | None]
    acts_on: Mapped[str | None] = mapped_column(String(8))
    covariates: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    __table_args__ = (
        UniqueConstraint("local_on", "slot", "enrolment_id"),
        # A covering index: planning reads thirty evenings of everyone due, and full rows are large because of their
        # JSON.
        Index(
            "ix_decision_history",
            *("enrolment_id", "local_on", "slot", "action", "text_id", "available", "unavailable_reason", "acts_on"),
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
    """A question asked on a local date: about the previous night, and about the last step if one was sent.

    `step_decision_id` is that step's decision, NULL if only the score was asked. Answers are NULL until they arrive.
    `programme`, `policy` and `policy_since_at` are the person's when it was asked.
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
    programme: Mapped[str | None] = mapped_column(String(40))
    policy: Mapped[str | None] = mapped_column(String(20))
    policy_since_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("asked_on", "enrolment_id"),
        # A covering index: a weekly summary reads every night of 35 days.
        Index(
            "ix_check_in_nights",
            *("enrolment_id", "asked_on", "score", "habit", "step_decision_id", "outbox_message_id"),
        ),
        CheckConstraint("score BETWEEN 0 AND 10", name="score_range"),
    )
