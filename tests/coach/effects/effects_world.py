"""Made-up trials with known effects, many at once.

What `coach.effects.estimates.estimate` must recover, and what a naive look sees.

A person's nights are their usual score, a slow change and AR(1) errors. In the evening people feel how the night will
be, and the worse it will be, the likelier they do the step they were offered; doing it moves the score by twice the
effect of offering it, since half of all offers are followed.

`python -m tests.coach.effects.effects_world` writes the table of docs/explanation/effects.md anew.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from coach.effects.estimates.estimate import estimate_effects
from coach.effects.estimates.nights import Nights
from coach.effects.read_file import PRIOR
from coach.effects.results import SCORE, Estimate
from schedules.decisions import policies
from schedules.decisions.policies import NONE

Floats = NDArray[np.float64]
TRUTH = {"stretching": -0.8, "massage": 0.0, "mindfulness": -0.4}
ARMS = (*TRUTH, NONE)
WITHHELD = 0.4
CARRIED_OVER, SPREAD, FELT = 0.5, 1.5, 2.0
DOCUMENT = Path(__file__).parents[3] / "docs/explanation/effects.md"
MARKS = ("<!-- table of tests/coach/effects/effects_world.py -->", "<!-- end of table -->")


@dataclass
class Trials:
    """Arrays of trials x people x nights; `score` is NaN where no answer came."""

    arms: tuple[str, ...]
    chances: Floats
    action: NDArray[np.int64]
    score: Floats
    prior: Floats
    done: NDArray[np.bool_]

    def trial(self, number: int) -> Nights:
        people, length = self.action.shape[1:]
        return Nights(
            self.arms,
            tuple(map(str, range(people))),
            np.repeat(np.arange(people), length),
            self.chances[number].reshape(-1, len(self.arms)),
            self.action[number].ravel(),
            self.score[number].ravel(),
            {PRIOR: self.prior[number].ravel()},
        )

    def scored(self, number: int) -> Nights:
        nights = self.trial(number)
        return nights.only(np.isfinite(nights.outcome))


def live(trials: int, *, people: int = 40, nights: int = 42, adaptive: bool = False, seed: int = 1) -> Trials:
    """Everyone's way through, all trials at once, evening by evening."""
    rng = np.random.default_rng(seed)
    arms = tuple(TRUTH) if adaptive else ARMS
    effects = np.array([TRUTH.get(arm, 0.0) for arm in arms])
    shape = (trials, people)
    usual, slope = rng.normal(5.5, 1.0, shape), rng.normal(0, 0.02, shape)
    answers = rng.uniform(0.70, 0.80, shape)
    error, prior = rng.normal(0, SPREAD, shape), np.full(shape, np.nan)
    n, total = np.zeros((*shape, len(arms))), np.zeros((*shape, len(arms)))
    log: list[tuple[Floats, ...]] = []
    for night in range(nights):
        chances = thompson(n, total) if adaptive else np.broadcast_to(constant(), (*shape, len(arms)))
        action = (rng.random(shape)[..., None] > chances.cumsum(axis=-1)[..., :-1]).sum(axis=-1)
        error = CARRIED_OVER * error + rng.normal(0, SPREAD * (1 - CARRIED_OVER**2) ** 0.5, shape)
        done = rng.random(shape) < expit(FELT * error)
        score = usual + slope * night + error + 2 * effects[action] * done
        seen = rng.random(shape) < answers
        log.append((chances, action, np.where(seen, score, np.nan), prior, done))
        prior = np.where(seen, score, prior)
        mine = np.equal.outer(action, np.arange(len(arms))) & seen[..., None]
        n, total = n + mine, total + mine * score[..., None]
    return Trials(arms, *(np.stack(part, axis=2) for part in zip(*log, strict=True)))


def constant() -> Floats:
    each = (1 - WITHHELD) / len(TRUTH)
    return np.array([WITHHELD if arm == NONE else each for arm in ARMS])


def thompson(n: Floats, total: Floats) -> Floats:
    """The adaptive policy for arrays of people, from the scored nights and their sums of each arm."""
    nights = n.sum(axis=-1, keepdims=True)
    usual = np.where(nights > 0, total.sum(axis=-1, keepdims=True) / np.maximum(nights, 1), 5.0)
    precision = 1 / policies.STEPS_SD**2 + n / policies.NIGHTS_SD**2
    mean, sd = (usual / policies.STEPS_SD**2 + total / policies.NIGHTS_SD**2) / precision, precision**-0.5
    low, high = (mean - policies.GRID_SDS * sd).min(axis=-1), (mean + policies.GRID_SDS * sd).max(axis=-1)
    lowest = np.zeros_like(mean)
    for place in range(policies.GRID_STEPS + 1):
        z = ((low + (high - low) * place / policies.GRID_STEPS)[..., None] - mean) / sd
        above = ndtr(-z)
        rest = np.stack([np.delete(above, arm, axis=-1).prod(axis=-1) for arm in range(z.shape[-1])], axis=-1)
        lowest += np.exp(-0.5 * z**2) / sd * rest
    arms = n.shape[-1]
    return np.asarray(policies.FLOOR + (1 - policies.FLOOR * arms) * lowest / lowest.sum(axis=-1, keepdims=True))


def naive(trials: Trials, number: int, arm: str) -> float:
    """The mean score of nights on which a step was done, minus that of nights on which it was offered and not done."""
    offered = (trials.action[number] == trials.arms.index(arm)) & np.isfinite(trials.score[number])
    done, score = trials.done[number], trials.score[number]
    return float(score[offered & done].mean() - score[offered & ~done].mean())


def against_others(strategy: str) -> float:
    """What is true of a step where nothing is withheld: it is compared with the average of the others."""
    others = [effect for arm, effect in TRUTH.items() if arm != strategy]
    return TRUTH[strategy] - sum(others) / len(others)


def numbers(one: Estimate) -> tuple[float, float, float]:
    """Lower end, estimate and upper end of one that has them."""
    if one.ci_low is None or one.estimate is None or one.ci_high is None:
        raise ValueError(f"{one.strategy} has no estimate: {one.note}")
    return one.ci_low, one.estimate, one.ci_high


def table() -> str:
    """What is true, what is estimated, and what a comparison of done with not done says: one trial of 400 people."""
    trials = live(1, people=400, seed=1)
    found = estimate_effects(trials.scored(0), SCORE)
    lines = [
        "| step | true effect of offering it | estimated (95 % interval) | done minus not done |",
        "|---|---|---|---|",
    ]
    for one in found.strategies:
        low, estimate, high = numbers(one)
        told = f"{estimate:+.2f} ({low:+.2f} to {high:+.2f}; {one.n} against {one.n_reference} nights)"
        compared = f"{naive(trials, 0, one.strategy):+.2f}"
        lines.append(f"| `{one.strategy}` | {TRUTH[one.strategy]:+.1f} | {told} | {compared} |")
    return "\n".join(lines)


def main() -> None:
    text = DOCUMENT.read_text()
    block = "\n".join((MARKS[0], table(), MARKS[1]))
    DOCUMENT.write_text(re.sub(f"{re.escape(MARKS[0])}.*{re.escape(MARKS[1])}", lambda _: block, text, flags=re.S))


if __name__ == "__main__":
    main()
