"""What bears on an answer: the person, what they were last asked, and their week so far. Pure."""

from dataclasses import dataclass, field
from datetime import date

from coach.understanding import Asked
from schedules.due import Offer, Timing


@dataclass(frozen=True, slots=True)
class OpenCheckIn:
    """The latest check-in asked, and what has been answered of it."""

    asked_on: date
    asks_step: bool
    score: int | None = None
    habit: bool | None = None
    asked_again: bool = False

    @property
    def missing(self) -> Asked:
        """What is still to be answered."""
        score, habit = self.score is None, self.asks_step and self.habit is None
        return {
            (True, True): Asked.SCORE_AND_HABIT,
            (True, False): Asked.SCORE,
            (False, True): Asked.HABIT,
            (False, False): Asked.NONE,
        }[score, habit]


@dataclass(frozen=True, slots=True)
class Week:
    """Some days so far: steps done and asked, leg scores' mean and count."""

    done: int = 0
    steps_asked: int = 0
    score_mean: float | None = None
    score_n: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """A known participant as a conversation sees them.

    `another` is the step that asking for another would bring, drawn only when they ask; None when there was enough.
    """

    status: str
    held_for: str | None
    timing: Timing
    today: date
    check_in: OpenCheckIn | None = None
    week: Week = field(default_factory=Week)
    last_7_days: Week = field(default_factory=Week)
    another: Offer | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Their last text within the hour: the command it gave, whether we had to ask back, its language.

    `time` is the evening time it asked for, "HH:MM".
    """

    command: str | None
    asked_back: bool
    language: str | None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Everything that bears on an answer. `person` is None for an unknown number.

    `carrier_answers`: whether the carrier has already answered its own words for us. `recent` counts the texts of the
    last ten minutes before this one; `repeated` says that they were all the same as this one.
    """

    person: Person | None
    suppressed: bool
    carrier_answers: bool
    country: str
    recent: int = 0
    repeated: bool = False
    answered_today: bool = False
    earlier: Earlier | None = None


def asked_of(person: Person | None) -> Asked:
    """What the person was last asked and has not answered yet, for the reading."""
    if person and (person.status == "invited" or person.held_for == "stop_or_not"):
        return Asked.HABIT  # "Reply YES to start", "STOP or NO": a yes or no is what was asked for
    return person.check_in.missing if person and person.check_in else Asked.NONE
