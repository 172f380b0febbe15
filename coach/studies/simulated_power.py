"""The power of a program's own micro-randomized policy, by simulation beside the formula.

The real planner decides, for a few hundred simulated people, on which evenings a step can be drawn; they also settle
which texts arrive and which scores come. Each trial samples people from these, draws steps and nights anew, adds the
effect, and tests it as `coach study report` does. So it includes what the formula leaves out: pauses and people who
stop, steps for tomorrow, missing scores, correlated nights and whole scores from 0 to 10.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from coach.effects.estimates.wcls import Floats, Whole
from coach.export.decisions_csv import DecisionRow
from coach.simulation.people import CARRIED_OVER, NIGHTS_SD, make_person
from coach.simulation.setup import Setup
from coach.studies.contrast import Flags, Nights, step_against_none
from coach.studies.registration import CONTROLS
from schedules.decisions.policies import NONE

POOL = 300  # simulated people that every trial samples from
MOST_PEOPLE = 20_000
ROWS_IN_ALL = 8_000_000  # about half a minute
FEWEST_TRIALS, MOST_TRIALS = 100, 1000
Z = 1.96


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Evenings of simulated people, arrays of people x evenings.

    `tonight` and `none` are the probabilities of a step for the same night and of no step, 0 where nothing could be
    drawn; the rest is that of a step for tomorrow.
    """

    usual: Floats
    day: Whole
    tonight: Floats
    none: Floats
    arrives: Flags
    scored: Flags

    def sample(self, people: Whole) -> "Pool":
        """Return some of the people, each as often as named."""
        chances = self.tonight[people], self.none[people]
        return Pool(self.usual[people], self.day[people], *chances, self.arrives[people], self.scored[people])


@dataclass(frozen=True, slots=True)
class SimulatedPower:
    """The outcome of the simulation.

    Attributes:
        power: the share of trials whose interval excludes 0; `ci_low` to `ci_high` is its own 95 % interval.
        probability: of a step on the evenings that are compared: not set aside because of a step for tomorrow.
        availability: the share of evenings that are compared.
        scored: the share of those whose score comes.
        sd: one standard deviation of the scores, in points.
    """

    trials: int
    power: float
    ci_low: float
    ci_high: float
    probability: float
    availability: float
    scored: float
    sd: float


def pool_of(setup: Setup, lives: Sequence[Sequence[DecisionRow]], tomorrow: Collection[str]) -> Pool:
    """Return the evenings of people 1, 2, …, as the planner planned them; `tomorrow` lists the steps for tomorrow."""
    shape = len(lives), max(map(len, lives))
    day, tonight, none = np.zeros(shape, dtype=np.int64), np.zeros(shape), np.zeros(shape)
    arrives, scored = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for person, rows in enumerate(lives):
        for evening, row in enumerate(rows):
            day[person, evening] = (row.local_on - setup.starts_on).days
            chances = row.probabilities if row.available else {NONE: 1.0}
            if chances[NONE] < 1:
                none[person, evening] = chances[NONE]
                for_tonight = chances.keys() - {NONE, *tomorrow}
                tonight[person, evening] = sum(chances[arm] for arm in for_tonight)
            arrives[person, evening] = bool(row.delivered)
            scored[person, evening] = row.outcome_score is not None
    usual = np.array([make_person(setup.seed, number).usual for number in range(1, len(lives) + 1)])
    return Pool(usual, day, tonight, none, arrives, scored)


def simulate_power(pool: Pool, people: int, effects: Sequence[float], evenings: int, seed: int) -> SimulatedPower:
    """Simulate trials of `people` with a standardized effect for each day. `evenings` are those planned per person."""
    rng = np.random.default_rng(seed)
    used = (pool.tonight > 0) & (pool.none > 0)
    compared = (pool.tonight + pool.none) * used
    sd = float(_scores(pool, np.zeros_like(pool.none), rng)[used].std())
    points = np.asarray(effects)[pool.day] * sd
    trials = min(MOST_TRIALS, max(FEWEST_TRIALS, ROWS_IN_ALL // (people * evenings)))
    found = sum(_detects(pool, rng.integers(len(pool.usual), size=people), points, rng) for _ in range(trials))
    low, high = _wilson(found, trials)
    return SimulatedPower(
        trials,
        found / trials,
        low,
        high,
        probability=float((pool.tonight * used).sum() / compared.sum()),
        availability=float(compared.sum() / (len(pool.usual) * evenings)),
        scored=float((compared * pool.scored).sum() / compared.sum()),
        sd=sd,
    )


def _detects(pool: Pool, people: Whole, points: Floats, rng: np.random.Generator) -> bool:
    sampled, worth = pool.sample(people), points[people]
    draw = rng.random(sampled.none.shape)
    step, none = draw < sampled.tonight, draw >= 1 - sampled.none
    later = ~step & ~none & (sampled.none > 0)
    effect = np.where(step & sampled.arrives, worth, 0.0)
    effect[:, 1:] += np.where(later & sampled.arrives, worth, 0.0)[:, :-1]
    score = _scores(sampled, effect, rng)
    used = sampled.scored & (step | none) & (sampled.tonight > 0) & (sampled.none > 0)
    person = np.broadcast_to(np.arange(len(people))[:, None], used.shape)[used]
    chance = sampled.tonight[used] / (sampled.tonight[used] + sampled.none[used])
    prior = _prior(score, sampled.scored)[used]
    found = step_against_none(Nights(person, chance, step[used], score[used], {CONTROLS[0]: prior}))
    return found.ci_low is not None and found.ci_high is not None and not found.ci_low <= 0 <= found.ci_high


def _scores(pool: Pool, effect: Floats, rng: np.random.Generator) -> Floats:
    """Return whole scores, by the same process as `coach.simulation.people.Legs`."""
    deviation = rng.normal(0, NIGHTS_SD, len(pool.usual))
    score = np.empty(effect.shape)
    for evening in range(effect.shape[1]):
        fresh = rng.normal(0, NIGHTS_SD * sqrt(1 - CARRIED_OVER**2), len(pool.usual))
        deviation = CARRIED_OVER * deviation + fresh
        score[:, evening] = pool.usual + deviation + effect[:, evening]
    return np.asarray(score.round().clip(0, 10))


def _prior(score: Floats, scored: Flags) -> Floats:
    """Return the last score known at each draw: last night's is asked for only afterwards."""
    known = np.full(score.shape, np.nan)
    for evening in range(2, score.shape[1]):
        came = scored[:, evening - 2]
        known[:, evening] = np.where(came, score[:, evening - 2], known[:, evening - 1])
    return known


def _wilson(found: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    share, square = found / trials, Z * Z / trials
    middle, reach = share + square / 2, Z * sqrt(share * (1 - share) / trials + square / trials / 4)
    return (middle - reach) / (1 + square), (middle + reach) / (1 + square)
