"""De-identify rows: pseudonyms, renumbered records, shifted dates, no instants, identifying columns left out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from coach.export.columns import STEP_MINUTES, Column, Rule
from coach.export.decisions_csv import Value

Row = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Evening:
    """A person's evening: when it begins by the wall clock of which zone."""

    zone: str
    begins_at: time

    def minutes_since(self, on: date, at: datetime) -> int:
        """Return the minutes between the evening of a date and an instant, by the wall clock, in whole steps.

        Not the time that has passed: that would tell when the clocks were changed.
        """
        passed = self.wall_clock(at) - datetime.combine(on, self.begins_at)
        return passed // timedelta(minutes=STEP_MINUTES) * STEP_MINUTES

    def wall_clock(self, at: datetime) -> datetime:
        """Return what a clock on the wall shows at an instant."""
        return at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)


@dataclass(slots=True)
class Alias:
    """A participant's pseudonym, the weeks their dates are shifted back, their evening, and record numbers so far."""

    id: str
    weeks: int
    evening: Evening
    numbers: dict[str, dict[Value, str]] = field(default_factory=dict)

    def deidentified(self, row: Row, columns: tuple[Column, ...]) -> list[Value]:
        """Apply the columns' rules to a row. Records are numbered in order of appearance."""
        places = _places(columns)
        return [self._apply_rule(value, column, row, places) for value, column in zip(row, columns, strict=True)]

    def _apply_rule(self, value: Value, column: Column, row: Row, places: Mapping[str, int]) -> Value:
        if value is None or column.rule is Rule.LEFT_OUT:
            return None
        if column.rule is Rule.PSEUDONYM:
            return self.id
        if column.rule is Rule.NUMBERED:
            return self._number(column.name, value)
        if column.rule is Rule.KEPT:
            return value
        if isinstance(value, datetime) and column.rule is Rule.SINCE_EVENING:
            on = row[places[column.evening_on]]
            return self.evening.minutes_since(on, value) if isinstance(on, date) else None
        if isinstance(value, datetime):
            value = self.evening.wall_clock(value).date()
        return value - timedelta(weeks=self.weeks) if isinstance(value, date) else None

    def _number(self, name: str, value: Value) -> str:
        """Return the new number of a record. The same `decision_id` gets the same number in every table."""
        known = self.numbers.setdefault(name, {})
        return known.setdefault(value, f"{self.id}-{name[0]}{len(known) + 1}")


@cache
def _places(columns: tuple[Column, ...]) -> Mapping[str, int]:
    return {column.name: place for place, column in enumerate(columns)}


def small_cells(columns: Sequence[Column], rows: Iterable[Row], names: Sequence[str], fewest: int) -> list[str]:
    """Return a sentence for each value that fewer than `fewest` people share."""
    places = {name: [column.name for column in columns].index(name) for name in names}
    counts: dict[tuple[str, Value], int] = {}
    for row in rows:
        for name, place in places.items():
            counts[name, row[place]] = counts.get((name, row[place]), 0) + 1
    return [f"{name} {value} has {count}" for (name, value), count in sorted(counts.items(), key=str) if count < fewest]
