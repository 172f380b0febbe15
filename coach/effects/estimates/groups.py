"""Which arms are compared with each other, and on which rows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.effects.estimates.nights import Nights
from coach.effects.estimates.right_night import NEXT, OWN, WITHOUT
from coach.effects.estimates.wcls import Floats, rank
from schedules.decisions.policies import NONE

OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Group:
    """Arms that are compared with each other, on the nights of one part.

    `base` is the arm that the others are compared with; None if each is compared with the average of the others.
    """

    part: int
    arms: tuple[str, ...]
    base: str | None

    @property
    def reference(self) -> str:
        """What the estimates of this group are differences from."""
        return NONE if self.base == NONE else OTHERS

    def rows(self, nights: Nights) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """The rows of the part."""
        return np.ones(len(nights.action), dtype=bool) if nights.part is None else nights.part == self.part

    def narrowed(self, arms: Sequence[str]) -> "Group":
        """Return the group with no more than these arms."""
        return replace(self, arms=tuple(arm for arm in self.arms if arm in arms))

    @property
    def own_base(self) -> str | None:
        """The arm that has no coefficient."""
        return self.base or next(iter(self.arms), None)


def groups_of(nights: Nights) -> list[Group]:
    """The steps of tonight and those of tomorrow, of which one kind is usually absent."""
    base = NONE if NONE in nights.arms and nights.chances[:, nights.arms.index(NONE)].any() else None
    arms = [arm for arm in nights.arms if arm not in (NONE, WITHOUT)]
    if nights.part is None:
        return [Group(OWN, tuple(arms), base)]
    late = tuple(arm for arm in arms if arm in nights.tomorrow)
    return [
        Group(OWN, tuple(arm for arm in arms if arm not in nights.tomorrow), base),
        Group(NEXT, late, base or WITHOUT),
    ]


def drawn(nights: Nights) -> Nights:
    """Return the rows on which something was drawn."""
    for arm in (NONE, WITHOUT):
        if arm in nights.arms:
            nights = nights.only(nights.chances[:, nights.arms.index(arm)] < 1)
    return nights


def control_columns(nights: Nights) -> tuple[tuple[str, ...], dict[str, int], Floats]:
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
