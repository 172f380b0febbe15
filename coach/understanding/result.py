"""The result types of understanding a reply."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Self


class Intent(StrEnum):
    """The purpose of a reply. Each reply has exactly one; any may come with a score or a yes/no."""

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
    """What the open question asked for, which decides what a bare "yes" or a thumb answers.

    An abstention is a habit of going without something, such as coffee. A yes or no beside a score, but not to a habit,
    answers a later question of ours.
    """

    SCORE_AND_HABIT = "score_and_habit"
    SCORE = "score"
    HABIT = "habit"
    SCORE_AND_ABSTENTION = "score_and_abstention"
    ABSTENTION = "abstention"
    SCORE_AND_YES_OR_NO = "score_and_yes_or_no"
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
        return self in (Asked.SCORE, *_SCORE_AND_MORE)

    @property
    def wants_habit(self) -> bool:
        """Whether a yes or no was asked for."""
        return self in (Asked.HABIT, Asked.ABSTENTION, *_SCORE_AND_MORE)

    @property
    def is_abstention(self) -> bool:
        """Whether the step was to go without something, so that "skipped" means it was done."""
        return self in (Asked.ABSTENTION, Asked.SCORE_AND_ABSTENTION)

    @property
    def beside_an_offer(self) -> bool:
        """Whether the question came in an evening text, where "sure" and "not tonight" can be about the new step."""
        return self in (Asked.SCORE_AND_HABIT, Asked.SCORE_AND_ABSTENTION)


_SCORE_AND_MORE = (Asked.SCORE_AND_HABIT, Asked.SCORE_AND_ABSTENTION, Asked.SCORE_AND_YES_OR_NO)

# How the reason of a reading begins that several texts gave together.
READ_TOGETHER = "Read together with the texts just before it."
# Kinds of spans that get an answer of their own: sleepy at the wheel, fire or gas at home.
AT_THE_WHEEL, FIRE = "driving", "fire"
Urgency = Literal["emergency", "same_day"]
# Whether the sender wants texts to stop; on `doubtful` texts are held and the sender is asked.
Stop = Literal["no", "doubtful", "sure"]
# Why a coach should read the reply; None if nothing in it is unexplained.
ForCoach = Literal["read", "medical", "urgent", "crisis"]


@dataclass(frozen=True)
class TextSpan:
    """A part of the reply that was recognized: ``text == reply[start:end]``."""

    start: int
    end: int
    kind: str
    text: str
    why: str


@dataclass(frozen=True)
class Command:
    """A command and its details.

    ``name`` is one of pause, resume, set_time, bedtime, cadence, another_step, my_week, my_page, what_helps,
    weekly_on, weekly_off, language, delete_data, leave_out, bring_back (``step``: the strategy they want no more or
    again).
    ``time`` is a wall time "HH:MM" (24 h); ``ambiguous_half`` says that no am/pm was given and the likely half was
    taken. ``days`` counts evenings, ``until_weekday`` is an ISO weekday (1 Monday to 7 Sunday), ``until_day`` a day
    of the month, of ``until_month`` if it was named, ``until_holiday`` a key of `words.holidays`; the texts resume
    ``days_after`` such a day, or with ``whole_weekend`` on the Monday after it. ``once``: not for good ("tomorrow
    only") or not for every evening ("on Sundays"), and of a pause, that it is for tomorrow or the weekend;
    ``undated``: it names a time of year whose dates we do not know; ``tentative``: a question. ``from_weekday``,
    ``from_day`` and ``from_month`` say when a pause begins that is told ahead.
    """

    name: str
    time: str | None = None
    ambiguous_half: bool = False
    days: int | None = None
    until_weekday: int | None = None
    until_day: int | None = None
    until_month: int | None = None
    until_holiday: str | None = None
    days_after: int = 0
    whole_weekend: bool = False
    once: bool = False
    undated: bool = False
    tentative: bool = False
    cadence: str | None = None
    language: str | None = None
    step: str | None = None
    from_weekday: int | None = None
    from_day: int | None = None
    from_month: int | None = None

    @property
    def names_a_day(self) -> bool:
        """Whether it says when a pause ends: on a weekday, a date or a holiday."""
        return any(one is not None for one in (self.until_weekday, self.until_day, self.until_holiday))

    @property
    def is_complete(self) -> bool:
        """Whether it has the details it needs."""
        details = (self.time, self.days, self.cadence, self.language)
        return self.name not in NEEDS_DETAILS or self.names_a_day or any(one is not None for one in details)


# Without details we ask back.
NEEDS_DETAILS = frozenset({"pause", "set_time", "bedtime", "cadence", "language"})


class Reading(NamedTuple):
    """One reply, understood. ``score`` is 0 to 10 or None; ``habit`` is whether the step was done, or None.

    ``bare``: the habit was a plain yes or no, which could answer another question; ``alone``: nothing but courtesy
    beside it. ``confirms``: the whole message says yes to the welcome. ``died``: it says the participant has died;
    ``violence``: the danger comes from somebody else. ``bars`` is the tag of the steps that an urgent sign
    contraindicates, such as massage for a swollen leg. ``unexplained`` holds words no rule accounts for.
    ``worrying``: it may be a cry for help. ``seen`` holds the two scores they have to choose between.
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
