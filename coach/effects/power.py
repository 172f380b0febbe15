"""What the present programme can show: how often each step comes, and how long an effect of a size needs. Pure.

It is told from made-up people, for whom no step does anything: how they answer and how their nights vary is assumed
(see `coach.simulation.people`). So it is the plan of a study, not the result of one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from math import ceil
from typing import Any

import numpy as np

from coach.effects.arrays import Gathered
from coach.effects.estimate import SCORE, Effects, estimate_effects
from coach.effects.read_file import PRIOR
from coach.effects.student import quantile
from coach.effects.wcls import CONFIDENCE
from coach.export.decisions_csv import DecisionRow
from schedules.decisions.policies import NONE

PEOPLE, DAYS = 200, 28
# Nine of ten are planned for, so that four of five tell it: some people fall silent on the way, and scores are whole.
POWER = 0.9
SIZES = (1.0, 0.5)  # points: what would matter to a person, and half of it
LONGEST_WEEKS = 104  # a longer trial is not one that a clinic plans
# With no more steps than a rotation rests, each evening's follows from those before: more weeks would tell no more.
LEAST_DRAWN = 0.5
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


@dataclass(slots=True)
class Simulated:
    """The evenings of the made-up people."""

    decisions: Gathered = field(default_factory=lambda: Gathered((PRIOR,)))
    evenings: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Iterable[DecisionRow]) -> None:
        """Evenings of one person or of some."""
        for row in rows:
            self.evenings[row.action or NOTHING] += 1
            if row.action and row.probabilities[row.action] < 1:
                person, prior = str(row.participant_id), [row.prior_score]
                self.decisions.add(person, row.probabilities, row.action, row.outcome_score, prior)

    def outlook(self, policy: str, people: int) -> Outlook:
        """What it comes to for as many people as take part."""
        nights = self.decisions.nights()
        found = estimate_effects(nights.only(np.isfinite(nights.outcome)), SCORE)
        a_person = {action: count / PEOPLE for action, count in self.evenings.items()}
        steps = (StepOutlook(one.strategy, a_person.get(one.strategy, 0.0), one.n) for one in found.strategies)
        decided = self.evenings.total() - self.evenings[NOTHING]
        drawn = len(nights.action) >= decided * LEAST_DRAWN
        return Outlook(
            policy,
            people,
            found.clusters - found.df if found.df is not None else 0,
            _spread(found) if drawn else None,
            {name: a_person[name] for name in (NONE, NOTHING) if name in a_person},
            tuple(sorted(steps, key=lambda one: (-one.evenings, one.strategy))),
        )


def _spread(found: Effects) -> float | None:
    """Over all steps together, since one step's standard error from a hundred people is itself off by a sixth."""
    variances = [one.se**2 * one.n for one in found.strategies if one.se]
    return float(np.sqrt(np.mean(variances))) if variances else None


def as_json(outlook: Outlook) -> dict[str, Any]:
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
