"""The state of each check-in as SQL expressions, shared by every summary, grid and chart."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select, true

from coach.adherence.counts import BASELINE_DAYS, PROMPTED, STEPS_ASKED
from schedules.database.prepared import in_constants
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.outbox.states import NOT_ARRIVED, SILENT_MEANS_DELIVERED

# An answer proves delivery, so the message of an answered check-in need not be read.
ANSWERED: ColumnElement[bool] = or_(CheckIn.score.is_not(None), CheckIn.habit.is_not(None))
UNANSWERED: ColumnElement[bool] = and_(CheckIn.score.is_(None), CheckIn.habit.is_(None))
# The state of a check-in that was delivered; "asked" means only the score was asked.
ASKS_STEP: ColumnElement[bool] = CheckIn.step_decision_id.is_not(None)
STEP_STATE: ColumnElement[str] = case(
    (~ASKS_STEP, "asked"),
    (CheckIn.habit.is_(True), "done"),
    (CheckIn.habit.is_(False), "not_done"),
    else_="no_reply",
)


def arrived_unanswered(now: datetime) -> ColumnElement[bool]:
    """Delivered according to the carrier, or accepted 72 hours ago with no word since."""
    return _arrived_unanswered(now - SILENT_MEANS_DELIVERED)


def _arrived_unanswered(silent_since: object) -> ColumnElement[bool]:
    # Only a stuck text that the carrier certainly accepted has `accepted_at`.
    taken = in_constants(OutboxMessage.state, ("accepted", "sent", "stuck"))
    long_silent = and_(taken, OutboxMessage.accepted_at <= silent_since)
    return or_(OutboxMessage.state == "delivered", long_silent)


def nights(first: date, last: date, now: datetime) -> Select[Any]:
    """Select check-ins with their states as of `now`: see `nights_between`."""
    return nights_between(first, last, now - SILENT_MEANS_DELIVERED)


def nights_between(first: object, last: object, silent_since: object) -> Select[object]:
    """One row per check-in asked from `first` to `last`: enrolment_id, asked_on, score, habit, answered, state, why.

    `state` is done, not_done, no_reply (of those that asked about a step), asked (only the score was asked),
    undelivered or not_prompted; `why` says why a planned check-in does not count as prompted. A text that the carrier
    accepted before `silent_since` with no word since counts as delivered. Each argument may be a value or a parameter.
    """
    arrived = or_(ANSWERED, _arrived_unanswered(silent_since))
    state = case(
        (and_(~arrived, in_constants(OutboxMessage.state, NOT_ARRIVED)), "undelivered"),
        (~arrived, "not_prompted"),
        else_=STEP_STATE,
    )
    why = case(
        (arrived, None),
        (in_constants(OutboxMessage.state, NOT_ARRIVED), None),
        (OutboxMessage.reason == "window_closed", "system_down"),
        (in_constants(OutboxMessage.state, ("expired", "suppressed", "stuck")), OutboxMessage.reason),
        else_="waiting",
    )
    return (
        select(
            CheckIn.enrolment_id,
            CheckIn.asked_on,
            CheckIn.score,
            CheckIn.habit,
            case((ANSWERED, 1), else_=0).label("answered"),
            state.label("state"),
            why.label("why"),
        )
        .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
        .where(CheckIn.asked_on.between(first, last))
    )


def _number() -> Any:
    return func.count()


def scores(first: date, before: date) -> Select[Any]:
    """Per enrolment, the sum and number of scores of check-ins asked from `first` until the day before `before`."""
    return (
        select(CheckIn.enrolment_id, func.sum(CheckIn.score), _number())
        .where(CheckIn.asked_on >= first, CheckIn.asked_on < before, CheckIn.score.is_not(None))
        .group_by(CheckIn.enrolment_id)
    )


def week_nights(first: date, last: date, now: datetime) -> Select[Any]:
    """Per enrolment: check-ins, delivered, answered, undelivered; of the delivered, asking about a step, done,
    not_done; score sum and number; last asked_on, last answered asked_on.

    One pass: the join condition is null for answered check-ins, so their messages are never read.
    """
    arrived = or_(ANSWERED, arrived_unanswered(now))
    text_of_unanswered = case((UNANSWERED, CheckIn.outbox_message_id))
    return (
        select(
            CheckIn.enrolment_id,
            _number(),
            func.count(case((arrived, 1))),
            func.count(case((ANSWERED, 1))),
            func.count(case((in_constants(OutboxMessage.state, NOT_ARRIVED), 1))),
            func.count(case((arrived, CheckIn.step_decision_id))),
            func.count(case((CheckIn.habit.is_(True), CheckIn.step_decision_id))),
            func.count(case((CheckIn.habit.is_(False), CheckIn.step_decision_id))),
            func.coalesce(func.sum(CheckIn.score), 0),
            func.count(CheckIn.score),
            func.max(CheckIn.asked_on),
            func.max(case((ANSWERED, CheckIn.asked_on))),
        )
        .outerjoin(OutboxMessage, OutboxMessage.id == text_of_unanswered)
        .where(CheckIn.asked_on.between(first, last))
        .group_by(CheckIn.enrolment_id)
    )


def silent_nights(first: date, last: date, now: datetime, enrolments: Sequence[int]) -> Select[Any]:
    """Per enrolment, the number of check-ins delivered since the last answered one."""
    these = (CheckIn.enrolment_id.in_(enrolments), CheckIn.asked_on.between(first, last))
    heard = (
        select(CheckIn.enrolment_id, func.max(CheckIn.asked_on).label("last_on"))
        .where(*these, ANSWERED)
        .group_by(CheckIn.enrolment_id)
        .subquery()
    )
    return (
        select(CheckIn.enrolment_id, _number())
        .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
        .outerjoin(heard, heard.c.enrolment_id == CheckIn.enrolment_id)
        .where(*these, UNANSWERED, arrived_unanswered(now))
        .where(or_(heard.c.last_on.is_(None), CheckIn.asked_on > heard.c.last_on))
        .group_by(CheckIn.enrolment_id)
    )


def week_counts(monday: date, sunday: date, now: datetime, whose: ColumnElement[bool] | None = None) -> Subquery:
    """Per enrolment, all of `coach.adherence.counts.Counts` except `not_prompted`, plus `silent`, in one aggregate.

    `whose` narrows the check-ins by a condition on `CheckIn.enrolment_id`.
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
    prompted = night.c.state.in_(PROMPTED)

    def count(*conditions: Any) -> Any:
        return func.sum(case((and_(*conditions), 1), else_=0))

    return (
        select(
            night.c.enrolment_id,
            count(in_week, prompted).label("prompted"),
            count(in_week, night.c.answered == 1).label("answered"),
            count(in_week, night.c.state.in_(STEPS_ASKED)).label("steps_asked"),
            *(count(in_week, night.c.state == name).label(name) for name in STEPS_ASKED),
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
