"""What pages ask about clinics: names, country, time zone. Callers hold the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant

DEFAULT_COUNTRY = "us"


@dataclass(frozen=True, slots=True)
class ClinicName:
    """A clinic as a list offers it."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ClinicFacts:
    """What the home page needs of a clinic; `contact` is how texts tell participants to reach it."""

    country: str
    time_zone: str
    contact: str | None


def list_clinics(connection: Connection, scope: ColumnElement[bool]) -> list[ClinicName]:
    """The clinics in scope, by name."""
    rows = connection.execute(select(Clinic.id, Clinic.name).where(scope).order_by(Clinic.name))
    return [ClinicName(*row) for row in rows]


def find_clinic_in_scope(connection: Connection, scope: ColumnElement[bool], clinic_id: int | None) -> int | None:
    """The id of a clinic; None outside the scope."""
    return connection.execute(select(Clinic.id).where(scope, Clinic.id == clinic_id)).scalar()


def clinic_of_participant(connection: Connection, participant_id: int) -> int | None:
    """The clinic of a participant; None if there is no such participant."""
    return connection.execute(select(Participant.clinic_id).where(Participant.id == participant_id)).scalar()


def country_of(connection: Connection, clinic_id: int | None) -> str:
    """The country of a clinic; the default country for an admin without a clinic."""
    return connection.execute(select(Clinic.country).where(Clinic.id == clinic_id)).scalar() or DEFAULT_COUNTRY


def time_zone_of(connection: Connection, clinic_id: int | None) -> str:
    """The time zone of a clinic; UTC for an admin without a clinic."""
    return connection.execute(select(Clinic.time_zone).where(Clinic.id == clinic_id)).scalar() or "UTC"


def clinics_of_participants(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """The clinic of each of these participants."""
    rows = connection.execute(select(Participant.id, Participant.clinic_id).where(Participant.id.in_(ids)))
    return {row.id: row.clinic_id for row in rows}


def facts_of(connection: Connection, clinic_id: int | None) -> ClinicFacts:
    """Country, time zone and contact of a clinic; the defaults for an admin without a clinic."""
    columns = (Clinic.country, Clinic.time_zone, Clinic.contact)
    row = connection.execute(select(*columns).where(Clinic.id == clinic_id)).first()
    return ClinicFacts(*row) if row else ClinicFacts(DEFAULT_COUNTRY, "UTC", None)
