"""Every flag, for the command that lists them."""

from datetime import datetime

from sqlalchemy import Connection, select

from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.safety import Flag


def list_flags(connection: Connection, *, open_only: bool) -> list[dict[str, object]]:
    """Return every flag for JSON, newest last; `acknowledged_by` is an email address."""
    query = (
        select(
            Flag.id,
            Flag.participant_id.label("participant"),
            Flag.kind,
            Flag.opened_at,
            Flag.acknowledged_at,
            CoachAccount.email.label("acknowledged_by"),
        )
        .outerjoin(CoachAccount, CoachAccount.id == Flag.acknowledged_by_id)
        .order_by(Flag.id)
    )
    if open_only:
        query = query.where(Flag.acknowledged_at.is_(None))
    return [{name: _as_json(value) for name, value in row._mapping.items()} for row in connection.execute(query)]


def _as_json(value: object) -> object:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
