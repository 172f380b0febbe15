"""Mail a clinic's leads, once a day, that its daily cap is holding texts back."""

from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, insert, or_, select, update

from coach.database.tables import MailMessage
from schedules.database.apart import isolate_failures
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import set_aside
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.limits import ClinicDay

log = structlog.get_logger(__name__)


def alarm_over_caps(engine: Engine, now: datetime) -> int:
    """Queue the mails for every clinic whose cap held texts back today. Returns the number of clinics."""
    untold = select(ClinicDay.__table__).where(ClinicDay.held > 0, ClinicDay.alarmed_at.is_(None))
    with read_transaction(engine) as connection:
        if connection.execute(untold.limit(1)).first() is None:
            return 0
    with write_transaction(engine) as connection:
        days = connection.execute(untold.with_for_update(skip_locked=True)).all()
        for day in days:
            isolate_failures(
                connection, [day.clinic_id], partial(_tell, connection, day, now), partial(_aside, connection, now)
            )
    return len(days)


def _aside(connection: Connection, now: datetime, clinic_id: int, error: Exception) -> None:
    set_aside(connection, "cap", clinic_id, error, now)


def _tell(connection: Connection, day: Any, now: datetime, _clinic_id: object) -> None:
    log.error("daily_cap_reached", clinic=day.clinic_id, texts=day.texts, held=day.held)
    clinic = connection.execute(select(Clinic.name).where(Clinic.id == day.clinic_id)).scalar_one()
    leads = select(CoachAccount.id).where(CoachAccount.active, CoachAccount.role.in_(("lead", "admin")))
    here = or_(CoachAccount.clinic_id == day.clinic_id, CoachAccount.clinic_id.is_(None))
    mails = [
        {
            "coach_id": coach_id,
            "kind": "cap",
            "period": f"{day.clinic_id} {day.local_on:%m-%d}",
            "subject": f"{clinic}: texts are being held back today",
            "body": (
                f"{clinic} has sent {day.texts} texts today, which is all it may send in a day, and {day.held} more "
                "were held back so far. Evening texts of today count as not prompted; answers to what people write and "
                "pages about danger still leave.\n\nIf so many texts are meant, raise the cap: "
                "coach clinics set NAME --texts-a-day N. If not, stop the worker and look at what is queued.\n"
            ),
            "state": "queued",
            "due_at": now,
        }
        for coach_id in connection.execute(leads.where(here)).scalars()
    ]
    if mails:
        connection.execute(insert(MailMessage), mails)
    this = (ClinicDay.clinic_id == day.clinic_id, ClinicDay.local_on == day.local_on)
    connection.execute(update(ClinicDay).where(*this).values(alarmed_at=now))
