"""Reading a decisions file for the effects: the project's own, or any study's with the same columns. Pure.

Needed: participant_id, available (1 or 0), probabilities (JSON object of arm to probability), action, outcome_score
(empty where none came), and the controls. Used if they are there: acts_on and outcome_on (which night a step acts on,
and which one the score is of) with local_date, programme and policy. Other columns may be there or not.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

from coach.effects.estimates.arrays import ANY, TOMORROW, Dated, Gathered
from coach.effects.estimates.nights import Nights
from coach.effects.results import Stratum
from schedules.decisions.policies import NONE

NEEDED = ("participant_id", "available", "probabilities", "action", "outcome_score")
PRIOR = "prior_score"
ACTS_ON = ("tonight", TOMORROW, "")
MOST_ERRORS = 20
MOST_VECTORS = 5000  # remembered, since nights share them; in a large file of many policies they would fill the memory
WHOLE = 0.005  # how far a vector of rounded probabilities may be from summing to 1


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with a file; row 1 is the heading."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.reason}" if self.column else f"row {self.row}: {self.reason}"


class FileError(ValueError):
    """The file cannot be used. `errors` are sentences, at most `MOST_ERRORS`, and how many more there are."""

    def __init__(self, errors: Sequence[CellError], more: int = 0) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = tuple(errors)
        self.more = more


@dataclass(slots=True)
class Checked:
    """The rows so far, and what was wrong on the way."""

    controls: tuple[str, ...]
    rows: Gathered
    vectors: dict[str, dict[str, float]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    acts_on: dict[str, str] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)

    def add(self, number: int, row: Mapping[str, str]) -> None:
        """Take a row in, or note why not."""
        wrong = [CellError(number, column, reason) for column, reason in self._wrong(row)]
        self.errors += wrong
        if wrong:
            return
        person, score, dated = row["participant_id"].strip(), number_in(row["outcome_score"]), _dated(row)
        if row["available"].strip() == "0":
            self.rows.add_not_drawn(person, score, dated)
            return
        known = [number_in(row[name]) for name in self.controls]
        vector = self.vectors[row["probabilities"]]
        self.rows.add(person, vector, row["action"].strip(), score, known, dated, _stratum(row))

    def _wrong(self, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if not row["participant_id"].strip():
            yield "participant_id", "it is empty: every row needs its person"
        if id := row.get("decision_id", "").strip():
            if id in self.seen:
                yield "decision_id", f"{id} is there twice: each decision may be in the file once"
            self.seen.add(id)
        for name in ("outcome_score", *self.controls):
            if row[name].strip() and number_in(row[name]) is None:
                yield name, f"'{_short(row[name])}' is not a number"
        if row["available"].strip() not in ("0", "1"):
            yield "available", f"'{_short(row['available'])}' must be 1 or 0"
        elif row["available"].strip() == "1":
            yield from self._wrong_draw(row["probabilities"], row["action"].strip())
        yield from self._wrong_night(row.get("acts_on", "").strip(), row)

    def _wrong_night(self, acts_on: str, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        action = row["action"].strip()
        if acts_on not in ACTS_ON:
            yield "acts_on", f"'{_short(acts_on)}' must be tonight or tomorrow, or empty"
        elif acts_on and action and action != NONE and self.acts_on.setdefault(action, acts_on) != acts_on:
            yield "acts_on", f"{_short(action)} is for {self.acts_on[action]} in an earlier row"
        if (cell := row.get("outcome_on", "").strip()) and date_in(cell) is None:
            yield "outcome_on", f"'{_short(cell)}' is not a date such as 2026-03-02"

    def _wrong_draw(self, vector: str, action: str) -> Iterator[tuple[str, str]]:
        if vector not in self.vectors:
            if len(self.vectors) == MOST_VECTORS:
                self.vectors.clear()
            try:
                self.vectors[vector] = read_vector(vector)
            except ValueError as error:
                yield "probabilities", str(error)
                return
        if not action:
            yield "action", "it is empty although available is 1"
        elif not self.vectors[vector].get(action):
            yield "action", f"'{_short(action)}' had no probability in this row"


def read_nights(lines: Iterator[str], controls: Sequence[str] = (PRIOR,)) -> Nights:
    """All available decision points of a CSV file, given by its lines, whatever their programme and policy.

    Raises:
        FileError: something in it is wrong; every reason with its row and column.
    """
    return _read(lines, tuple(dict.fromkeys(controls))).nights()


def read_sets(lines: Iterator[str], controls: Sequence[str] = (PRIOR,)) -> list[tuple[Stratum, Nights]]:
    """The available decision points of each programme and policy apart; the largest set first.

    Raises:
        FileError: see `read_nights`.
    """
    return list(_read(lines, tuple(dict.fromkeys(controls))).sets())


def _read(lines: Iterator[str], controls: tuple[str, ...]) -> Gathered:
    reader = csv.reader(lines, strict=True)
    checked = Checked(controls, Gathered(controls))
    number = 1
    try:
        heading = [name.strip() for name in next(reader, [])]
        _check_heading(heading, controls)
        for number, cells in enumerate(reader, start=2):
            if len(cells) == len(heading):
                checked.add(number, dict(zip(heading, cells, strict=True)))
            elif cells:
                checked.errors.append(CellError(number, "", f"it has {len(cells)} cells, not {len(heading)}"))
    except csv.Error as error:
        checked.errors.append(CellError(number + 1, "", f"this is not well-formed CSV ({error})"))
    if checked.errors:
        raise FileError(checked.errors[:MOST_ERRORS], len(checked.errors[MOST_ERRORS:]))
    if not checked.rows.person:
        raise FileError([CellError(number, "", "the file has no decision at which someone was available")])
    return checked.rows


def _dated(row: Mapping[str, str]) -> Dated:
    on, outcome_on = date_in(row.get("local_date", "")), date_in(row.get("outcome_on", ""))
    return Dated(on, outcome_on, row.get("acts_on", "").strip())


def _stratum(row: Mapping[str, str]) -> Stratum:
    programme = row.get("programme", "").strip()
    return Stratum(programme, row.get("policy", "").strip()) if programme else ANY


def _check_heading(heading: Sequence[str], controls: Sequence[str]) -> None:
    if not any(heading):
        raise FileError([CellError(1, "", "the file is empty: its first row must name the columns")])
    wrong = [CellError(1, name, "this column is missing") for name in NEEDED if name not in heading]
    for name in controls:
        if name not in heading:
            hint = "; name the columns to control for with --control" if name == PRIOR else ""
            wrong.append(CellError(1, name, f"there is no such column to control for{hint}"))
    wrong += [CellError(1, name, "this column is there twice") for name in {*heading} if heading.count(name) > 1]
    if wrong:
        raise FileError(wrong)


def read_vector(cell: str) -> dict[str, float]:
    """A probability vector from its cell. Raises ValueError with the reason."""
    try:
        found = json.loads(cell)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not found:
        raise ValueError(f"'{_short(cell)}' is not a JSON object of arm to probability")
    for arm, chance in found.items():
        if isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 <= chance <= 1:
            raise ValueError(f"the probability of {_short(arm)} must be a number from 0 to 1")
    if abs(sum(found.values()) - 1) > WHOLE:
        raise ValueError(f"they sum to {sum(found.values()):.3f}, not 1")
    return {arm: float(chance) for arm, chance in found.items()}


def number_in(cell: str) -> float | None:
    """The finite number in a cell, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if isfinite(value) else None


def date_in(cell: str) -> date | None:
    """The date in a cell, or None."""
    try:
        return date.fromisoformat(cell.strip())
    except ValueError:
        return None


def _short(cell: str) -> str:
    return cell if len(cell) <= 40 else cell[:39] + "…"
