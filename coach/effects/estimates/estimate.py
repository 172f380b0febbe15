"""What each step does, estimated from the logged randomization, never from who did it and who did not. Pure.

A night counts by what was assigned, whether or not it arrived or was done (intention to treat). Docs:
docs/explanation/effects.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from coach.effects.estimates.evidence import Block
from coach.effects.estimates.groups import Group, control_columns, drawn, groups_of
from coach.effects.estimates.missing import answer_weights, tipping_points
from coach.effects.estimates.nights import Nights
from coach.effects.estimates.pooled import pool
from coach.effects.estimates.right_night import parted
from coach.effects.estimates.wcls import Fit, Floats, SingularError, fit, numerator
from coach.effects.results import REPLIED, SCORE, Effects, Estimate, Pooled, Report, Stratum

# Under these a step is set aside: a number from less would say more about a few people than about the step.
FEWEST_NIGHTS = 10
FEWEST_PEOPLE = 5
# An interval that holds both no difference and one that would matter has too few nights to tell.
MATTERS: Mapping[str, float] = {SCORE: 1.0, REPLIED: 0.1}
TOO_FEW = "too few nights to tell"
NEVER, ALWAYS = "never sent: nothing to estimate", "always sent: nothing to compare it with"
MANY_PARAMETERS = f"{TOO_FEW}: too few people for so many steps"
INSEPARABLE = "cannot be told apart from the others in these nights"


def report(nights: Nights, family: int = 0) -> Report:
    """Everything that `coach effects` tells of a file, with the controls that the nights carry.

    Args:
        nights: of people with the same programme and policy.
        family: the number of steps in the whole file, if more than in these nights.
    """
    nights = drawn(parted(nights))
    replied = replace(nights, outcome=np.isfinite(nights.outcome).astype(float))
    weights = answer_weights(nights) * (1 if nights.weights is None else nights.weights)
    pooled = pool_steps(nights, family)
    return Report(
        estimate_effects(nights, SCORE),
        estimate_effects(replace(nights, controls={}), SCORE),
        estimate_effects(replied, REPLIED),
        estimate_effects(replace(nights, weights=weights), SCORE),
        pooled,
        tipping_points(nights, pooled),
    )


def report_sets(sets: Sequence[tuple[Stratum, Nights]]) -> list[tuple[Stratum, Report]]:
    """A report of each set; "clear" holds for the steps of all of them together."""
    family = sum(count_steps(nights) for _, nights in sets)
    return [(stratum, report(nights, family)) for stratum, nights in sets]


def estimate_effects(nights: Nights, outcome: str) -> Effects:
    """Each strategy against `none` where that ever had a probability, else against the average of the others.

    Nights on which no step was possible are no part of it: nothing was drawn on them.
    """
    nights = drawn(parted(nights))
    nights = nights.only(np.isfinite(nights.outcome))
    groups = groups_of(nights)
    plain = _counted(nights, groups)
    kept = [one for group in groups if (one := _with_enough(nights, group)) is not None]
    if not kept:
        return _told(nights, outcome, None, (), {}, plain)
    used = _conditioned(nights, kept)
    names, filled, controls = control_columns(used)
    others = [arm for arm in used.arms for group in kept if arm in group.arms and arm != group.own_base]
    try:
        found = _fit(used, kept, controls, others)
    except SingularError as error:
        why = MANY_PARAMETERS if "parameters" in str(error) else INSEPARABLE
        blank = [replace(one, note=one.note or why) for one in plain]
        return _told(used, outcome, None, names, filled, blank)
    counted = {one.strategy: one for one in _counted(used, kept)}
    places = {arm: controls.shape[1] + place for place, arm in enumerate(others)}
    weights = {arm: _weights(arm, group, places, found) for group in kept for arm in group.arms}
    done = [
        _estimate(counted[one.strategy], found, weights[one.strategy], outcome) if one.strategy in weights else one
        for one in plain
    ]
    return _told(used, outcome, found, names, filled, done)


def _counted(nights: Nights, groups: Sequence[Group]) -> list[Estimate]:
    """Every strategy that could have been sent, with its counts, and why it has no estimate if that is plain."""
    found = []
    for group in groups:
        part = nights.only(group.rows(nights))
        counts = np.bincount(part.action, minlength=len(nights.arms))
        possible = part.chances.max(axis=0, initial=0.0) > 0
        total = int(counts.sum())
        withheld = int(counts[nights.arms.index(group.base)]) if group.base else 0
        for arm in group.arms:
            place = nights.arms.index(arm)
            if not possible[place]:
                continue
            n = int(counts[place])
            n_reference = withheld if group.base else total - n
            note = _plain_note(part, place, n, n_reference)
            found.append(Estimate(arm, group.reference, n, n_reference, note=note))
    return sorted(found, key=lambda one: nights.arms.index(one.strategy))


def _plain_note(nights: Nights, place: int, n: int, n_reference: int) -> str:
    if not n:
        return NEVER
    if not n_reference and n == len(nights.action):
        return ALWAYS
    people = len(set(nights.person[nights.action == place].tolist()))
    return TOO_FEW if min(n, n_reference) < FEWEST_NIGHTS or people < FEWEST_PEOPLE else ""


def _with_enough(nights: Nights, group: Group) -> Group | None:
    """The arms with nights and persons enough; None if there are not two of them to compare."""
    part = nights.only(group.rows(nights))
    counts = np.bincount(part.action, minlength=len(nights.arms))
    enough = [
        arm
        for place, arm in enumerate(nights.arms)
        if counts[place] >= FEWEST_NIGHTS and len(set(part.person[part.action == place].tolist())) >= FEWEST_PEOPLE
    ]
    kept = group.narrowed(enough)
    if group.base and group.base not in enough:
        return None
    return kept if len(kept.arms) + (group.base is not None) >= 2 else None


def _conditioned(nights: Nights, groups: Sequence[Group]) -> Nights:
    """The nights of the kept arms, with the probabilities given that one of them was drawn."""
    kept = {arm for group in groups for arm in (*group.arms, group.base) if arm}
    places = [place for place, arm in enumerate(nights.arms) if arm in kept]
    if len(places) == len(nights.arms) and (nights.part is None or len(groups) == 2):
        return nights
    rows = np.isin(nights.action, places)
    if nights.part is not None:
        rows &= np.isin(nights.part, [group.part for group in groups])
    nights = nights.only(rows)
    chances = nights.chances[:, places]
    chances = chances / chances.sum(axis=1, keepdims=True) if len(chances) else chances
    arms = tuple(nights.arms[place] for place in places)
    return replace(nights, arms=arms, chances=chances, action=np.searchsorted(places, nights.action))


def _fit(nights: Nights, groups: Sequence[Group], controls: Floats, others: Sequence[str]) -> Fit:
    rows = np.arange(len(nights.action))
    target = numerator(nights.chances) if nights.part is None else np.zeros_like(nights.chances)
    for group in groups if nights.part is not None else ():
        target[group.rows(nights)] = numerator(nights.chances[group.rows(nights)])
    weights = target[rows, nights.action] / nights.chances[rows, nights.action]
    if nights.weights is not None:
        weights = weights * nights.weights
    places = [nights.arms.index(arm) for arm in others]
    sent = np.equal.outer(nights.action, places).astype(float)
    return fit(nights.outcome, np.column_stack([controls, sent - target[:, places]]), weights, nights.person)


def _weights(strategy: str, group: Group, places: Mapping[str, int], found: Fit) -> Floats:
    """What to make of the coefficients, each of which compares its arm with the base."""
    weights = np.zeros(len(found.coefficients))
    if strategy in places:
        weights[places[strategy]] = 1.0
    if group.base is None:
        for arm in set(group.arms) & set(places) - {strategy}:
            weights[places[arm]] -= 1 / (len(group.arms) - 1)
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
    nights = len(used.action) if used.point is None else len(np.unique(used.point))
    return Effects(outcome, nights, clusters, df, names, filled, tuple(strategies))


def pool_steps(nights: Nights, family: int = 0) -> dict[str, Pooled]:
    """Return each step's effect as all of them together tell it."""
    return pool(list(blocks_of(nights)), family)


def count_steps(nights: Nights) -> int:
    """Return for how many steps these nights can say something."""
    return sum(len(group.arms) for group in groups_of(drawn(parted(nights))))


def blocks_of(nights: Nights) -> Iterator[Block]:
    """Yield the scored nights on which some steps were compared, for each group of steps."""
    nights = drawn(parted(nights))
    nights = nights.only(np.isfinite(nights.outcome))
    for group in groups_of(nights):
        part = nights.only(group.rows(nights))
        counts = np.bincount(part.action, minlength=len(nights.arms))
        sent = [place for place, arm in enumerate(nights.arms) if arm in group.arms and counts[place]]
        compared = bool(counts[nights.arms.index(group.base)]) if group.base else len(sent) > 1
        if sent and compared:
            yield Block(
                tuple(nights.arms[place] for place in sent),
                part.person,
                part.outcome,
                np.equal.outer(part.action, sent).astype(float),
                part.chances[:, sent],
                control_columns(part)[2][:, 1:],
                np.ones(len(part.action)) if part.weights is None else part.weights,
                group.base is None,
            )
