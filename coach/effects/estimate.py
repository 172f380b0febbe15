"""What each step does, estimated from the logged randomisation, never from who did it and who did not. Pure.

A night counts by what was assigned, whether or not it arrived or was done (intention to treat). Docs:
docs/explanation/effects.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from coach.effects.results import REPLIED, SCORE, Effects, Estimate, Report
from coach.effects.wcls import Fit, Floats, SingularError, Whole, fit, numerator, rank
from schedules.decisions.policies import NONE

OTHERS = "others"
# Under these a step is set aside: a number from less would say more about a few people than about the step.
FEWEST_NIGHTS = 10
FEWEST_PEOPLE = 5
# An interval that holds both no difference and one that would matter has too few nights to tell.
MATTERS: Mapping[str, float] = {SCORE: 1.0, REPLIED: 0.1}
TOO_FEW = "too few nights to tell"
NEVER, ALWAYS = "never sent: nothing to estimate", "always sent: nothing to compare it with"
MANY_PARAMETERS = f"{TOO_FEW}: too few people for so many steps"
INSEPARABLE = "cannot be told apart from the others in these nights"


@dataclass(frozen=True, slots=True, eq=False)
class Nights:
    """Available decision points, one row each.

    Attributes:
        arms: ids in order, `none` among them if a vector named it.
        people: ids of the persons; `person` is the row's place among them.
        chances: rows x arms, the logged probabilities; 0 where an arm was not possible.
        action: the place of what was assigned among the arms.
        outcome: the score, NaN where none came.
        controls: numbers known before the decision, NaN where unknown.
    """

    arms: tuple[str, ...]
    people: tuple[str, ...]
    person: Whole
    chances: Floats
    action: Whole
    outcome: Floats
    controls: Mapping[str, Floats] = field(default_factory=dict)

    def only(self, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Nights":
        """Some of the rows."""
        controls = {name: values[rows] for name, values in self.controls.items()}
        return Nights(
            self.arms,
            self.people,
            self.person[rows],
            self.chances[rows],
            self.action[rows],
            self.outcome[rows],
            controls,
        )


def report(nights: Nights) -> Report:
    """Everything that `coach effects` tells of a file, with the controls that the nights carry."""
    scored = nights.only(np.isfinite(nights.outcome))
    replied = replace(nights, outcome=np.isfinite(nights.outcome).astype(float))
    return Report(
        estimate_effects(scored, SCORE),
        estimate_effects(replace(scored, controls={}), SCORE),
        estimate_effects(replied, REPLIED),
    )


def estimate_effects(nights: Nights, outcome: str) -> Effects:
    """Each strategy against `none` where that ever had a probability, else against the average of the others.

    All rows must have an outcome. Nights on which no step was possible are no part of it: nothing was drawn on them.
    """
    nights = _drawn(nights)
    reference = _reference(nights)
    plain = _counted(nights, reference)
    kept = _enough(nights)
    used = _conditioned(nights, kept)
    if len(kept) < 2 or (reference == NONE and NONE not in kept):
        return _told(nights, outcome, None, (), {}, plain)
    names, filled, controls = _controls(used)
    base = NONE if reference == NONE else kept[0]
    others = [arm for arm in kept if arm != base]
    try:
        found = _fit(used, controls, others)
    except SingularError as error:
        why = MANY_PARAMETERS if "parameters" in str(error) else INSEPARABLE
        blank = [replace(one, note=one.note or why) for one in plain]
        return _told(used, outcome, None, names, filled, blank)
    counted = {one.strategy: one for one in _counted(used, reference)}
    places = {arm: controls.shape[1] + place for place, arm in enumerate(others)}
    done = [
        _estimate(counted[one.strategy], found, _weights(one.strategy, reference, places, kept, found), outcome)
        if one.strategy in kept
        else one
        for one in plain
    ]
    return _told(used, outcome, found, names, filled, done)


def _drawn(nights: Nights) -> Nights:
    if NONE not in nights.arms:
        return nights
    return nights.only(nights.chances[:, nights.arms.index(NONE)] < 1)


def _reference(nights: Nights) -> str:
    if NONE in nights.arms and nights.chances[:, nights.arms.index(NONE)].any():
        return NONE
    return OTHERS


def _counted(nights: Nights, reference: str) -> list[Estimate]:
    """Every strategy that could have been sent, with its counts, and why it has no estimate if that is plain."""
    counts = np.bincount(nights.action, minlength=len(nights.arms))
    possible = nights.chances.max(axis=0, initial=0.0) > 0
    total, withheld = int(counts.sum()), int(counts[nights.arms.index(NONE)]) if NONE in nights.arms else 0
    found = []
    for place, arm in enumerate(nights.arms):
        if arm == NONE or not possible[place]:
            continue
        n = int(counts[place])
        n_reference = withheld if reference == NONE else total - n
        found.append(Estimate(arm, reference, n, n_reference, note=_plain_note(nights, place, n, n_reference)))
    return found


def _plain_note(nights: Nights, place: int, n: int, n_reference: int) -> str:
    if not n:
        return NEVER
    if not n_reference and n == len(nights.action):
        return ALWAYS
    people = len(set(nights.person[nights.action == place].tolist()))
    return TOO_FEW if min(n, n_reference) < FEWEST_NIGHTS or people < FEWEST_PEOPLE else ""


def _enough(nights: Nights) -> list[str]:
    """The arms with nights and persons enough."""
    counts = np.bincount(nights.action, minlength=len(nights.arms))
    people = [len(set(nights.person[nights.action == place].tolist())) for place in range(len(nights.arms))]
    return [
        arm
        for arm, n, persons in zip(nights.arms, counts, people, strict=True)
        if n >= FEWEST_NIGHTS and persons >= FEWEST_PEOPLE
    ]


def _conditioned(nights: Nights, kept: Sequence[str]) -> Nights:
    """The nights of the kept arms, with the probabilities given that one of them was drawn."""
    places = [nights.arms.index(arm) for arm in kept]
    if len(places) == len(nights.arms):
        return nights
    rows = nights.only(np.isin(nights.action, places))
    chances = rows.chances[:, places]
    chances = chances / chances.sum(axis=1, keepdims=True) if len(chances) else chances
    return replace(rows, arms=tuple(kept), chances=chances, action=np.searchsorted(places, rows.action))


def _controls(nights: Nights) -> tuple[tuple[str, ...], dict[str, int], Floats]:
    """The intercept and each control that says something of its own; unknown values are the mean of the known."""
    columns = np.ones((len(nights.outcome), 1))
    names, filled = [], {}
    for name, values in nights.controls.items():
        known = np.isfinite(values)
        mean = values[known].mean() if known.any() else 0.0
        more = np.column_stack([columns, np.where(known, values, mean) - mean])
        if rank(more) == more.shape[1]:
            columns, filled[name] = more, int((~known).sum())
            names.append(name)
    return tuple(names), filled, columns


def _fit(nights: Nights, controls: Floats, others: Sequence[str]) -> Fit:
    rows = np.arange(len(nights.action))
    target = numerator(nights.chances)
    weights = target[rows, nights.action] / nights.chances[rows, nights.action]
    places = [nights.arms.index(arm) for arm in others]
    sent = np.equal.outer(nights.action, places).astype(float)
    return fit(nights.outcome, np.column_stack([controls, sent - target[:, places]]), weights, nights.person)


def _weights(strategy: str, reference: str, places: Mapping[str, int], kept: Sequence[str], found: Fit) -> Floats:
    """What to make of the coefficients, each of which compares its arm with the base."""
    weights = np.zeros(len(found.coefficients))
    if strategy in places:
        weights[places[strategy]] = 1.0
    if reference == OTHERS:
        for arm in set(kept) & set(places) - {strategy}:
            weights[places[arm]] -= 1 / (len(kept) - 1)
    return weights


def _estimate(counted: Estimate, found: Fit, weights: Floats, outcome: str) -> Estimate:
    estimate, se = found.contrast(weights)
    low, high, p = found.interval(estimate, se)
    told = replace(counted, estimate=estimate, se=se, ci_low=low, ci_high=high, p=p)
    unsure = low <= 0 <= high and (low <= -MATTERS[outcome] or high >= MATTERS[outcome])
    return replace(told, note=TOO_FEW) if unsure else told


def _told(
    used: Nights,
    outcome: str,
    found: Fit | None,
    names: tuple[str, ...],
    filled: Mapping[str, int],
    strategies: Sequence[Estimate],
) -> Effects:
    clusters = len(np.unique(used.person))
    df = found.df if found else None
    return Effects(outcome, len(used.action), clusters, df, names, filled, tuple(strategies))
