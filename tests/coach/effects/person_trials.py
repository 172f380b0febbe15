"""Trials of what is told of single people, in made-up studies: what it comes to, for a test and a benchmark."""

from dataclasses import dataclass

import numpy as np

from coach.effects.estimates.each_person import own_steps
from coach.reflections.own_steps import most_helpful
from tests.coach.effects.pooled_world import Floats, World, live, rows_of

UNLIKE = 0.45  # points from the step's mean effect


@dataclass(frozen=True)
class Kind:
    """How true effects vary: between steps, and between people with the same step; `best` is added to the first."""

    steps: float = 0.0
    people: float = 0.0
    best: float = 0.0

    def draw(self, world: World, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """The mean effect of each step, and each person's, people x steps."""
        means = rng.normal(0, self.steps, len(world.arms))
        means[0] += self.best
        return means, means + rng.normal(0, self.people, (world.people, len(world.arms)))


@dataclass(frozen=True)
class Tally:
    """Over all trials.

    Attributes:
        covered: share of 95 % intervals that hold the person's own true effect, with its standard error: a study's
            have much in common.
        unlike_covered: the same, of people whose effect is far from the others'.
        width: of the intervals, on average.
        helps: share of people who are told that a step helps.
        falsely: share of people who are told so of a step that does not help them.
    """

    covered: float
    covered_error: float
    unlike_covered: float
    width: float
    helps: float
    falsely: float


def run(world: World, kind: Kind, trials: int, seed: int) -> Tally:
    """Look at the end of each study."""
    studies, unlike, widths = [], [], []
    helps = falsely = 0
    for number in range(trials):
        rng = np.random.default_rng([seed, number])
        means, effects = kind.draw(world, rng)
        found = own_steps(rows_of(world, live(world, rng, effects), world.evenings).nights())
        held = []
        for person, steps in found.items():
            own = {arm: compared(world, effects[int(person)], place) for place, arm in enumerate(world.arms)}
            for one in steps:
                held.append(one.ci_low <= own[one.strategy] <= one.ci_high)
                widths.append(one.ci_high - one.ci_low)
                place = world.arms.index(one.strategy)
                if abs(effects[int(person), place] - means[place]) >= UNLIKE:
                    unlike.append(held[-1])
            best = most_helpful(steps)
            helps += best is not None
            falsely += best is not None and own[best.strategy] >= 0
        studies.append(float(np.mean(held)))
    people = trials * world.people
    covered = float(np.mean(studies)), float(np.std(studies)) / trials**0.5
    far = float(np.mean(unlike)) if unlike else float("nan")
    return Tally(*covered, far, float(np.mean(widths)), helps / people, falsely / people)


def compared(world: World, effects: Floats, place: int) -> float:
    """A person's effect of a step, compared with what `coach effects` compares it with."""
    tonight = effects[: len(world.tonight)]
    if world.policy == "micro-randomised" or place >= len(tonight):
        return float(effects[place])
    return float(effects[place] - (tonight.sum() - effects[place]) / (len(tonight) - 1))
