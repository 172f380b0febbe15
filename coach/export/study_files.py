"""The registered studies of a clinic, and what an export holds of them: study.json and the script `reproduce.py`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from coach.database.tables import Study
from coach.export.decisions_csv import as_cell
from schedules.database.tables.clinics import Clinic

SCRIPT = Path(__file__).with_name("reproduce.py")
REGISTRATION = "study.json"


@dataclass(frozen=True, slots=True)
class RegisteredStudy:
    """A registered study. `sha256` covers all of it: see `coach.export.reproduce`."""

    id: int
    clinic: str
    time_zone: str
    programme: str
    policy: str
    analysis: dict[str, Any]
    protocol: str
    protocol_sha256: str
    sha256: str
    registered_at: datetime


def load_studies(connection: Connection, clinics: ColumnElement[bool]) -> list[RegisteredStudy]:
    """Return the last registration for each program of these clinics, in order of clinic and program."""
    rows = connection.execute(
        select(
            *(Study.id, Clinic.name, Clinic.time_zone, Study.programme, Study.policy, Study.analysis),
            *(Study.protocol, Study.protocol_sha256, Study.sha256, Study.registered_at),
        )
        .join(Clinic, Clinic.id == Study.clinic_id)
        .where(clinics)
        .order_by(Clinic.name, Study.programme, Study.id)
    )
    return list({(row.name, row.programme): RegisteredStudy(*row) for row in rows}.values())


def registration_of(study: RegisteredStudy) -> dict[str, Any]:
    """Return a registration as `reproduce.py` reads it."""
    return {
        "programme": study.programme,
        "policy": study.policy,
        "analysis": study.analysis,
        "protocol": study.protocol,
        "protocol_sha256": study.protocol_sha256,
        "sha256": study.sha256,
        "registered_at": as_cell(study.registered_at),
    }


def write_study_files(connection: Connection, clinic_id: int, folder: Path) -> None:
    """Write the clinic's registrations and the script that recomputes their reports; nothing if it has none."""
    studies: Sequence[RegisteredStudy] = load_studies(connection, Clinic.id == clinic_id)
    if studies:
        told = json.dumps([registration_of(one) for one in studies], indent=2, ensure_ascii=False)
        (folder / REGISTRATION).write_text(told + "\n", encoding="utf-8")
        (folder / SCRIPT.name).write_bytes(SCRIPT.read_bytes())
