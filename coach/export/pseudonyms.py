"""De-identify rows: pseudonyms, renumbered records, shifted dates, identifying columns left out. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from coach.export.columns import Column, Rule
from coach.export.decisions_csv import Value

Row = Sequence[Value]


@dataclass(slots=True)
class Alias:
    """A participant's pseudonym, the weeks their dates are shifted back, and the record numbers given out so far."""

    id: str
    weeks: int
    numbers: dict[str, dict[Value, str]] = field(default_factory=dict)

    def deidentified(self, row: Row, columns: Sequence[Column]) -> list[Value]:
        """Apply the columns' rules to a row. Records are numbered in order of appearance."""
        return [self._apply_rule(value, column) for value, column in zip(row, columns, strict=True)]

    def _apply_rule(self, value: Value, column: Column) -> Value:
        if value is None or column.rule is Rule.LEFT_OUT:
            return None
        if column.rule is Rule.PSEUDONYM:
            return self.id
        if column.rule is Rule.NUMBERED:
            return self._number(column.name, value)
        if column.rule is Rule.KEPT:
            return value
        return self._shifted(value)

    def _shifted(self, value: Value) -> Value:
        back = timedelta(weeks=self.weeks)
        if isinstance(value, datetime):
            return (value - back).replace(minute=0, second=0, microsecond=0)
        return value - back if isinstance(value, date) else value

    def _number(self, name: str, value: Value) -> str:
        """Return the new number of a record. The same `decision_id` gets the same number in every table."""
        known = self.numbers.setdefault(name, {})
        return known.setdefault(value, f"{self.id}-{name[0]}{len(known) + 1}")


def small_cells(columns: Sequence[Column], rows: Iterable[Row], names: Sequence[str], fewest: int) -> list[str]:
    """Return a sentence for each value that fewer than `fewest` people share."""
    places = {name: [column.name for column in columns].index(name) for name in names}
    counts: dict[tuple[str, Value], int] = {}
    for row in rows:
        for name, place in places.items():
            counts[name, row[place]] = counts.get((name, row[place]), 0) + 1
    return [f"{name} {value} has {count}" for (name, value), count in sorted(counts.items(), key=str) if count < fewest]
