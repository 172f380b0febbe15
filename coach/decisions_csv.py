"""The decisions file that `coach effects` reads: one row a decision point at which a step could be offered. Pure.

Booleans are 1 or 0, instants ISO 8601 in UTC, lists joined by ";", and what is not known is empty. `probabilities` is a
JSON object that names `none` too, with 0 where a policy never withholds; it is empty where nothing was drawn. A slot
that only asks the check-in decides nothing and has no row. `delivered` is empty where there was no text.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import IO

from schedules.policies import NONE

COLUMNS = (
    *("participant_id", "decision_id", "slot", "local_date", "decided_at", "available", "unavailable_reason"),
    *("eligible", "probabilities", "policy", "draw", "action", "delivered", "outcome_score", "outcome_at", "habit"),
    *("prior_score", "nights_since_start"),
)


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision and what came of it. The outcome is the score of its night, asked on the day after."""

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


def write_decisions(out: IO[str], rows: Iterable[DecisionRow], *, header: bool = True) -> None:
    """Write rows as CSV (RFC 4180 line ends)."""
    writer = csv.writer(out)
    if header:
        writer.writerow(COLUMNS)
    writer.writerows(map(as_cells, rows))


def as_cells(row: DecisionRow) -> tuple[str | int | float | None, ...]:
    """One line of the file, in the order of `COLUMNS`."""
    return (
        row.participant_id,
        row.decision_id,
        row.slot,
        row.local_on.isoformat(),
        _instant(row.decided_at),
        int(row.available),
        row.unavailable_reason,
        ";".join(row.eligible),
        json.dumps({NONE: 0.0} | row.probabilities, sort_keys=True) if row.probabilities else None,
        row.policy,
        row.draw,
        row.action,
        _flag(row.delivered),
        row.outcome_score,
        _instant(row.outcome_at),
        _flag(row.habit),
        row.prior_score,
        row.nights_since_start,
    )


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)
