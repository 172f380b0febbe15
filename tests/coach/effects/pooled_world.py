"""Made-up studies with known effects: steps for tonight and for tomorrow, a few people or many.

Not the project's simulator, and no code in common with what it checks. Each night has its own score: the person's
usual, AR(1) errors, the effect of that evening's step if it is for tonight, and of the evening before if it was for
tomorrow. A row has the one score that a decisions file gives it, so nights after an evening without a step are in no
row if the next evening's step is for tomorrow.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from coach.effects.estimates.arrays import Dated, Gathered
from coach.effects.estimates.nights import Nights
from coach.effects.read_file import PRIOR
from schedules.decisions.policies import NONE, RECENT_STEPS

START = date(2026, 1, 5)
CARRIED_OVER, SPREAD, WITHHELD = 0.4, 1.4, 0.4
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A study: its people, evenings and steps with their true effects, and how people differ.

    `lasting` is the share of a step's effect that stays on the night after, and of that on the next: carry-over, which
    the estimates assume away.
    """

    people: int
    evenings: int
    tonight: tuple[float, ...]
    tomorrow: tuple[float, ...] = ()
    policy: str = "micro-randomised"
    between_people: float = 0.0
    unavailable: float = 0.0
    whole: bool = True
    spread: float = SPREAD
    lasting: float = 0.0
    arms: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = [f"a{place:02}" for place in range(len(self.tonight))]
        names += [f"b{place:02}" for place in range(len(self.tomorrow))]
        object.__setattr__(self, "arms", tuple(names))

    def truth(self, arm: str) -> float:
        """What offering a step does, compared with what `coach effects` compares it with."""
        effect = (*self.tonight, *self.tomorrow)[self.arms.index(arm)]
        if self.policy == "micro-randomised" or arm.startswith("b"):
            return effect
        return effect - (sum(self.tonight) - effect) / (len(self.tonight) - 1)

    def chances(self, recent: list[int]) -> Floats:
        """The probability of each step, and of none, after these."""
        count = len(self.arms)
        if self.policy == "micro-randomised":
            return np.asarray(np.r_[np.full(count, (1 - WITHHELD) / count), WITHHELD])
        vector = np.ones(count + 1)
        vector[[*recent[:RECENT_STEPS], count]] = 0
        return vector / float(vector.sum())


@dataclass(frozen=True)
class Evening:
    """An evening and the night after it; `action` is None where nothing could be offered."""

    vector: Floats
    action: int | None
    score: float | None
    prior: float | None


def live(world: World, rng: np.random.Generator, effects: Floats | None = None) -> list[list[Evening]]:
    """Everybody's evenings, and one more, whose night a last step for tomorrow acts on.

    `effects` are people x steps, where they are not to be drawn around the world's.
    """
    return [_one_life(world, rng, None if effects is None else effects[person]) for person in range(world.people)]


def _one_life(world: World, rng: np.random.Generator, effects: Floats | None) -> list[Evening]:
    count, first = len(world.arms), len(world.tonight)
    if effects is None:
        effects = np.r_[world.tonight, world.tomorrow] + rng.normal(0, world.between_people, count)
    usual, answers, error = rng.uniform(4, 7), rng.beta(8, 2), rng.normal(0, world.spread)
    lived: list[Evening] = []
    recent: list[int] = []
    before, prior, lasts = None, None, 0.0
    for _ in range(world.evenings + 1):
        vector = world.chances(recent)
        drawn = min(int(np.searchsorted(vector.cumsum(), rng.random(), side="right")), int(np.flatnonzero(vector)[-1]))
        action = drawn if rng.random() >= world.unavailable else None
        error = CARRIED_OVER * error + rng.normal(0, world.spread * (1 - CARRIED_OVER**2) ** 0.5)
        score = usual + error + lasts
        score += effects[action] if action is not None and action < first else 0
        score += effects[before] if before is not None and first <= before < count else 0
        acted = score - usual - error
        lasts = world.lasting * acted
        told = float(min(10, max(0, round(score)))) if world.whole else float(score)
        lived.append(Evening(vector, action, told if rng.random() < answers else None, prior))
        prior = prior if lived[-1].score is None else lived[-1].score
        before = action
        recent = [action, *recent] if action is not None and action < count else recent
    return lived


def rows_of(world: World, lives: list[list[Evening]], evenings: int) -> Gathered:
    """The rows of a decisions file after so many evenings."""
    gathered, names = Gathered((PRIOR,)), (*world.arms, NONE)
    for person, life in enumerate(lives):
        for number, one in enumerate(life[:evenings]):
            on = START + timedelta(days=number)
            if one.action is None:
                gathered.add_not_drawn(str(person), one.score, Dated(on, on))
                continue
            later = len(world.tonight) <= one.action < len(world.arms)
            score = life[number + later].score
            if number + later >= evenings:  # nobody has asked yet
                score = None
            acts_on = "" if names[one.action] == NONE else "tomorrow" if later else "tonight"
            vector = {name: float(p) for name, p in zip(names, one.vector, strict=True)}
            dated = Dated(on, on + timedelta(days=later), acts_on)
            gathered.add(str(person), vector, names[one.action], score, [one.prior], dated)
    return gathered


def study(world: World, seed: int) -> Nights:
    """A whole study's rows."""
    return rows_of(world, live(world, np.random.default_rng(seed)), world.evenings).nights()
