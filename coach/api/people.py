"""Participants as other systems see them. Callers hold the transaction."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from coach.api.shapes import Person
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Enrolment, Participant

COLUMNS = (
    *(Participant.id, Enrolment.status, Participant.time_zone, Enrolment.evening_at, Enrolment.bedtime_at),
    *(Participant.language, Enrolment.programme, Enrolment.policy, Enrolment.tags, Enrolment.exclude),
    *(CoachAccount.email.label("coach"), Enrolment.paused_until_on, Enrolment.next_due_at, Participant.created_at),
)


def people() -> Select[Any]:
    """Select participants with what `person_of` needs."""
    joined = select(*COLUMNS).join(Enrolment, Enrolment.participant_id == Participant.id)
    return joined.outerjoin(CoachAccount, CoachAccount.id == Participant.coach_id)


def find_person(connection: Connection, id: int, scope: ColumnElement[bool]) -> Person | None:
    """Load a participant; None outside the scope, and once they are erased."""
    row = connection.execute(people().where(Participant.id == id, scope)).one_or_none()
    return person_of(row) if row else None


def person_of(row: Any) -> Person:
    """Return a row as other systems see it."""
    return Person(
        id=row.id,
        status=row.status,
        time_zone=row.time_zone,
        evening_time=f"{row.evening_at:%H:%M}",
        bedtime=f"{row.bedtime_at:%H:%M}" if row.bedtime_at else None,
        language=row.language,
        programme=row.programme,
        policy=row.policy,
        tags=sorted(row.tags),
        exclude=sorted(row.exclude),
        coach=row.coach,
        paused_until=row.paused_until_on.isoformat() if row.paused_until_on else None,
        next_due_at=row.next_due_at,
        created_at=row.created_at,
    )
