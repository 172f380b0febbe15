"""Simulated people: where they live, what they may be offered, how their legs are, and how they answer. Pure.

Usual scores, variation between nights and reply rates are assumptions that resemble trials of text coaching (20 to 30%
of answers missing, most scores between 2 and 8). They are not estimates of anything.
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
# Nights follow an AR(1) process: the share of the last night's deviation, and the standard deviation of all nights.
CARRIED_OVER = 0.4
NIGHTS_SD = 1.4


@dataclass(frozen=True, slots=True)
class Habits:
    """How a person behaves: probabilities, and the evenings (counted from the start) on which something happens."""

    answers: float
    does: float
    arrives: float
    falls_silent: int
    pauses: int
    stops: int


@dataclass(frozen=True, slots=True)
class MadeUpPerson:
    """A simulated person. `usual` is the mean score of their nights without a step."""

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
    """Create the person with this number; the same seed gives the same person."""
    random = Random(f"{seed}:person:{number}")  # noqa: S311  (a simulation, not a secret)
    return MadeUpPerson(
        number,
        language="es" if random.random() < 0.2 else "en",
        time_zone=random.choice(ZONES),
        evening_at=random.choice(EVENINGS),
        bedtime_at=random.choice(BEDTIMES),
        exclude=frozenset(tag for tag in EXCLUSIONS if random.random() < 0.1),
        tags=frozenset({"stockings_advised"}) if random.random() < 0.1 else frozenset(),
        usual=random.uniform(4.0, 7.0),
        habits=_make_habits(random),
    )


def _make_habits(random: Random) -> Habits:
    return Habits(
        answers=random.betavariate(8, 2),
        does=random.betavariate(4, 3),
        arrives=0.98,
        falls_silent=random.randrange(5, 60) if random.random() < 0.08 else NEVER,
        pauses=random.randrange(3, 40) if random.random() < 0.05 else NEVER,
        stops=random.randrange(3, 60) if random.random() < 0.03 else NEVER,
    )


@dataclass(slots=True)
class Legs:
    """A person's nightly scores: the usual, plus the effect of the step, plus AR(1) noise; whole points, 0 to 10."""

    usual: float
    random: Random
    deviation: float = field(init=False)

    def __post_init__(self) -> None:
        self.deviation = self.random.gauss(0, NIGHTS_SD)

    def next_night(self, effect: float) -> int:
        """Return the score of the next night."""
        fresh = self.random.gauss(0, NIGHTS_SD * (1 - CARRIED_OVER**2) ** 0.5)
        self.deviation = CARRIED_OVER * self.deviation + fresh
        return max(0, min(10, round(self.usual + self.deviation + effect)))
