"""The decisions file that `coach effects` reads: one row per decision point at which a step could be offered. Pure.

Booleans are 1 or 0, instants ISO 8601 in UTC, lists joined by ";", and unknown values empty. `probabilities` is a JSON
object that includes `none`, with 0 if a policy never withholds; it is empty if nothing was drawn. A slot that only asks
the check-in decides nothing and has no row. `delivered` is empty if there was no text.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import IO

from coach.safe_csv import Cell, SafeWriter
from schedules.decisions.policies import NONE

COLUMNS = (
    *("participant_id", "decision_id", "slot", "local_date", "decided_at", "available", "unavailable_reason"),
    *("eligible", "probabilities", "policy", "draw", "action", "delivered", "outcome_score", "outcome_at", "habit"),
    *("prior_score", "nights_since_start", "programme", "policy_since", "acts_on", "outcome_on", "tags"),
)


Value = str | int | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision and its outcome: the score of the night of `outcome_on`, asked on the day after it.

    `acts_on` is `tonight` or `tomorrow`, None without a step: what is done tomorrow can only change tomorrow's night.
    `programme`, `policy_since_at` and `tags` are as they were when it was decided.
    """

    participant_id: int
    decision_id: int
    slot: str
    local_on: date
    decided_at: datetime
    available: bool
    unavailable_reason: str | None
    eligible: tuple[str, ...]
    probabilities: dict[str, float]
    policy: str
    draw: float | None
    action: str | None
    delivered: bool | None
    outcome_score: int | None
    outcome_at: datetime | None
    habit: bool | None
    prior_score: int | None
    nights_since_start: int
    programme: str | None = None
    policy_since_at: datetime | None = None
    acts_on: str | None = None
    outcome_on: date | None = None
    tags: tuple[str, ...] = ()


def write_decisions(out: IO[str], rows: Iterable[DecisionRow], *, header: bool = True) -> None:
    """Write rows as CSV (RFC 4180 line endings)."""
    writer = SafeWriter(out)
    if header:
        writer.writerow(COLUMNS)
    writer.writerows(map(as_cells, rows))


def as_cells(row: DecisionRow) -> tuple[Cell, ...]:
    """Return a row as cells, in the order of `COLUMNS`."""
    return tuple(map(as_cell, as_values(row)))


_ATTRIBUTES = {"local_date": "local_on", "policy_since": "policy_since_at"}
_IN_ORDER = attrgetter(*(_ATTRIBUTES.get(name, name) for name in COLUMNS))
_ELIGIBLE, _PROBABILITIES, _TAGS = (COLUMNS.index(name) for name in ("eligible", "probabilities", "tags"))


def as_values(row: DecisionRow) -> list[Value]:
    """Return a row as values: dates, instants and booleans unformatted, the probabilities as JSON."""
    values = list(_IN_ORDER(row))
    values[_ELIGIBLE] = ";".join(row.eligible)
    values[_TAGS] = ";".join(row.tags)
    vector = row.probabilities
    values[_PROBABILITIES] = json.dumps({NONE: 0.0} | vector, sort_keys=True) if vector else None
    return values


def as_cell(value: Value) -> Cell:
    """Format a value as a CSV cell."""
    if value is None or type(value) is str:  # fast path: an export has millions of cells, most of them text
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
