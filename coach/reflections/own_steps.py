"""What each step does for one person, and what may be said of it: never more than that it may help. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

TOLD_EVERY = timedelta(weeks=4)
LIKELY = 0.95
SMALLEST = 0.25  # points: what is smaller is no help that a person would notice


@dataclass(frozen=True, slots=True)
class OwnStep:
    """What offering a step does for one person, from their nights with it and everybody's.

    Negative is better. `nights` counts their scored nights with it; the interval is one of 95%.
    """

    strategy: str
    nights: int
    estimate: float
    ci_low: float
    ci_high: float
    probability_helps: float


@dataclass(frozen=True, slots=True)
class OwnEffects:
    """The last estimates for one person, the best step first, and the day they were last told."""

    steps: tuple[OwnStep, ...] = ()
    told_on: date | None = None

    def next_on(self, today: date) -> date | None:
        """The day from which they may be told again; None if they may be today."""
        if self.told_on is None or today >= self.told_on + TOLD_EVERY:
            return None
        return self.told_on + TOLD_EVERY


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to "what helps?": its key in the library and its values. `counts`: the next one is in four weeks."""

    key: str
    values: dict[str, str]
    counts: bool = True


def tell(known: OwnEffects | None, today: date) -> Told:
    """What to answer today."""
    known = known or OwnEffects()
    if (next_on := known.next_on(today)) is not None:
        return Told("what_helps_later", {"day": next_on.isoformat()}, counts=False)
    best = most_helpful(known.steps)
    if best is None:
        return Told("what_helps_unknown", {})
    return Told("what_helps", {"step": best.strategy, "points": f"{-best.estimate:.1f}"})


def in_order(steps: Sequence[OwnStep]) -> tuple[OwnStep, ...]:
    """The steps, those first whose nights seem best."""
    return tuple(sorted(steps, key=lambda one: (one.estimate, one.strategy)))


def may_help(one: OwnStep) -> bool:
    """Whether it may be said that a step helps this person."""
    return one.probability_helps >= LIKELY and one.estimate <= -SMALLEST


def may_harm(one: OwnStep) -> bool:
    """Whether a coach may be told that a step makes this person's nights worse."""
    return one.probability_helps <= 1 - LIKELY and one.estimate >= SMALLEST


def in_words(one: OwnStep) -> str:
    """What may be said of a step to a coach, with its interval."""
    better, worse = max(0.0, -one.ci_low), max(0.0, one.ci_high)
    between = f"between {better:.1f} points better and {worse:.1f} worse"
    if worse == 0:
        between = f"between {-one.ci_high:.1f} and {better:.1f} points better"
    elif better == 0:
        between = f"between {one.ci_low:.1f} and {worse:.1f} points worse"
    said = "may help" if may_help(one) else "may make nights worse" if may_harm(one) else "we can't tell yet"
    return f"{said}: nights {between}, {one.nights} scored nights with it"


def most_helpful(steps: Sequence[OwnStep]) -> OwnStep | None:
    """The step that helps most, as far as any does."""
    return next((one for one in in_order(steps) if may_help(one)), None)
