"""Decide whose data a sign-in may see. Every query behind a page or a command goes through this module."""

from sqlalchemy import ColumnElement, and_, false, true

from coach.database.tables import AuditEvent
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant
from schedules.database.tables.rosters import RosterImport


def scope_of_coach(role: str, coach_id: int, clinic_id: int | None) -> ColumnElement[bool]:
    """Return a condition for the participants that a sign-in may see.

    Coaches see their own participants, leads and clinic admins those of their clinic, and admins without a clinic
    everyone. Researchers see nobody: they get de-identified exports only.
    """
    if role == "researcher":
        return false()
    if role == "coach":
        return and_(Participant.clinic_id == clinic_id, Participant.coach_id == coach_id)
    if role == "admin" and clinic_id is None:
        return true()
    return Participant.clinic_id == clinic_id


def clinics_of(role: str, clinic_id: int | None) -> ColumnElement[bool]:
    """Return a condition for the clinics of a sign-in: its own, or all for an admin without a clinic."""
    return true() if role == "admin" and clinic_id is None else Clinic.id == clinic_id


def imports_of(role: str, coach_id: int, clinic_id: int | None) -> ColumnElement[bool]:
    """The roster imports a sign-in may see: those of its clinic, a coach only their own."""
    clinics_own = RosterImport.clinic_id == clinic_id
    return and_(clinics_own, RosterImport.coach_id == coach_id) if role == "coach" else clinics_own


def audit_events_of(clinic_id: int | None) -> ColumnElement[bool]:
    """The audit log a sign-in may see: its clinic's; all of it for an admin without a clinic."""
    return true() if clinic_id is None else AuditEvent.clinic_id == clinic_id
