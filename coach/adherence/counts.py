"""The vocabulary and the arithmetic of adherence. Pure.

Everything is counted per check-in, by the local date it was asked on. `undelivered` and `not_prompted` days are in no
denominator, and a rate without a denominator is None, never 0.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from operator import add
from typing import NamedTuple

# What is known of a step that was asked about.
STEP_ANSWERED = ("done", "not_done")
# States of a check-in that reached the participant and asked about a step. They sum to `Counts.steps_asked`.
STEPS_ASKED = (*STEP_ANSWERED, "no_reply")
# States of every check-in that reached the participant; "asked" had no step, only the score.
PROMPTED = (*STEPS_ASKED, "asked")
SCORES_NEEDED = 5  # a mean of fewer scored nights is not shown on its own
WORSENING_BY = 2.0
BASELINE_NEEDED = 14
BASELINE_DAYS = 28


class Counts(NamedTuple):
    """The check-ins of one participant's week. Scores are kept as sums, so that totals are exact.

    prompted + undelivered + not_prompted = dates; done + not_done + no_reply = steps_asked <= prompted.
    """

    prompted: int = 0
    answered: int = 0
    steps_asked: int = 0
    done: int = 0
    not_done: int = 0
    no_reply: int = 0
    undelivered: int = 0
    not_prompted: int = 0
    score_sum: int = 0
    score_n: int = 0
    baseline_sum: int = 0
    baseline_n: int = 0

    def __add__(self, other: "Counts") -> "Counts":  # type: ignore[override]  # add, never concatenate
        return Counts(*map(add, self, other))

    @property
    def response_rate(self) -> float | None:
        """answered / prompted."""
        return ratio(self.answered, self.prompted)

    @property
    def adherence_strict(self) -> float | None:
        """done / steps_asked: no reply counts as not done."""
        return ratio(self.done, self.steps_asked)

    @property
    def adherence_observed(self) -> float | None:
        """done / (done + not_done): among answered steps only."""
        return ratio(self.done, self.done + self.not_done)

    @property
    def score_mean(self) -> float | None:
        """Mean leg score of the week's check-ins, 0-10."""
        return ratio(self.score_sum, self.score_n)

    @property
    def baseline_mean(self) -> float | None:
        """Mean leg score of the 28 days before the week."""
        return ratio(self.baseline_sum, self.baseline_n)

    @property
    def worsening(self) -> float | None:
        """Rise of the mean score over the baseline if it meets the screening rule for worsening, else None."""
        if self.score_n < SCORES_NEEDED or self.baseline_n < BASELINE_NEEDED:
            return None
        higher = self.score_sum / self.score_n - self.baseline_sum / self.baseline_n
        return higher if higher >= WORSENING_BY else None


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole, or None if whole is 0."""
    return part / whole if whole else None


def dates_counted(monday: date, sunday: date, starts_on: date, decided_until: date) -> int:
    """Count the dates of a week within an enrolment, up to `decided_until`, the last date decided."""
    return max(0, (min(sunday, decided_until) - max(monday, starts_on)).days + 1)


def not_prompted_for(
    dates: int, logged: Mapping[str, int], enrolment_status: str, *, stopped_before: bool
) -> dict[str, int]:
    """Explain the `dates` without a question: reasons with counts, most frequent first, summing to `dates`.

    `logged` holds the reasons that decisions and texts recorded. No decision is made for someone who has not confirmed
    or has stopped, so the remaining dates are attributed to that.
    """
    if not dates:
        return {}
    reasons = Counter({reason: count for reason, count in logged.items() if count})
    left = dates - sum(reasons.values())
    if left > 0:
        stopped = stopped_before or enrolment_status in ("stopped", "ended")
        reasons["opted_out" if stopped and enrolment_status != "invited" else "not_confirmed"] += left
    return dict(reasons.most_common())


@dataclass(frozen=True, slots=True)
class DayTally:
    """Some days added up: steps done and asked, and the mean and number of leg scores."""

    done: int = 0
    steps_asked: int = 0
    score_mean: float | None = None
    score_n: int = 0


def tally_days(days: Iterable[tuple[str, int | None]]) -> DayTally:
    """Add up days, each given as its state and its leg score."""
    days = list(days)
    states = [state for state, _ in days]
    scores = [score for _, score in days if score is not None]
    return DayTally(
        done=states.count("done"),
        steps_asked=sum(state in STEPS_ASKED for state in states),
        score_mean=ratio(sum(scores), len(scores)),
        score_n=len(scores),
    )
