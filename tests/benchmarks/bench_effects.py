"""Accuracy of the effect estimates: `python dev.py bench effects [--trials N]`.

Made-up trials with known effects (`tests/coach/effects/effects_world.py`): 40 people, 42 nights, AR(1) errors, a
quarter of the answers missing. Per step the bias, how often the 95 % interval holds the truth, and what a comparison
of done with not done would say of the same nights. Fails where the bias or the coverage is outside what is asked.
"""

import argparse
import sys
from time import perf_counter

import numpy as np
from rich.console import Console
from rich.table import Table

from coach.effects.estimates.estimate import estimate_effects
from coach.effects.results import SCORE
from tests.coach.effects.effects_world import TRUTH, Trials, against_others, live, naive, numbers

MOST_BIAS = 0.04
COVERAGE = {"constant": (0.91, 0.98), "adaptive": (0.90, 0.98)}


def figures(trials: Trials, count: int, strategy: str, truth: float) -> tuple[float, float, float]:
    """Bias, coverage, and the mean of the naive comparison."""
    found = [estimate_effects(trials.scored(number), SCORE).strategies for number in range(count)]
    mine = [numbers(one) for estimates in found for one in estimates if one.strategy == strategy]
    low, estimate, high = np.array(mine).T
    compared = [naive(trials, number, strategy) for number in range(count)]
    return float(estimate.mean() - truth), float(((low <= truth) & (truth <= high)).mean()), float(np.mean(compared))


def main(arguments: list[str]) -> int:
    """Measure and print; 1 if a figure is outside."""
    parser = argparse.ArgumentParser(prog="dev.py bench effects")
    parser.add_argument("--trials", type=int, default=300, help="how many made-up trials of each kind")
    count, begun = parser.parse_args(arguments).trials, perf_counter()
    table = Table(f"{count} trials", "step", "truth", "bias", "interval holds it", "done minus not done")
    outside = 0
    for kind, (lowest, highest) in COVERAGE.items():
        trials = live(count, adaptive=kind == "adaptive")
        for strategy, effect in TRUTH.items():
            truth = against_others(strategy) if kind == "adaptive" else effect
            bias, held, compared = figures(trials, count, strategy, truth)
            outside += abs(bias) >= MOST_BIAS or not lowest <= held <= highest
            table.add_row(kind, strategy, f"{truth:+.2f}", f"{bias:+.3f}", f"{held:.1%}", f"{compared:+.2f}")
    Console(width=110).print(table)
    print(f"{outside} outside (bias under {MOST_BIAS}, intervals {COVERAGE}); {perf_counter() - begun:.0f} s")
    return int(outside > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
