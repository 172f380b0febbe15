"""The settings that an account's owner changes, and the right to export. Callers hold the transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from schedules.database.tables.clinics import Clinic, CoachAccount


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """An account's settings as its owner sees them. `clinic` is the clinic's name, empty for an admin of all."""

    phone: str | None
    phone_confirmed_at: datetime | None
    time_zone: str | None
    digest: str
    clinic: str | None
    name: str | None
    language: str | None


def load_own_settings(connection: Connection, account_id: int) -> OwnSettings:
    """The settings of an account."""
    row = connection.execute(
        select(
            CoachAccount.phone,
            CoachAccount.phone_confirmed_at,
            CoachAccount.time_zone,
            CoachAccount.digest,
            Clinic.name.label("clinic"),
            CoachAccount.name,
            CoachAccount.language,
        )
        .outerjoin(Clinic, Clinic.id == CoachAccount.clinic_id)
        .where(CoachAccount.id == account_id)
    ).one()
    return OwnSettings(*row)


def save_own_settings(
    connection: Connection, account_id: int, time_zone: str | None, digest: str, language: str | None
) -> None:
    """Store the time zone and the language an account reads by, and how often the summary is mailed to it."""
    values = {"time_zone": time_zone, "digest": digest, "language": language}
    connection.execute(update(CoachAccount).where(CoachAccount.id == account_id).values(values))


def set_tour(connection: Connection, account_id: int, closed_at: datetime | None) -> None:
    """Store when the tour on the home page was closed; None shows it again."""
    connection.execute(update(CoachAccount).where(CoachAccount.id == account_id).values(tour_closed_at=closed_at))


def may_export(connection: Connection, account_id: int) -> bool:
    """Whether an account has the right to export."""
    right = select(CoachAccount.may_export).where(CoachAccount.id == account_id)
    return bool(connection.execute(right).scalar_one())
