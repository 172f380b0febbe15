"""What a reply was read as: the shapes every other part of the coach's room works with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Self


class Intent(StrEnum):
    """What a reply is for. Exactly one per reply; a score or a yes/no may come along with any of them."""

    CHECKIN = "checkin"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    PAUSE = "pause"
    RESUME = "resume"
    SET_TIME = "set_time"
    QUESTION = "question"
    CRISIS = "crisis"
    MEDICAL = "medical"
    ACK = "ack"
    WRONG_NUMBER = "wrong_number"
    AUTO_REPLY = "auto_reply"
    UNCLEAR = "unclear"


class Asked(StrEnum):
    """What the open question asked for; decides what a bare "yes" or a thumb answers."""

    SCORE_AND_HABIT = "score_and_habit"
    SCORE = "score"
    HABIT = "habit"
    CONSENT = "consent"
    NONE = "none"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept the value with or without an ``asked_`` prefix, in any case.

        Raises:
            ValueError: when the text names no such question.
        """
        return cls(text.strip().lower().removeprefix("asked_"))

    @property
    def wants_score(self) -> bool:
        """Whether a leg score was asked for."""
        return self in (Asked.SCORE, Asked.SCORE_AND_HABIT)

    @property
    def wants_habit(self) -> bool:
        """Whether a yes or no about the step was asked for."""
        return self in (Asked.HABIT, Asked.SCORE_AND_HABIT)


Urgency = Literal["emergency", "same_day"]
# Whether the texts shall end: `doubtful` is held and asked about, never obeyed on a guess.
Stop = Literal["no", "doubtful", "sure"]
# What a coach is told of a reply; None when nothing in it is left unexplained.
ForCoach = Literal["read", "medical", "urgent", "crisis"]


@dataclass(frozen=True)
class TextSpan:
    """A stretch of the reply that meant something: ``text == reply[start:end]``."""

    start: int
    end: int
    kind: str
    text: str
    why: str


@dataclass(frozen=True)
class Command:
    """The details of something asked of the service in plain words.

    ``name`` is one of pause, resume, set_time, bedtime, cadence, another_step, my_week, weekly_on,
    weekly_off, language, delete_data.
    ``time`` is a wall time "HH:MM" (24 h); ``ambiguous_half`` says that no am/pm was given and the likely half was
    taken. ``days`` counts evenings, ``until_weekday`` is an ISO weekday (1 Monday to 7 Sunday), ``until_day`` a day of
    the month, of ``until_month`` if it was named. ``once``: not for good ("tomorrow only"); ``tentative``: a question.
    """

    name: str
    time: str | None = None
    ambiguous_half: bool = False
    days: int | None = None
    until_weekday: int | None = None
    until_day: int | None = None
    until_month: int | None = None
    once: bool = False
    tentative: bool = False
    cadence: str | None = None
    language: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it says enough to be done."""
        details = (self.time, self.days, self.until_weekday, self.until_day, self.cadence, self.language)
        return self.name not in NEEDS_DETAILS or any(one is not None for one in details)


# What these ask for has to be said; without it we ask back.
NEEDS_DETAILS = frozenset({"pause", "set_time", "bedtime", "cadence", "language"})


class Reading(NamedTuple):
    """One reply, understood. ``score`` is 0 to 10 or None; ``habit`` is whether the step was done, or None.

    ``bare``: the habit was a mere yes or no, which may as well answer another question; ``alone``: and nothing was said
    beside it but courtesy. ``confirms``: the whole message
    says yes to the welcome. ``died``: it tells that the participant has died;
    ``violence``: that somebody else is the danger. ``bars`` is the tag of the steps that an
    urgent sign speaks against, such as a swollen leg against massage. ``unexplained`` are the words that nothing above
    accounts for. ``worrying``: it may be a cry for help.
    ``seen`` are the two scores between which they have to choose.
    """

    intent: Intent
    score: int | None = None
    habit: bool | None = None
    language: str | None = None
    bare: bool = False
    alone: bool = False
    corrects: bool = False
    urgency: Urgency | None = None
    sure: bool = True
    keyword: str | None = None
    worrying: bool = False
    seen: tuple[int, ...] = ()
    stop: Stop = "no"
    for_coach: ForCoach | None = None
    confirms: bool = False
    died: bool = False
    violence: bool = False
    bars: str | None = None
    unexplained: tuple[str, ...] = ()
    command: Command | None = None
    recognised: tuple[TextSpan, ...] = ()
    why: str = ""


def as_json(reading: Reading) -> dict[str, Any]:
    """Turn a reading into a dict of plain JSON values, the intent as its text."""
    plain = reading._asdict()
    plain["intent"] = reading.intent.value
    plain["command"] = vars(reading.command) if reading.command else None
    plain["recognised"] = [vars(span) for span in reading.recognised]
    return plain
