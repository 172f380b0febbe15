"""Store a registration, with its hash in the audit log. Decides nothing but whether it is too late."""

from dataclasses import asdict

from sqlalchemy import Connection, func, insert, select

from coach.audit import COMMAND_LINE, record
from coach.database.tables import Study
from coach.studies.registration import TOO_LATE, Registration, RegistrationError, audit_detail
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import Decision
from schedules.database.tables.people import Enrolment, Participant


def programme_of_clinic(connection: Connection, clinic_id: int) -> str | None:
    """Return the program of a clinic's new people, if it has set one."""
    return connection.execute(select(Clinic.programme).where(Clinic.id == clinic_id)).scalar_one()


def register(connection: Connection, clinic_id: int, study: Registration) -> int:
    """Store a study and return its id. Raises RegistrationError after its first draw. Callers hold the transaction."""
    first = connection.execute(
        select(func.min(Decision.local_on))
        .join(Enrolment, Enrolment.id == Decision.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(
            Participant.clinic_id == clinic_id,
            func.coalesce(Decision.programme, Enrolment.programme) == study.programme,
            Decision.policy == study.policy,
            Decision.action.is_not(None),
        )
    ).scalar()
    if first is not None:
        raise RegistrationError(TOO_LATE.format(study.programme, first))
    stored = insert(Study).values(clinic_id=clinic_id, **asdict(study)).returning(Study.id)
    id: int = connection.execute(stored).scalar_one()
    detail = audit_detail(study)
    record(connection, COMMAND_LINE, "registered", f"study {id}", study.registered_at, clinic_id, detail)
    return id
