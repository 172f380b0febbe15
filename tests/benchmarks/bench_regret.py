"""What is lost a night by not offering the best step: `python -m tests.benchmarks.bench_regret [--trials N]`.

Twelve people, 16 steps whose true effects vary with an SD of 0.5 points between steps and 0.15 between people, 12
weeks, a fifth of the answers missing, whole scores. No step is offered on two evenings in a row. Beliefs are shared
anew each week, as the worker does. The regret of a night is the effect of the step offered above that of the best one
that could have been offered on any evening.
"""

import argparse
from datetime import date, timedelta

import numpy as np
from rich.console import Console
from rich.table import Table

from coach.effects.estimates.arrays import Dated, Gathered
from coach.effects.estimates.each_person import shared_beliefs
from coach.effects.read_file import PRIOR
from schedules.decisions.eligibility import draw_arm
from schedules.decisions.policies import RECENT_STEPS, PolicyInputs, probabilities

PEOPLE, STEPS, WEEKS, WEEK = 12, 16, 12, 7
BETWEEN_STEPS, BETWEEN_PEOPLE, NIGHT, CARRIED = 0.5, 0.15, 1.4, 0.4
START = date(2026, 1, 5)
IDS = [f"s{place:02}" for place in range(STEPS)]


def trial(policy: str, version: int, seed: int) -> list[float]:
    """The mean regret of each week."""
    rng = np.random.default_rng(seed)
    effects = rng.normal(0, BETWEEN_STEPS, STEPS) + rng.normal(0, BETWEEN_PEOPLE, (PEOPLE, STEPS))
    usual, answers = rng.uniform(4, 7, PEOPLE), rng.beta(8, 2, PEOPLE)
    errors = rng.normal(0, NIGHT, PEOPLE)
    gathered, shared = Gathered((PRIOR,)), {}
    past: list[list[str]] = [[] for _ in range(PEOPLE)]
    scores: list[dict[str, list[float]]] = [{} for _ in range(PEOPLE)]
    offered: list[dict[str, date]] = [{} for _ in range(PEOPLE)]
    prior: list[float | None] = [None] * PEOPLE
    regrets = []
    for day in range(WEEK * WEEKS):
        on = START + timedelta(days=day)
        if day % WEEK == 0 and day and version > 1:
            shared = shared_beliefs(gathered.nights())
        for person in range(PEOPLE):
            outcomes = {id: (len(all), int(sum(all))) for id, all in scores[person].items()}
            recent = tuple(past[person][-RECENT_STEPS:][::-1])
            known = PolicyInputs(recent, outcomes, offered[person], float(rng.random()), shared)
            eligible = [id for id in IDS if id not in recent[:1]]
            vector = probabilities(policy, version, eligible, known)
            action = draw_arm(vector, float(rng.random()))
            place = IDS.index(action)
            errors[person] = CARRIED * errors[person] + rng.normal(0, NIGHT * (1 - CARRIED**2) ** 0.5)
            score = float(np.clip(np.rint(usual[person] + effects[person, place] + errors[person]), 0, 10))
            told = score if rng.random() < answers[person] else None
            gathered.add(str(person), vector, action, told, [prior[person]], Dated(on, on, "tonight"))
            if told is not None:
                scores[person].setdefault(action, []).append(told)
                prior[person] = told
            past[person].append(action)
            offered[person][action] = on
            regrets.append(effects[person, place] - effects[person].min())
    return list(np.mean(np.reshape(regrets, (WEEKS, -1)), axis=1))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench_regret")
    parser.add_argument("--trials", type=int, default=20)
    trials = parser.parse_args().trials
    table = Table("policy", "weeks 1-4", "weeks 5-8", "weeks 9-12", title=f"regret a night, {trials} studies each")
    for policy, version in (("rotation", 1), ("adaptive", 1), ("adaptive", 2)):
        weeks = np.mean([trial(policy, version, seed) for seed in range(trials)], axis=0)
        spans = [f"{np.mean(weeks[first : first + 4]):.2f}" for first in (0, 4, 8)]
        table.add_row(f"{policy}, version {version}", *spans)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
