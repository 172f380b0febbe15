"""The rows of planning's queries, for the type checker only: planning reads them as the driver returns them."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Protocol


class DueRow(Protocol):
    """An enrollment at a decision point, with its participant and clinic."""

    id: int
    programme: str
    cadence: str
    policy: str
    policy_since_at: datetime | None
    starts_on: date
    evening_at: time
    bedtime_at: time | None
    exclude: Sequence[str]
    tags: Sequence[str]
    paused_until_on: date | None
    held_for: str | None
    heard_at: datetime | None
    next_due_at: datetime
    next_due_on: date
    next_slot: str
    clinic_id: int
    language: str
    time_zone: str
    quiet_hours: list[Any] | None
    switched_off: Sequence[str] | None
    suppressed_at: datetime | None
    iron_test_on: date | None
    onset_asked_on: date | None
    chosen_step: str | None
    chosen_on: date | None
    plans: str | None
    plan_due_on: date | None


class EnrolmentRow(Protocol):
    """A row that belongs to an enrollment."""

    enrolment_id: int


class DecisionRow(EnrolmentRow, Protocol):
    """A decision and the state of its text, if it had one."""

    id: int
    local_on: date
    slot: str
    available: bool
    unavailable_reason: str | None
    action: str | None
    acts_on: str | None
    state: str | None
    created_at: datetime | None


class ScoreRow(EnrolmentRow, Protocol):
    """A check-in with a score."""

    asked_on: date
    score: int


class CheckInRow(EnrolmentRow, Protocol):
    """A check-in and the state of its text."""

    asked_on: date
    score: int | None
    habit: bool | None
    state: str
    step_decision_id: int | None
