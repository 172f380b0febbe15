"""One state for every date of a participant, for grids, charts and their tables. Pure.

A date is the one on which a check-in was asked. Its score and its step are about the night before: the check-in of the
22nd reports the night of the 21st.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from coach.adherence.counts import SCORES_NEEDED, STEP_ANSWERED
from coach.adherence.reasons import REASONS, Reason

DAY = timedelta(days=1)
MEAN_OVER = 7
# For each state, the letter of its grid cell and its wording in tables.
STATES: Mapping[str, tuple[str, str]] = {
    "done": ("D", "step done"),
    "not_done": ("N", "step not done"),
    "no_reply": ("–", "no answer about the step"),
    "asked": ("A", "only the score was asked"),
    "undelivered": ("U", "text not delivered"),
    "on_its_way": ("…", "text on its way"),
    "not_prompted": ("×", "not asked"),
    "before": ("", "before the start"),
    "ahead": ("", "not yet decided"),
}
_WHY = ((reason.letter, reason.evening) for reason in REASONS.values())
LETTERS = tuple({letter: words for letter, words in (*STATES.values(), *_WHY) if letter}.items())


@dataclass(frozen=True, slots=True)
class AskedDate:
    """A check-in as loaded from the database.

    `state` and `why` are as in `coach.adherence.queries`; `text_state` is the state of its message.
    """

    asked_on: date
    state: str
    score: int | None
    text_state: str
    step: str | None = None
    slot: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One date: what was asked and answered, or why nothing was asked.

    `step` is the id of the step asked about; `slot` is the programme slot of the check-in, evening or morning.
    """

    on: date
    state: str
    score: int | None = None
    step: str | None = None
    reason: str | None = None
    slot: str | None = None

    @property
    def night_on(self) -> date:
        """The night the score is about."""
        return self.on - DAY

    @property
    def _why(self) -> Reason | None:
        return REASONS.get(self.reason or "") if self.state == "not_prompted" else None

    @property
    def letter(self) -> str:
        """The letter shown beside the score in a grid cell."""
        return self._why.letter if self._why else STATES[self.state][0]

    @property
    def words(self) -> str:
        """The same in words, for tables and screen readers."""
        said = self._why.evening if self._why else STATES[self.state][1]
        return said if self.score is None else f"legs {self.score}, {said}"


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The dates to show for one enrolment. `decided_until` is the last date that is over or decided.

    From `silent_from` on, no decisions are made because of `silent_reason`: stopped, or not yet confirmed.
    """

    first: date
    last: date
    starts_on: date
    decided_until: date
    silent_from: date | None = None
    silent_reason: str | None = None


def days_of(span: DateSpan, asked: Iterable[AskedDate], reasons: Mapping[date, str]) -> list[Day]:
    """Return every date of a span in order; `reasons` says by date why nothing was asked."""
    by_date = {one.asked_on: one for one in asked}
    dates = (span.first + DAY * number for number in range((span.last - span.first).days + 1))
    return [_day(on, by_date.get(on), reasons.get(on), span) for on in dates]


def _day(on: date, asked: AskedDate | None, reason: str | None, span: DateSpan) -> Day:
    if asked is not None:
        return Day(on, _state(asked), asked.score, asked.step, asked.why, asked.slot)
    if on < span.starts_on:
        return Day(on, "before")
    if on > span.decided_until and reason is None:
        return Day(on, "ahead")
    silent = span.silent_from is not None and on >= span.silent_from
    return Day(on, "not_prompted", reason=reason or (span.silent_reason if silent else None))


def _state(asked: AskedDate) -> str:
    pending = asked.state == "not_prompted" and asked.text_state in ("queued", "sending", "unknown", "accepted", "sent")
    return "on_its_way" if pending else asked.state


def why_no_score(day: Day) -> str | None:
    """Say why a night has no score; None if it has one."""
    if day.score is not None:
        return None
    return "no score in their answer" if day.state in STEP_ANSWERED else _NO_SCORE.get(day.state, day.words)


_NO_SCORE = {"no_reply": "no answer", "asked": "no answer"}


def trimmed(days: Sequence[Day]) -> list[Day]:
    """Drop leading and trailing dates that have nothing to show."""
    shown = [number for number, day in enumerate(days) if day.state not in ("before", "ahead")]
    return list(days[shown[0] : shown[-1] + 1]) if shown else []


def of_one_mode(days: Sequence[Day]) -> tuple[list[Day], int]:
    """Keep only scores asked in the same slot as the latest one; also return how many were dropped.

    Evening and morning questions measure differently, so one chart never mixes them.
    """
    slots = [day.slot for day in days if day.slot is not None]
    others = [day for day in days if day.slot not in (None, *slots[-1:]) and day.score is not None]
    return [replace(day, score=None) if day in others else day for day in days], len(others)


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean score of the seven nights ending on `night_on`, and how many of them had a score."""

    night_on: date
    mean: float
    scored: int


def rolling_means(days: Sequence[Day]) -> list[Mean]:
    """Return a seven-night mean for each night with enough scores; other nights are left out, not interpolated."""
    means = []
    for end in range(MEAN_OVER, len(days) + 1):
        scores = [day.score for day in days[end - MEAN_OVER : end] if day.score is not None]
        if len(scores) >= SCORES_NEEDED:
            means.append(Mean(days[end - 1].night_on, sum(scores) / len(scores), len(scores)))
    return means


def runs(nights: Sequence[date]) -> list[int]:
    """Number the unbroken runs of consecutive nights, so that a chart line is drawn only within a run."""
    numbers: list[int] = []
    for position, on in enumerate(nights):
        unbroken = position > 0 and on - nights[position - 1] == DAY
        numbers.append(numbers[-1] if unbroken else (numbers[-1] + 1 if numbers else 0))
    return numbers
