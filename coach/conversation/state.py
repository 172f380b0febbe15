"""What bears on an answer: the person, what they were last asked, and their week so far. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from coach.adherence.counts import Week
from coach.understanding import Asked
from schedules.decisions.facts import StepOffer
from schedules.timing.slots import Timing


@dataclass(frozen=True, slots=True)
class OpenCheckIn:
    """The latest check-in that can have been read, and what has been answered of it.

    `overtaken`: a later one is in doubt, so that another answer need not be meant for this one.
    """

    asked_on: date
    asks_step: bool
    score: int | None = None
    habit: bool | None = None
    asked_again: bool = False
    overtaken: bool = False

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


OFFERS = ("time", "another_step")  # questions that a bare yes or no answers


@dataclass(frozen=True, slots=True)
class Question:
    """What we asked back last, beside the check-in: a bare answer belongs to it until it lapses.

    `name` is one of pause, set_time, bedtime, cadence (the details of it were missing), time (`value` is the hour we
    offered, "HH:MM") or another_step (a step that was offered).
    """

    name: str
    value: str | None = None


# How long a short answer still belongs to what we asked back; a later check-in ends it.
LAPSES = {"another_step": timedelta(hours=1)}
LAPSES_AFTER = timedelta(hours=12)


def lapses_after(question: str) -> timedelta:
    """How long a short answer still belongs to a question of ours."""
    return LAPSES.get(question, LAPSES_AFTER)


@dataclass(frozen=True, slots=True)
class Person:
    """A known participant as a conversation sees them.

    `another` is the step that asking for another would bring, drawn only when they ask; None when there was enough.
    `question` is what we asked back last and has not lapsed.
    """

    status: str
    held_for: str | None
    timing: Timing
    today: date
    check_in: OpenCheckIn | None = None
    week: Week = field(default_factory=Week)
    last_7_days: Week = field(default_factory=Week)
    another: StepOffer | None = None
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Pager:
    """The sender is a coach who was paged: their id, the open flags they were paged about by code, the code texted."""

    coach_id: int
    flags: Mapping[str, int] = field(default_factory=dict)
    typed: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Everything that bears on an answer. `person` is None for an unknown number, `pager` for all who are not coaches.

    `carrier_answers`: whether the carrier has already answered its own words for us; `carrier_stopped`: it has ended
    our texts to the number. `answerable`: a number that can be answered, no short code and no name. `in_vain_hour` and
    `in_vain_day` count our answers that brought the talk no further. `flagged` are the kinds of flag that this number
    has opened within the hour. `media` counts pictures. `invited_elsewhere`: another clinic's invitation to this number
    waits for a YES.
    """

    person: Person | None
    suppressed: bool
    carrier_answers: bool
    country: str
    pager: Pager | None = None
    carrier_stopped: bool = False
    answerable: bool = True
    in_vain_hour: int = 0
    in_vain_day: int = 0
    flagged: frozenset[str] = frozenset()
    answered_today: bool = False
    media: int = 0
    invited_elsewhere: bool = False


def asked_of(person: Person | None) -> Asked:
    """What the person was last asked and has not answered yet, for the reading."""
    if person and person.status == "invited":
        return Asked.CONSENT  # "Reply YES to start"
    if person and person.held_for == "stop_or_not":
        return Asked.HABIT  # "STOP or NO": a yes or no is what was asked for
    missing = person.check_in.missing if person and person.check_in else Asked.NONE
    if person and person.question and person.question.name in OFFERS:
        return Asked.SCORE_AND_HABIT if missing.wants_score else Asked.HABIT
    return missing
