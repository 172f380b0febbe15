"""A row without identity: a pseudonym, records numbered anew, dates moved, and nothing that tells who. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from coach.export.columns import Column, Rule
from coach.export.decisions_csv import Value

Row = Sequence[Value]


@dataclass(slots=True)
class Alias:
    """One person's pseudonym, how many weeks their dates move back, and the numbers their records have had so far."""

    id: str
    weeks: int
    numbers: dict[str, dict[Value, str]] = field(default_factory=dict)

    def deidentified(self, row: Row, columns: Sequence[Column]) -> list[Value]:
        """The row under the columns' rules. Records are numbered in the order in which they come."""
        return [self._changed(value, column) for value, column in zip(row, columns, strict=True)]

    def _changed(self, value: Value, column: Column) -> Value:
        if value is None or column.rule is Rule.LEFT_OUT:
            return None
        if column.rule is Rule.PSEUDONYM:
            return self.id
        if column.rule is Rule.NUMBERED:
            return self._number(column.name, value)
        if column.rule is Rule.KEPT:
            return value
        return self._moved(value)

    def _moved(self, value: Value) -> Value:
        back = timedelta(weeks=self.weeks)
        if isinstance(value, datetime):
            return (value - back).replace(minute=0, second=0, microsecond=0)
        return value - back if isinstance(value, date) else value

    def _number(self, name: str, value: Value) -> str:
        """`decision_id` has the same number wherever it stands."""
        known = self.numbers.setdefault(name, {})
        return known.setdefault(value, f"{self.id}-{name[0]}{len(known) + 1}")


def small_cells(columns: Sequence[Column], rows: Iterable[Row], names: Sequence[str], fewest: int) -> list[str]:
    """Sentences about values that fewer people share than `fewest`."""
    places = {name: [column.name for column in columns].index(name) for name in names}
    counts: dict[tuple[str, Value], int] = {}
    for row in rows:
        for name, place in places.items():
            counts[name, row[place]] = counts.get((name, row[place]), 0) + 1
    return [f"{name} {value} has {count}" for (name, value), count in sorted(counts.items(), key=str) if count < fewest]
