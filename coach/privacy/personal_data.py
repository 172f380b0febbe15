"""Everything stored about one person or one number, found from the table metadata so that no new table is forgotten."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, false, or_, select

from coach.database.desk_tables import Draft
from coach.database.schema import tables
from schedules.database.tables.limits import ProviderDeletion
from schedules.database.tables.people import Participant, Suppression
from schedules.database.types import readable

# Internal bookkeeping, not data about the person.
INTERNAL = frozenset(
    (
        *("number_hash", "name_hash", "body_hash", "token", "claimed_by", "claimed_at", "lease_until_at"),
        *("attempts", "clinic_id", "token_hash"),
    )
)
# What a coach typed and did not send was never kept about the person: it goes after a day, or with them.
NOT_SENT = Draft.__table__


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


def rows_of_number(number_hash: str) -> dict[Table, ColumnElement[bool]]:
    """Return a condition for the rows of a number that belong to no participant, in each table that has any.

    Such are the texts of strangers, and those that arrived before somebody was enrolled or while they were erased.
    Each table comes after the tables it refers to.
    """
    found: dict[Table, ColumnElement[bool]] = {}
    for table in tables():
        conditions: list[ColumnElement[bool]] = [
            key.parent.in_(select(key.column).where(found[key.column.table]))
            for key in table.foreign_keys
            if key.column.table in found
        ]
        if any(key.column.table is Participant.__table__ for key in table.foreign_keys) and "number_hash" in table.c:
            conditions.append(and_(table.c.number_hash == number_hash, table.c.participant_id.is_(None)))
        if conditions:
            found[table] = or_(*conditions)
    return found


def export_person(connection: Connection, participant_id: int) -> dict[str, list[dict[str, object]]] | None:
    """Return everything by table, as JSON values; None if there is no such participant.

    Includes what came from their number before they were enrolled.
    """
    person = select(Participant.number_hash).where(Participant.id == participant_id)
    number_hash = connection.execute(person).scalar_one_or_none()
    if number_hash is None:
        return None
    unassigned = rows_of_number(number_hash)
    found = {table: or_(this, unassigned.get(table, false())) for table, this in rows_of(participant_id).items()}
    return _held(connection, unassigned | found)


def export_number(connection: Connection, phone: str, number_hash: str) -> dict[str, list[object]] | None:
    """Return what is held about a number: its participants in all clinics, and all rows that belong to none of them.

    None if nothing is held.
    """
    people = connection.execute(
        select(Participant.id).where(Participant.number_hash == number_hash).order_by(Participant.id)
    ).scalars()
    held: dict[str, list[object]] = {"participants": [export_person(connection, id) for id in people.all()]}
    if not held["participants"]:
        held |= _held(connection, rows_of_number(number_hash))
    held |= _held(connection, {Suppression.__table__: Suppression.number_hash == number_hash})  # type: ignore[dict-item]  # as below
    queued = connection.execute(
        select(ProviderDeletion.id, readable(ProviderDeletion.phone)).where(ProviderDeletion.phone.is_not(None))
    )
    ids = [row.id for row in queued if row.phone == phone]
    held |= _held(connection, {ProviderDeletion.__table__: ProviderDeletion.id.in_(ids)})  # type: ignore[dict-item]  # a mapped class has a Table
    return held if any(held.values()) else None


def _held(connection: Connection, which: Mapping[Table, ColumnElement[bool]]) -> dict[str, list[Any]]:
    found = {table.name: _rows(connection, table, where) for table, where in which.items() if table is not NOT_SENT}
    return {name: rows for name, rows in found.items() if rows}


def _rows(connection: Connection, table: Table, condition: ColumnElement[bool]) -> list[dict[str, object]]:
    columns = [column for column in table.columns if column.name not in INTERNAL]
    query = select(*columns).where(condition).order_by(*table.primary_key.columns)
    return [{name: _as_json(value) for name, value in row._mapping.items()} for row in connection.execute(query)]


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else value
