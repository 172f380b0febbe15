"""Decide whose data a sign-in may see. Every query behind a page or a command goes through this module."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, false, true

from coach.database.tables import AuditEvent
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant
from schedules.database.tables.rosters import RosterImport

OPERATES = "operator"  # no account's role: whoever runs the commands


def scope_of_coach(role: str, coach_id: int, clinic_id: int | None, covered: Sequence[int] = ()) -> ColumnElement[bool]:
    """Return a condition for the participants that a sign-in may see.

    Coaches see their own participants and those of the colleagues on leave for whom they stand in (`covered`), leads
    those of their clinic, and whoever runs the commands everyone. Admins and researchers see nobody: admins manage
    clinics and accounts, researchers get de-identified exports.
    """
    if role == "coach":
        theirs = Participant.coach_id.in_((coach_id, *covered)) if covered else Participant.coach_id == coach_id
        return and_(Participant.clinic_id == clinic_id, theirs)
    if role == "lead":
        return Participant.clinic_id == clinic_id
    return true() if role == OPERATES else false()


def clinics_of(role: str, clinic_id: int | None) -> ColumnElement[bool]:
    """Return a condition for the clinics of a sign-in: its own, or all for an admin without a clinic."""
    return true() if role in ("admin", OPERATES) and clinic_id is None else Clinic.id == clinic_id


def imports_of(role: str, coach_id: int, clinic_id: int | None) -> ColumnElement[bool]:
    """The roster imports a sign-in may see: a lead those of the clinic, a coach their own."""
    clinics_own = RosterImport.clinic_id == clinic_id
    if role == "coach":
        return and_(clinics_own, RosterImport.coach_id == coach_id)
    return clinics_own if role == "lead" else false()


def audit_events_of(clinic_id: int | None) -> ColumnElement[bool]:
    """The audit log a sign-in may see: its clinic's; all of it for an admin without a clinic."""
    return true() if clinic_id is None else AuditEvent.clinic_id == clinic_id
