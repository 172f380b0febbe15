"""Reads logged decisions back from their table."""

from typing import Any

from sqlalchemy import Connection, select

from schedules.database.tables.evenings import Decision
from schedules.database.tables.people import Enrolment
from schedules.decisions.replay import LoggedDecision

COLUMNS = tuple(name for name in LoggedDecision.__dataclass_fields__)


def find_decision(connection: Connection, id: int) -> tuple[int, LoggedDecision] | None:
    """Return the participant's id and the decision, or None."""
    columns = [getattr(Decision, name) for name in COLUMNS]
    row = connection.execute(
        select(Enrolment.participant_id, *columns)
        .join(Enrolment, Enrolment.id == Decision.enrolment_id)
        .where(Decision.id == id)
    ).first()
    return (row[0], logged_from(row)) if row else None


def logged_from(row: Any) -> LoggedDecision:
    """Build a decision from a row with the columns of `decision`."""
    return LoggedDecision(**{name: getattr(row, name) for name in COLUMNS} | {"eligible": tuple(row.eligible)})
