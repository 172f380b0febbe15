"""Roster imports as pages show them. The conditions on `RosterImport` are those of `coach.accounts.scope`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from schedules.database.tables.rosters import RosterImport
from schedules.enrolment.roster_file import RosterError


@dataclass(frozen=True, slots=True)
class ListedImport:
    """An import as a list shows it."""

    id: int
    state: str
    rows: int
    created_at: datetime
    actor: str | None


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is, or why it was refused: see `RosterImport`."""

    id: int
    state: str
    actor: str | None
    created_at: datetime
    rows: int
    checked: int
    created: int
    updated: int
    ignored: int
    meanwhile: int
    errors: Sequence[RosterError]


def list_imports(connection: Connection, scope: ColumnElement[bool], at_most: int) -> Sequence[ListedImport]:
    """The imports in scope, the newest first."""
    columns = (
        RosterImport.id,
        RosterImport.state,
        RosterImport.rows,
        RosterImport.created_at,
        RosterImport.actor,
    )
    newest = select(*columns).where(scope).order_by(RosterImport.id.desc()).limit(at_most)
    return [ListedImport(*row) for row in connection.execute(newest)]


def find_import(connection: Connection, scope: ColumnElement[bool], import_id: int) -> ImportProgress | None:
    """One import; None outside the scope."""
    row = connection.execute(
        select(
            RosterImport.id,
            RosterImport.state,
            RosterImport.actor,
            RosterImport.created_at,
            RosterImport.rows,
            RosterImport.checked,
            RosterImport.created,
            RosterImport.updated,
            RosterImport.ignored,
            RosterImport.meanwhile,
            RosterImport.errors,
        ).where(RosterImport.id == import_id, scope)
    ).one_or_none()
    if row is None:
        return None
    errors = [RosterError(*error) for error in row.errors or ()]
    return ImportProgress(**{**row._mapping, "errors": errors})
