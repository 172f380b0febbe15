"""De-identify rows: pseudonyms, renumbered records, shifted dates, no instants, identifying columns left out. Pure.

Each person's rows end some weeks before the export (`Alias.until`): otherwise the last row of whoever is texted now
would be of the day of the export, and the difference to its shifted date would tell all their true dates.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from coach.export.columns import DATED_BY, STEP_MINUTES, TABLES, Column, Rule
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
    """A participant's pseudonym, the weeks their dates are shifted back, their evening, and the date their rows end.

    `numbers` are the record numbers so far.
    """

    id: str
    weeks: int
    evening: Evening
    until: date
    numbers: dict[str, dict[Value, str]] = field(default_factory=dict)

    def kept(self, table: str, rows: Sequence[Row]) -> list[Row]:
        """Return a table's rows up to the person's end, and the person as they were then."""
        places = _places(TABLES[table])
        if table == "participants":
            return [self._as_then(row, places) for row in rows]
        return [row for row in rows if self._is_past(row[places[DATED_BY[table]]])]

    def _is_past(self, on: Value) -> bool:
        return isinstance(on, date) and on <= self.until

    def _as_then(self, row: Row, places: Mapping[str, int]) -> Row:
        ended_at, then = row[places["ended_at"]], dict[str, Value]()
        if not self._is_past(row[places["starts_on"]]):
            then = {"status": "invited", "starts_on": None, "ended_at": None}
        elif isinstance(ended_at, datetime) and not self._is_past(self.evening.wall_clock(ended_at).date()):
            then = {"status": "active", "ended_at": None}
        return [then.get(name, row[place]) for name, place in places.items()]

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
