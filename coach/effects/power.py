"""Evenings of made-up people, and the outlook (`coach.effects.outlook`) that they come to. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from coach.effects.estimates.arrays import Gathered
from coach.effects.estimates.estimate import estimate_effects
from coach.effects.outlook import NOTHING, PEOPLE, Outlook, StepOutlook
from coach.effects.read_file import PRIOR
from coach.effects.results import SCORE, Effects
from coach.export.decisions_csv import DecisionRow
from schedules.decisions.policies import NONE

# With no more steps than a rotation rests, each evening's follows from those before: more weeks would tell no more.
LEAST_DRAWN = 0.5


@dataclass(slots=True)
class Simulated:
    """The evenings of the made-up people."""

    decisions: Gathered = field(default_factory=lambda: Gathered((PRIOR,)))
    evenings: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Iterable[DecisionRow]) -> None:
        """Evenings of one person or of some."""
        for row in rows:
            self.evenings[row.action or NOTHING] += 1
            if row.action is None or row.probabilities[row.action] < 1:
                self.decisions.add_decision(row)

    def outlook(self, policy: str, people: int) -> Outlook:
        """What it comes to for as many people as take part."""
        nights = self.decisions.nights()
        found = estimate_effects(nights, SCORE)
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
