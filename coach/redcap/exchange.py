"""Read records from REDCap and write nights and weeks back, through PyCap. Decides nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

import requests
from redcap.project import Project
from sqlalchemy import Connection, func, select

from coach.adherence.counts import STEP_ANSWERED
from coach.database.tables import WeeklySummary
from coach.redcap.field_map import FieldMap
from coach.redcap.records import NightRow, PersonNights, Record, WeekRow, with_phone, written_back
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Participant
from schedules.enrolment.roster_file import read_phone
from schedules.timing.cadence import DAY

AT_ONCE = 500  # records in one request
SECONDS = 60
COUNTS = ("prompted", "answered", "steps_asked", *STEP_ANSWERED, "score_n")


class ExchangeError(RuntimeError):
    """REDCap refused or could not be reached, in one sentence without the token."""


def open_project(fields: FieldMap, token: str) -> Project:
    """Open the project that a token is for. Raises ExchangeError if the token cannot be one."""
    try:
        return Project(fields.url, token, timeout=SECONDS)
    except (AssertionError, ValueError):
        raise ExchangeError("REDCAP_TOKEN is no API token: it has 32 letters and digits.") from None


def load_records(project: Project, fields: FieldMap) -> list[Record]:
    """Read the mapped fields of the records with a phone. Raises ExchangeError."""
    names = [fields.record, *fields.enrol.values()]
    found = _call(project.export_records, fields=list(dict.fromkeys(names)), filter_logic=fields.only_if)
    return with_phone(found, fields)


def load_written(
    connection: Connection, clinic_id: int, records: Sequence[Record], fields: FieldMap, keys: InstallationKeys
) -> list[dict[str, str]]:
    """Return what is to be written back for the records whose phone is a participant's of the clinic."""
    country = connection.execute(select(Clinic.country).where(Clinic.id == clinic_id)).scalar_one()
    by_number = {}
    for record in records:
        try:
            phone = read_phone(str(record[fields.enrol["phone"]]), country)
        except ValueError:
            continue  # the import says what is wrong with it
        by_number[keys.number_hash(phone)] = str(record[fields.record])
    people = connection.execute(
        select(Participant.id, Participant.number_hash, Enrolment.id.label("enrolment_id"), Enrolment.starts_on)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(Participant.clinic_id == clinic_id, Participant.erased_at.is_(None))
        .order_by(Participant.id)
    ).all()
    written = []
    for row in people:
        if row.number_hash in by_number:
            nights, weeks = _nights(connection, row.enrolment_id), _weeks(connection, row.id)
            person = PersonNights(by_number[row.number_hash], row.starts_on, nights, weeks)
            written += written_back(person, fields)
    return written


def write_back(project: Project, written: Sequence[dict[str, str]]) -> int:
    """Write the records, some hundred a request. Returns how many. Raises ExchangeError."""
    for start in range(0, len(written), AT_ONCE):
        _call(project.import_records, list(written[start : start + AT_ONCE]))
    return len(written)


def _call(method: Any, *given: object, **named: object) -> Any:
    try:
        return method(*given, **named)
    except (requests.ConnectionError, requests.Timeout, ValueError):
        raise ExchangeError("REDCap could not be reached: check 'url' and that this machine may call it.") from None
    except requests.RequestException as error:  # PyCap's own error is this one, with REDCap's answer
        told = error.args[0] if error.args else ""
        words = told.get("error", "") if isinstance(told, dict) else told
        raise ExchangeError(f"REDCap refused: {str(words)[:200]}") from None


def _nights(connection: Connection, enrolment_id: int) -> list[NightRow]:
    answered = CheckIn.score.is_not(None) | CheckIn.habit.is_not(None)
    rows: Iterable[Any] = connection.execute(
        select(CheckIn.asked_on, CheckIn.score, CheckIn.habit)
        .where(CheckIn.enrolment_id == enrolment_id, answered)
        .order_by(CheckIn.asked_on)
    )
    return [NightRow(row.asked_on - DAY, row.score, row.habit) for row in rows]


def _weeks(connection: Connection, participant_id: int) -> list[WeekRow]:
    latest = (
        select(WeeklySummary.week, func.max(WeeklySummary.version).label("version"))
        .where(WeeklySummary.participant_id == participant_id)
        .group_by(WeeklySummary.week)
        .subquery()
    )
    rows = connection.execute(
        select(WeeklySummary.__table__)
        .join(latest, (latest.c.week == WeeklySummary.week) & (latest.c.version == WeeklySummary.version))
        .where(WeeklySummary.participant_id == participant_id)
        .order_by(WeeklySummary.week)
    )
    return [WeekRow(row.week, {name: getattr(row, name) for name in COUNTS}, row.score_sum) for row in rows]
