"""Whose data a sign-in may see: the one place that says it. Every query behind a page or a command goes through it."""

from sqlalchemy import ColumnElement, and_, false, true

from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant


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
