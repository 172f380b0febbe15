"""One person's steps beside the scores of the nights they can act on. Pure: a picture of nights, not an estimate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from coach.adherence.days import Day
from schedules.decisions.history import outcome_night
from schedules.decisions.policies import NONE

NO_STEP = NONE


@dataclass(frozen=True, slots=True)
class OfferedStep:
    """A step that was sent on a date, and the night it acts on (`tonight` or `tomorrow`); `none` if it was withheld."""

    local_on: date
    step: str
    acts_on: str | None


@dataclass(frozen=True, slots=True)
class StepScores:
    """A step: how often it was offered, done and not done, and the scores of its nights, oldest first."""

    step: str
    offered: int
    done: int
    not_done: int
    scores: Sequence[int]

    @property
    def mean(self) -> float | None:
        """The mean of the scores."""
        return fmean(self.scores) if self.scores else None


def step_scores(offered: Iterable[OfferedStep], days: Sequence[Day]) -> list[StepScores]:
    """Return every step that was offered, the most often offered first; evenings without a step come last."""
    by_night = {day.night_on: day.score for day in days if day.score is not None}
    nights: dict[str, list[date]] = {}
    for one in sorted(offered, key=lambda one: one.local_on):
        nights.setdefault(one.step, []).append(outcome_night(one.local_on, one.acts_on))
    told = {step: _told(step, days) for step in nights}
    found = [
        StepScores(step, len(on), *told[step], [by_night[night] for night in on if night in by_night])
        for step, on in nights.items()
    ]
    return sorted(found, key=lambda one: (one.step == NO_STEP, -one.offered, one.step))


def _told(step: str, days: Iterable[Day]) -> tuple[int, int]:
    states = [day.state for day in days if day.step == step]
    return states.count("done"), states.count("not_done")


def mean_of(days: Iterable[Day]) -> tuple[float | None, int]:
    """Return the mean score of some days and over how many nights."""
    scores = [day.score for day in days if day.score is not None]
    return (fmean(scores) if scores else None, len(scores))
