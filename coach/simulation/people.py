"""Made-up people: where they live, what they may be offered, how their legs are, and how they answer. Pure.

Usual scores, night-to-night spread and reply rates are assumptions, chosen to look like the trials of text coaching
(20 to 30 % of answers missing, most scores between 2 and 8); they are no estimate of anything.
"""

from dataclasses import dataclass, field
from datetime import time
from random import Random

ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix")
EVENINGS = (time(19, 0), time(19, 30), time(20, 0), time(20, 15))
BEDTIMES = (None, time(21, 45), time(22, 30), time(23, 15), time(0, 30))
EXCLUSIONS = ("no_caffeine", "no_alcohol", "fall_risk", "leg_swelling", "kidney_disease", "pregnancy")
REPLY_MINUTES = (1, 2, 4, 9, 25, 70, 180, 300)
NEVER = 10**6
# A night leans on the one before (AR(1)): its share of the last night's deviation, and the spread of all nights.
CARRIED_OVER = 0.4
NIGHTS_SD = 1.4


@dataclass(frozen=True, slots=True)
class Habits:
    """How a person answers: chances from 0 to 1, and evenings (counted from the start) on which something happens."""

    answers: float
    does: float
    arrives: float
    falls_silent: int
    pauses: int
    stops: int


@dataclass(frozen=True, slots=True)
class MadeUpPerson:
    """One of the simulated. `usual` is the mean score of their nights without a step."""

    number: int
    language: str
    time_zone: str
    evening_at: time
    bedtime_at: time | None
    exclude: frozenset[str]
    tags: frozenset[str]
    usual: float
    habits: Habits


def make_person(seed: int, number: int) -> MadeUpPerson:
    """The person of a number, always the same for the same seed."""
    drawn = Random(f"{seed}:person:{number}")  # noqa: S311  (a story, not a secret)
    return MadeUpPerson(
        number,
        language="es" if drawn.random() < 0.2 else "en",
        time_zone=drawn.choice(ZONES),
        evening_at=drawn.choice(EVENINGS),
        bedtime_at=drawn.choice(BEDTIMES),
        exclude=frozenset(tag for tag in EXCLUSIONS if drawn.random() < 0.1),
        tags=frozenset({"stockings_advised"}) if drawn.random() < 0.1 else frozenset(),
        usual=drawn.uniform(4.0, 7.0),
        habits=_make_habits(drawn),
    )


def _make_habits(drawn: Random) -> Habits:
    return Habits(
        answers=drawn.betavariate(8, 2),
        does=drawn.betavariate(4, 3),
        arrives=0.98,
        falls_silent=drawn.randrange(5, 60) if drawn.random() < 0.08 else NEVER,
        pauses=drawn.randrange(3, 40) if drawn.random() < 0.05 else NEVER,
        stops=drawn.randrange(3, 60) if drawn.random() < 0.03 else NEVER,
    )


@dataclass(slots=True)
class Legs:
    """A person's nights: their usual, plus what the evening's step adds, plus AR(1) noise; whole points, 0 to 10."""

    usual: float
    drawn: Random
    deviation: float = field(init=False)

    def __post_init__(self) -> None:
        self.deviation = self.drawn.gauss(0, NIGHTS_SD)

    def next_night(self, effect: float) -> int:
        """The score of the next night."""
        fresh = self.drawn.gauss(0, NIGHTS_SD * (1 - CARRIED_OVER**2) ** 0.5)
        self.deviation = CARRIED_OVER * self.deviation + fresh
        return max(0, min(10, round(self.usual + self.deviation + effect)))
