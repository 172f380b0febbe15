"""Whose data a sign-in may see: the one place that says it. Every query behind a page or a command goes through it."""

from sqlalchemy import ColumnElement, and_, false, true

from coach.database.tables import AuditEvent
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant
from schedules.database.tables.rosters import RosterImport


def scope_of_coach(role: str, coach_id: int, clinic_id: int | None) -> ColumnElement[bool]:
    """The participants a sign-in may see: a coach their own, a lead and a clinic's admin the clinic's, a researcher
    nobody (de-identified exports only), an admin without a clinic everyone.
    """
    if role == "researcher":
        return false()
    if role == "coach":
        return and_(Participant.clinic_id == clinic_id, Participant.coach_id == coach_id)
    if role == "admin" and clinic_id is None:
        return true()
    return Participant.clinic_id == clinic_id


def clinics_of(role: str, clinic_id: int | None) -> ColumnElement[bool]:
    """The clinics a sign-in belongs to: its own; all of them for an admin without a clinic."""
    return true() if role == "admin" and clinic_id is None else Clinic.id == clinic_id


def imports_of(role: str, coach_id: int, clinic_id: int | None) -> ColumnElement[bool]:
    """The roster imports a sign-in may see: those of its clinic, a coach only their own."""
    clinics_own = RosterImport.clinic_id == clinic_id
    return and_(clinics_own, RosterImport.coach_id == coach_id) if role == "coach" else clinics_own


def audit_events_of(clinic_id: int | None) -> ColumnElement[bool]:
    """The audit log a sign-in may see: its clinic's; all of it for an admin without a clinic."""
    return true() if clinic_id is None else AuditEvent.clinic_id == clinic_id
