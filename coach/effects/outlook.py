"""What the present programme can show: how often each step comes, and how long an effect of a size needs. Pure.

It is told from made-up people, for whom no step does anything: how they answer and how their nights vary is assumed
(see `coach.simulation.people`). So it is the plan of a study, not the result of one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from coach.effects.estimates.student import quantile

CONFIDENCE = 0.95
PEOPLE, DAYS = 200, 28
# Nine of ten are planned for, so that four of five tell it: some people fall silent on the way, and scores are whole.
POWER = 0.9
SIZES = (1.0, 0.5)  # points: what would matter to a person, and half of it
LONGEST_WEEKS = 104  # a longer trial is not one that a clinic plans
FEWEST_MORE = 10  # people than parameters: with fewer every interval is wider by a seventh and more
NOTHING = "nothing drawn"


@dataclass(frozen=True, slots=True)
class StepOutlook:
    """`evenings` of the 28 are with the step, for one person on average; `scored` of all those nights have a score."""

    strategy: str
    evenings: float
    scored: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the simulation came to.

    Attributes:
        people: how many take part now.
        parameters: of the model, one for each step and some.
        spread: standard error of an estimate, times the root of the nights behind it; None if steps cannot be compared.
        without: evenings of a person without a step: `none` was drawn, or nothing could be.
        steps: the most frequent first.
    """

    policy: str
    people: int
    parameters: int
    spread: float | None
    without: Mapping[str, float]
    steps: tuple[StepOutlook, ...]

    @property
    def reckoned_with(self) -> int:
        """The people of now; if they are too few for so many steps, as many as are enough."""
        return max(self.people, self.parameters + FEWEST_MORE)


def as_json(outlook: Outlook) -> dict[str, object]:
    """To be stored."""
    return asdict(outlook)


def from_json(told: Mapping[str, Any]) -> Outlook:
    """The outlook again, from what `as_json` made of it."""
    return Outlook(**{**told, "steps": tuple(StepOutlook(**one) for one in told["steps"])})


def nights_needed(outlook: Outlook, size: float) -> int | None:
    """Scored nights with a step, until four of five such trials would tell an effect of this size.

    None where the steps cannot be compared.
    """
    if outlook.spread is None:
        return None
    df = outlook.reckoned_with - outlook.parameters
    reach = quantile(df, 0.5 + CONFIDENCE / 2) + quantile(df, POWER)
    return ceil((outlook.spread * reach / size) ** 2)


def weeks_in_words(step: StepOutlook, outlook: Outlook, size: float) -> str:
    """For how many weeks the people must take part to have these nights of a step, or why it cannot be said."""
    nights = nights_needed(outlook, size)
    if nights is None:
        return "cannot be compared"
    if not step.scored:
        return "hardly ever offered"
    weeks = ceil(nights / (step.scored * 7 / (PEOPLE * DAYS)) / outlook.reckoned_with)
    return "more than two years" if weeks > LONGEST_WEEKS else str(weeks)
