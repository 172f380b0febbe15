"""Participants as `coach participants` prints them: ids, times and states, no personal data."""

from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from schedules.database.tables.people import Enrolment, Participant


class ListedParticipant(NamedTuple):
    """A participant as the database has them."""

    id: int
    status: str
    time_zone: str
    evening_at: time
    language: str
    next_due_at: datetime | None
    paused_until_on: date | None


def _rows() -> Any:
    return select(
        Participant.id,
        Enrolment.status,
        Participant.time_zone,
        Enrolment.evening_at,
        Participant.language,
        Enrolment.next_due_at,
        Enrolment.paused_until_on,
    ).join(Enrolment, Enrolment.participant_id == Participant.id)


def list_participants(connection: Connection) -> list[dict[str, object]]:
    """List all participants in order of id."""
    return [_as_json(ListedParticipant(*row)) for row in connection.execute(_rows().order_by(Participant.id))]


def find_participant(connection: Connection, id: int) -> dict[str, object] | None:
    """Return one participant with their program and policy, or None."""
    more = (Enrolment.programme, Enrolment.policy, Enrolment.policy_since_at)
    row = connection.execute(_rows().add_columns(*more).where(Participant.id == id)).first()
    if row is None:
        return None
    *listed, programme, policy, since = row
    return {
        **_as_json(ListedParticipant(*listed)),
        "programme": programme,
        "policy": policy,
        "policy_since": _instant(since),
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _as_json(row: ListedParticipant) -> dict[str, object]:
    return {
        "id": row.id,
        "status": row.status,
        "time_zone": row.time_zone,
        "evening_time": f"{row.evening_at:%H:%M}",
        "language": row.language,
        "next_due_at": _instant(row.next_due_at),
        "paused_until": row.paused_until_on.isoformat() if row.paused_until_on else None,
    }
