"""From rows to the arrays that the effects are reckoned from, however the rows come. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np

from coach.effects.estimate import Nights
from coach.effects.wcls import Floats

BLOCK = 4096  # rows: vectors as dictionaries are twenty times larger than as numbers


@dataclass(slots=True)
class Gathered:
    """Columns that grow row by row; a block of vectors at a time becomes an array."""

    controls: tuple[str, ...]
    people: dict[str, int] = field(default_factory=dict)
    arms: dict[str, int] = field(default_factory=dict)
    person: list[int] = field(default_factory=list)
    action: list[int] = field(default_factory=list)
    outcome: list[float] = field(default_factory=list)
    known: list[float] = field(default_factory=list)
    vectors: list[Mapping[str, float]] = field(default_factory=list)
    blocks: list[Floats] = field(default_factory=list)

    def add(
        self,
        person: str,
        vector: Mapping[str, float],
        action: str,
        outcome: float | None,
        known: Sequence[float | None],
    ) -> None:
        """An available decision point; `action` is one of the vector's arms, `known` has a value for each control."""
        for arm in vector:
            self.arms.setdefault(arm, len(self.arms))
        self.person.append(self.people.setdefault(person, len(self.people)))
        self.action.append(self.arms[action])
        self.outcome.append(nan if outcome is None else outcome)
        self.known += [nan if one is None else one for one in known]
        self.vectors.append(vector)
        if len(self.vectors) == BLOCK:
            self._close_block()

    def _close_block(self) -> None:
        block = np.array([[vector.get(arm, 0.0) for arm in self.arms] for vector in self.vectors], dtype=float)
        self.blocks.append(block.reshape(len(self.vectors), len(self.arms)))
        self.vectors = []

    def nights(self) -> Nights:
        """The rows as arrays, arms in order of id."""
        self._close_block()
        order = sorted(self.arms, key=str)
        places = np.array([self.arms[arm] for arm in order], dtype=np.int64)
        chances = np.zeros((len(self.person), len(self.arms)))
        first = 0
        for block in self.blocks:  # an arm that came later had no probability in an earlier block
            chances[first : first + len(block), : block.shape[1]] = block
            first += len(block)
        known = np.array(self.known, dtype=float).reshape(len(self.person), len(self.controls))
        return Nights(
            tuple(order),
            tuple(self.people),
            np.array(self.person, dtype=np.int64),
            chances[:, places],
            np.argsort(places)[np.array(self.action, dtype=np.int64)],
            np.array(self.outcome, dtype=float),
            {name: known[:, place] for place, name in enumerate(self.controls)},
        )
