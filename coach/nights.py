"""What happened on each asked date, as one SQL expression that every summary, grid and chart reads."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select, true

from coach.adherence import BASELINE_DAYS
from schedules.delivery import NOT_ARRIVED, SILENT_MEANS_DELIVERED
from schedules.models import CheckIn, OutboxMessage


def nights(first: date, last: date, now: datetime) -> Select[Any]:
    """One row per check-in asked from `first` to `last`: enrolment_id, asked_on, asks_step, score, habit, state.

    `state` is done, not_done, no_reply (of those that asked about a step), asked (only the score was asked),
    undelivered or not_prompted. An answer proves delivery; a carrier silent for 72 hours has delivered.
    """
    answered = or_(CheckIn.score.is_not(None), CheckIn.habit.is_not(None))
    long_silent = and_(
        OutboxMessage.state.in_(("accepted", "sent")), OutboxMessage.accepted_at <= now - SILENT_MEANS_DELIVERED
    )
    arrived = or_(answered, OutboxMessage.state == "delivered", long_silent)
    state = case(
        (and_(~arrived, OutboxMessage.state.in_(NOT_ARRIVED)), "undelivered"),
        (~arrived, "not_prompted"),
        (CheckIn.step_decision_id.is_(None), "asked"),
        (CheckIn.habit.is_(True), "done"),
        (CheckIn.habit.is_(False), "not_done"),
        else_="no_reply",
    )
    return (
        select(
            CheckIn.enrolment_id,
            CheckIn.asked_on,
            CheckIn.score,
            CheckIn.habit,
            case((answered, 1), else_=0).label("answered"),
            state.label("state"),
        )
        .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
        .where(CheckIn.asked_on.between(first, last))
    )


def week_counts(monday: date, sunday: date, now: datetime, whose: ColumnElement[bool] | None = None) -> Subquery:
    """Per enrolment, what `coach.adherence.Counts` needs (but `not_prompted`), and `silent`, in one aggregate.

    `whose` narrows the check-ins: a condition on `CheckIn.enrolment_id`.
    """
    chosen = nights(monday - timedelta(days=BASELINE_DAYS), sunday, now).where(true() if whose is None else whose)
    night = chosen.subquery()
    last_answered = (
        select(night.c.enrolment_id, func.max(night.c.asked_on).label("on"))
        .where(night.c.answered == 1)
        .group_by(night.c.enrolment_id)
        .subquery()
    )
    in_week = night.c.asked_on >= monday
    prompted = night.c.state.in_(("done", "not_done", "no_reply", "asked"))

    def count(*conditions: Any) -> Any:
        return func.sum(case((and_(*conditions), 1), else_=0))

    return (
        select(
            night.c.enrolment_id,
            count(in_week, prompted).label("prompted"),
            count(in_week, night.c.answered == 1).label("answered"),
            count(in_week, night.c.state.in_(("done", "not_done", "no_reply"))).label("steps_asked"),
            *(count(in_week, night.c.state == name).label(name) for name in ("done", "not_done", "no_reply")),
            count(in_week, night.c.state == "undelivered").label("undelivered"),
            func.coalesce(func.sum(case((in_week, night.c.score))), 0).label("score_sum"),
            func.count(case((in_week, night.c.score))).label("score_n"),
            func.coalesce(func.sum(case((~in_week, night.c.score))), 0).label("baseline_sum"),
            func.count(case((~in_week, night.c.score))).label("baseline_n"),
            count(prompted, or_(last_answered.c.on.is_(None), night.c.asked_on > last_answered.c.on)).label("silent"),
        )
        .outerjoin(last_answered, last_answered.c.enrolment_id == night.c.enrolment_id)
        .group_by(night.c.enrolment_id)
        .subquery()
    )
