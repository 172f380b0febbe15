"""Attacks on a de-identified export: what a reader who knows when the clocks change can find out."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine

from coach.database.schema import load_keys
from coach.export.columns import TABLES, ColumnKind
from coach.export.pseudonyms import Evening
from coach.export.write_export import export_clinic
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.pseudonyms import LONGEST_CUT
from schedules.gateway.protocol import MemoryGateway
from tests.coach.living import live
from tests.support import TestClock, say, settings_for

CLOCKS_CHANGE = date(2026, 3, 8)  # in New York, where everyone in the story lives


@pytest.fixture
def installed(sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """Twelve evenings around the change of the clocks, and answers at the same hour by the wall clock."""
    keys, gateway = load_keys(sqlite_engine), MemoryGateway(clock)
    runtime = Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, keys, gateway, clock)
    live(runtime, clock, "micro-randomised", 12)
    say(runtime, "+14155550001", "STOP")
    clock.forward(weeks=LONGEST_CUT)
    return runtime


def minutes_of_day(cell: str) -> int:
    """An instant or a number of minutes as a time of day."""
    try:
        return int(cell) % 1440
    except ValueError:
        at = datetime.fromisoformat(cell)
        return at.hour * 60 + at.minute


def recovered_dates(folder: Path) -> dict[str, date]:
    """Who has a date after which everything happens an hour earlier: the change of the clocks, in shifted dates."""
    found: dict[str, date] = {}
    for table, when in (("decisions", "decided_at"), ("check_ins", "score_at"), ("messages", "at")):
        on = next(one.name for one in TABLES[table] if one.kind is ColumnKind.DATE)
        with (folder / f"{table}.csv").open(newline="") as file:
            cells = [(row["participant_id"], row[on], row[when]) for row in csv.DictReader(file) if row[when]]
        for person in {id for id, _, _ in cells}:
            for at in _jumps([(day, cell) for id, day, cell in cells if id == person]):
                found[person] = at
    return found


def _jumps(cells: list[tuple[str, str]]) -> Iterator[date]:
    by_day: dict[str, set[int]] = {}
    for day, cell in cells:
        by_day.setdefault(day, set()).add(minutes_of_day(cell))
    days = sorted(by_day)
    for before, after in pairwise(days):
        hour_earlier = {(at - 60) % 1440 for at in by_day[before]}
        if hour_earlier & by_day[after] and not by_day[before] & by_day[after]:
            yield date.fromisoformat(after)


def test_the_hour_tells_nobodys_true_dates(installed: Runtime, tmp_path: Path) -> None:
    for name in ("own", "shared"):
        export_clinic(installed, 1, tmp_path / name, "a@b.example", deidentified=name == "shared")
    attacked = recovered_dates(tmp_path / "own")
    assert set(attacked.values()) <= {CLOCKS_CHANGE, CLOCKS_CHANGE - timedelta(days=1)}
    assert len(attacked) == 3, "the attack works where instants are told"
    assert recovered_dates(tmp_path / "shared") == {}


def test_no_cell_holds_an_instant_and_names_stay(installed: Runtime, tmp_path: Path) -> None:
    export_clinic(installed, 1, tmp_path, "a@b.example", deidentified=True)
    for table, columns in TABLES.items():
        parquet = pq.read_table(tmp_path / f"{table}.parquet")
        assert parquet.column_names == [column.name for column in columns]
        assert not [field for field in parquet.schema if "timestamp" in str(field.type)]
        with (tmp_path / f"{table}.csv").open(newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if "T" in cell and cell.endswith("Z")]
    decided = set(pq.read_table(tmp_path / "decisions.parquet")["decided_at"].to_pylist())
    assert decided == {0}, "everything was decided when the evening began"


def test_minutes_are_those_of_the_wall_clock() -> None:
    evening = Evening("America/New_York", time(20))
    night = date(2026, 3, 7)  # the clocks go forward at two in the morning
    for local, minutes in (
        ("2026-03-07T19:59-05:00", -15),
        ("2026-03-07T20:14-05:00", 0),
        ("2026-03-08T20:00-04:00", 1440),
    ):
        assert evening.minutes_since(night, datetime.fromisoformat(local).astimezone(UTC)) == minutes
