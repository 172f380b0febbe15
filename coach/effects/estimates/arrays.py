"""From rows to the arrays that the effects are computed from, wherever the rows come from. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import nan

import numpy as np

from coach.effects.estimates.nights import Nights
from coach.effects.estimates.right_night import UNKNOWN, Evenings, look_ahead
from coach.effects.estimates.wcls import Floats
from coach.effects.results import Stratum
from coach.export.decisions_csv import DecisionRow
from schedules.decisions.policies import NONE

BLOCK = 4096  # rows: vectors as dictionaries are twenty times larger than as numbers
TOMORROW = "tomorrow"


@dataclass(frozen=True, slots=True)
class Dated:
    """When a row's evening was, which night its score is of, and which night its step acts on, if known."""

    on: date | None = None
    outcome_on: date | None = None
    acts_on: str = ""

    @property
    def evening(self) -> int:
        """The day number of the evening."""
        if self.on is not None:
            return self.on.toordinal()
        if self.outcome_on is None:
            return UNKNOWN
        return self.outcome_on.toordinal() - (self.acts_on == TOMORROW)

    @property
    def night(self) -> int:
        """The day number of the night that the score is of."""
        return self.outcome_on.toordinal() if self.outcome_on else self.evening


UNDATED = Dated()
ANY = Stratum()


@dataclass(slots=True)
class Gathered:
    """Columns that grow row by row; a block of vectors at a time becomes an array."""

    controls: tuple[str, ...]
    people: dict[str, int] = field(default_factory=dict)
    arms: dict[str, int] = field(default_factory=dict)
    strata: dict[Stratum, int] = field(default_factory=dict)
    tomorrow: set[str] = field(default_factory=set)
    person: list[int] = field(default_factory=list)
    action: list[int] = field(default_factory=list)
    outcome: list[float] = field(default_factory=list)
    stratum: list[int] = field(default_factory=list)
    evening: list[int] = field(default_factory=list)
    night: list[int] = field(default_factory=list)
    known: list[float] = field(default_factory=list)
    not_drawn: list[tuple[int, int, int, float]] = field(default_factory=list)
    vectors: list[Mapping[str, float]] = field(default_factory=list)
    blocks: list[Floats] = field(default_factory=list)

    def add(
        self,
        person: str,
        vector: Mapping[str, float],
        action: str,
        outcome: float | None,
        known: Sequence[float | None],
        dated: Dated = UNDATED,
        stratum: Stratum = ANY,
    ) -> None:
        """Add an available decision point.

        `action` is one of the vector's arms, `known` has a value for each control.
        """
        for arm in vector:
            self.arms.setdefault(arm, len(self.arms))
        if dated.acts_on == TOMORROW and action != NONE:
            self.tomorrow.add(action)
        self.person.append(self.people.setdefault(person, len(self.people)))
        self.action.append(self.arms[action])
        self.outcome.append(nan if outcome is None else outcome)
        self.stratum.append(self.strata.setdefault(stratum, len(self.strata)))
        self.evening.append(dated.evening)
        self.night.append(dated.night)
        self.known += [nan if one is None else one for one in known]
        self.vectors.append(vector)
        if len(self.vectors) == BLOCK:
            self._close_block()

    def add_decision(self, row: DecisionRow) -> None:
        """Add a row of our own, with the last score as its only control."""
        dated, person = Dated(row.local_on, row.outcome_on, row.acts_on or ""), str(row.participant_id)
        if not row.available or row.action is None:
            self.add_not_drawn(person, row.outcome_score, dated)
            return
        stratum = Stratum(row.programme, row.policy) if row.programme else ANY
        self.add(person, row.probabilities, row.action, row.outcome_score, [row.prior_score], dated, stratum)

    def add_not_drawn(self, person: str, outcome: float | None, dated: Dated) -> None:
        """Add an evening on which nothing was drawn: its night may have a score all the same."""
        if dated.evening != UNKNOWN:
            number = self.people.setdefault(person, len(self.people))
            self.not_drawn.append((number, dated.evening, dated.night, nan if outcome is None else outcome))

    def _close_block(self) -> None:
        block = np.array([[vector.get(arm, 0.0) for arm in self.arms] for vector in self.vectors], dtype=float)
        self.blocks.append(block.reshape(len(self.vectors), len(self.arms)))
        self.vectors = []

    def nights(self) -> Nights:
        """Return all rows as arrays, arms in order of id."""
        self._close_block()
        order = sorted(self.arms, key=str)
        places = np.array([self.arms[arm] for arm in order], dtype=np.int64)
        chances = np.zeros((len(self.person), len(self.arms)))
        first = 0
        for block in self.blocks:  # an arm that came later had no probability in an earlier block
            chances[first : first + len(block), : block.shape[1]] = block
            first += len(block)
        known = np.array(self.known, dtype=float).reshape(len(self.person), len(self.controls))
        found = Nights(
            tuple(order),
            tuple(self.people),
            np.array(self.person, dtype=np.int64),
            chances[:, places],
            np.argsort(places)[np.array(self.action, dtype=np.int64)],
            np.array(self.outcome, dtype=float),
            {name: known[:, place] for place, name in enumerate(self.controls)},
        )
        if not self.tomorrow:
            return found
        dates = Evenings(np.array(self.evening, dtype=np.int64), np.array(self.night, dtype=np.int64), self.not_drawn)
        return look_ahead(replace(found, tomorrow=frozenset(self.tomorrow)), dates)

    def sets(self) -> Iterator[tuple[Stratum, Nights]]:
        """Yield the rows of each stratum; the one with the most scored nights first."""
        nights, stratum = self.nights(), np.array(self.stratum, dtype=np.int64)
        scored = np.bincount(stratum[np.isfinite(nights.outcome)], minlength=len(self.strata))
        for one, place in sorted(self.strata.items(), key=lambda item: (-scored[item[1]], str(item[0]))):
            yield one, nights.only(stratum == place).of_possible_arms() if len(self.strata) > 1 else nights
