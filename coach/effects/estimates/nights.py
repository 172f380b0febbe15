"""Decision points as arrays, one row each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from coach.effects.estimates.wcls import Floats, Whole


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
        tomorrow: arms that act on the night after, if the rows are dated.
        later: the score of the night after, NaN where unknown.
        open: the probability that the evening after leaves its own night's score in the rows; NaN where it does not.
        part: 0 where the outcome is of the evening's own night, 1 where of the night after; None before they are apart.
        point: the decision point that a row is of: an evening without a step has one row in each part.
        weights: of the rows; None if all are the same.
    """

    arms: tuple[str, ...]
    people: tuple[str, ...]
    person: Whole
    chances: Floats
    action: Whole
    outcome: Floats
    controls: Mapping[str, Floats] = field(default_factory=dict)
    tomorrow: frozenset[str] = frozenset()
    later: Floats | None = None
    open: Floats | None = None
    part: Whole | None = None
    point: Whole | None = None
    weights: Floats | None = None

    def only(self, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Nights":
        """Return some of the rows."""
        changes: dict[str, Any] = {
            one.name: values[rows] for one in fields(self) if isinstance(values := getattr(self, one.name), np.ndarray)
        }
        controls = {name: values[rows] for name, values in self.controls.items()}
        return replace(self, **changes, controls=controls)

    def of_possible_arms(self) -> "Nights":
        """Return the same without arms that never had a probability."""
        places = np.flatnonzero(self.chances.max(axis=0, initial=0.0) > 0)
        arms = tuple(self.arms[place] for place in places)
        return replace(self, arms=arms, chances=self.chances[:, places], action=np.searchsorted(places, self.action))
