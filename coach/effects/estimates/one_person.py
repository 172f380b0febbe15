"""One person's own nights: with a step against without, by a test that uses nothing but the logged probabilities. Pure.

Nothing is told under ten scored nights of each kind. The test draws "step or none" anew for each scored night from the
night's own probability, many times, and counts how often the difference of the means is at least as large as the true
one. It assumes only that a step this evening changes nothing on later nights; it needs no model of the nights.
"""

from collections.abc import Iterator

import numpy as np

from coach.effects.estimates.estimate import TOO_FEW
from coach.effects.estimates.nights import Nights
from coach.effects.estimates.right_night import OWN, parted
from coach.effects.estimates.wcls import Floats
from coach.effects.results import CLEAR, OwnNights
from schedules.decisions.policies import NONE

FEWEST_EACH = 10
DRAWS = 1999


def own_nights(nights: Nights) -> Iterator[OwnNights]:
    """Everyone with nights enough of both kinds, in order of their first row; nobody where nothing was withheld.

    Steps for tomorrow are left out: they cannot act on the night that is compared.
    """
    nights = parted(nights)
    if nights.part is not None:
        nights = nights.only(nights.part == OWN)
    if NONE not in nights.arms:
        return
    withheld = nights.arms.index(NONE)
    chance = 1 - nights.chances[:, withheld]
    rows = np.flatnonzero(np.isfinite(nights.outcome) & (chance > 0) & (chance < 1))
    rows = rows[np.argsort(nights.person[rows], kind="stable")]
    for own in np.split(rows, np.flatnonzero(np.diff(nights.person[rows])) + 1):
        nudged = nights.action[own] != withheld
        if min(int(nudged.sum()), int((~nudged).sum())) >= FEWEST_EACH:
            yield _tested(nights.people[nights.person[own[0]]], nights.outcome[own], nudged, chance[own])


def _tested(id: str, scores: Floats, nudged: "np.ndarray[tuple[int], np.dtype[np.bool_]]", chance: Floats) -> OwnNights:
    with_step, without = float(scores[nudged].mean()), float(scores[~nudged].mean())
    p = chance_alone(scores, chance, abs(with_step - without))
    n = int(nudged.sum())
    note = "" if p < CLEAR else TOO_FEW
    return OwnNights(id, n, with_step, len(scores) - n, without, p, note)


def chance_alone(scores: Floats, chance: Floats, difference: float) -> float:
    """How often redrawing the nights gives a difference of means at least as large; the true one counts as a draw.

    The draws have a fixed seed, so the same nights give the same number.
    """
    drawn = np.random.default_rng(len(scores)).random((DRAWS, len(scores))) < chance
    n = drawn.sum(axis=1)
    both = (n > 0) & (n < len(scores))
    total = drawn @ scores
    means = total[both] / n[both] - (scores.sum() - total[both]) / (len(scores) - n[both])
    return float((1 + (np.abs(means) >= difference - 1e-12).sum()) / (1 + both.sum()))
