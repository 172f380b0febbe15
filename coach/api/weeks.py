"""A week of a clinic, as `coach summary --format json` prints it. Callers hold the transaction."""

from datetime import datetime

from pydantic import Field
from sqlalchemy import ColumnElement, Connection

from coach.api.shapes import Shape
from coach.summaries.compute import compute_week
from coach.summaries.formats import as_json


class Counted(Shape):
    """Counts of check-ins, by the date asked. Rates and means are null where nothing was asked."""

    prompted: int = Field(description="Check-ins that were delivered.")
    answered: int
    done: int
    not_done: int
    no_reply: int
    undelivered: int
    not_prompted: int
    steps_asked: int
    response_rate: float | None
    adherence_strict: float | None
    adherence_observed: float | None
    score_mean: float | None
    score_n: int
    baseline_mean: float | None = Field(description="Of the four weeks before.")
    baseline_n: int


class PersonsWeek(Counted):
    """One participant's week, and why they need a coach, if they do."""

    id: int
    status: str
    reasons: list[str]


class Totals(Counted):
    """The same of several participants."""

    participants: int
    statuses: dict[str, int]
    not_prompted_for: dict[str, int] = Field(description="Why nothing was asked, in dates.")


class CoachTotals(Totals):
    """Of a coach's participants; `id` is null for those without a coach."""

    id: int | None


class ClinicTotals(Totals):
    """Of a clinic's participants."""

    id: int


class ProgrammeTotals(Totals):
    """Of a program's participants."""

    id: str


class WeekTotals(Totals):
    """Of all participants, and by coach, clinic and program."""

    coaches: list[CoachTotals]
    clinics: list[ClinicTotals]
    programmes: list[ProgrammeTotals]


class Week(Shape):
    """A week: everyone's, in order of id, and in total."""

    week: str
    starts_on: str
    ends_on: str
    participants: list[PersonsWeek]
    totals: WeekTotals


def load_week(connection: Connection, week: str, scope: ColumnElement[bool], now: datetime) -> Week:
    """Compute a week as it is known now; nothing is stored. Raises ValueError for something that is not a week."""
    summaries = [one for batch in compute_week(connection, week, now, scope) for one in batch]
    return Week.model_validate(as_json(week, summaries))
