"""Set the keyword by which people join a clinic, and count who did. The caller holds the transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from coach.accounts.sign_ins import AccountError
from coach.audit import record
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, Joining


@dataclass(frozen=True, slots=True)
class ClinicToJoin:
    """A clinic as its poster shows it."""

    id: int
    name: str
    keyword: str | None
    contact: str | None
    public_form: bool


@dataclass(frozen=True, slots=True)
class PosterCount:
    """How many joined by one poster (None: the text named none), and how many of them said YES."""

    poster: str | None
    joined: int
    confirmed: int


def load_clinics_to_join(connection: Connection, scope: ColumnElement[bool]) -> list[ClinicToJoin]:
    """The clinics in scope, by name."""
    rows = connection.execute(
        select(Clinic.id, Clinic.name, Clinic.keyword, Clinic.contact, Clinic.public_form)
        .where(scope)
        .order_by(Clinic.name)
    )
    return [ClinicToJoin(*row) for row in rows]


def set_keyword(connection: Connection, actor: str, clinic_id: int, keyword: str | None, now: datetime) -> None:
    """Store a clinic's keyword; None for none. Raises AccountError if another clinic has it."""
    taken = select(Clinic.id).where(Clinic.keyword == keyword, Clinic.id != clinic_id)
    if keyword is not None and connection.execute(taken).first():
        raise AccountError(f"Another clinic has the keyword {keyword}: choose another word.")
    before = connection.execute(select(Clinic.keyword).where(Clinic.id == clinic_id)).scalar_one()
    if keyword == before:
        return
    connection.execute(update(Clinic).where(Clinic.id == clinic_id).values(keyword=keyword))
    detail = {"keyword_was": before or "none", "keyword": keyword or "none"}
    record(connection, actor, "changed", f"clinic {clinic_id}", now, clinic_id, detail)


def count_by_poster(connection: Connection, clinic_id: int) -> list[PosterCount]:
    """Count who joined by each poster."""
    confirmed = func.sum(case((Enrolment.status == "invited", 0), else_=1))
    rows = connection.execute(
        select(Joining.poster, func.count(), confirmed)
        .join(Enrolment, Enrolment.participant_id == Joining.participant_id)
        .where(Joining.clinic_id == clinic_id)
        .group_by(Joining.poster)
        .order_by(func.count().desc(), Joining.poster)
    )
    return [PosterCount(*row) for row in rows]
