"""From rows to the arrays that the effects are reckoned from, however the rows come. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np

from coach.effects import Nights


@dataclass(slots=True)
class Gathered:
    """Columns that grow row by row. Vectors are kept once each: nights share them."""

    controls: tuple[str, ...]
    people: dict[str, int] = field(default_factory=dict)
    person: list[int] = field(default_factory=list)
    vectors: dict[Hashable, Mapping[str, float]] = field(default_factory=dict)
    vector: list[Hashable] = field(default_factory=list)
    action: list[str] = field(default_factory=list)
    outcome: list[float] = field(default_factory=list)
    known: list[list[float]] = field(default_factory=list)

    def add(
        self,
        person: str,
        key: Hashable,
        vector: Mapping[str, float],
        action: str,
        outcome: float | None,
        known: Sequence[float | None],
    ) -> None:
        """An available decision point; `key` names its vector, `known` has a value for each control."""
        self.person.append(self.people.setdefault(person, len(self.people)))
        self.vectors.setdefault(key, vector)
        self.vector.append(key)
        self.action.append(action)
        self.outcome.append(nan if outcome is None else outcome)
        self.known.append([nan if one is None else one for one in known])

    def nights(self) -> Nights:
        """The rows as arrays."""
        arms = tuple(sorted({arm for vector in self.vectors.values() for arm in vector}))
        places = {arm: place for place, arm in enumerate(arms)}
        rows = {key: place for place, key in enumerate(self.vectors)}
        vectors = np.array([[vector.get(arm, 0.0) for arm in arms] for vector in self.vectors.values()], dtype=float)
        known = np.array(self.known, dtype=float).reshape(len(self.known), len(self.controls))
        which = np.array([rows[key] for key in self.vector], dtype=np.int64)
        return Nights(
            arms,
            tuple(self.people),
            np.array(self.person, dtype=np.int64),
            vectors.reshape(len(rows), len(arms))[which],
            np.array([places[action] for action in self.action], dtype=np.int64),
            np.array(self.outcome, dtype=float),
            {name: known[:, place] for place, name in enumerate(self.controls)},
        )
