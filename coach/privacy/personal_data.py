"""Everything stored about one person, found from the table metadata so that no new table is forgotten."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from coach.database.schema import tables
from schedules.database.tables.people import Participant

# Internal bookkeeping, not data about the person.
INTERNAL = frozenset({"number_hash", "token", "claimed_by", "claimed_at", "lease_until_at", "attempts", "clinic_id"})


def rows_of(participant_id: int) -> dict[Table, ColumnElement[bool]]:
    """Return a condition for the participant's rows in each table that refers to them, directly or through others.

    Each table comes after the tables it refers to.
    """
    found: dict[Table, ColumnElement[bool]] = {}
    for table in tables():
        if table is Participant.__table__:
            found[table] = table.c.id == participant_id
            continue
        references = [
            key.parent.in_(select(key.column).where(found[key.column.table]))
            for key in table.foreign_keys
            if key.column.table in found
        ]
        if references:
            found[table] = or_(*references)
    return found


def export_person(connection: Connection, participant_id: int) -> dict[str, list[dict[str, Any]]] | None:
    """Return everything by table, as JSON values; None if there is no such participant."""
    found = {table: _rows(connection, table, condition) for table, condition in rows_of(participant_id).items()}
    if not found[Participant.__table__]:  # type: ignore[index]  # a mapped class has a Table
        return None
    return {table.name: rows for table, rows in found.items() if rows}


def _rows(connection: Connection, table: Table, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name not in INTERNAL]
    query = select(*columns).where(condition).order_by(*table.primary_key.columns)
    return [{name: _as_json(value) for name, value in row._mapping.items()} for row in connection.execute(query)]


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else value
