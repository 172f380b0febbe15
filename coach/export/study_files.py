"""The registered studies of a clinic, and what an export holds of them: study.json and the script `reproduce.py`."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from coach.database.tables import AuditEvent, Study
from coach.export.decisions_csv import as_cell
from coach.export.pseudonyms import Alias
from schedules.database.pseudonyms import LONGEST_CUT
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.outbox.states import NEVER_ARRIVED

SCRIPT = Path(__file__).with_name("reproduce.py")
REGISTRATION = "study.json"


@dataclass(frozen=True, slots=True)
class RegisteredStudy:
    """A registered study. `sha256` covers all of it: see `coach.export.reproduce`."""

    id: int
    clinic_id: int
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
            *(Study.id, Study.clinic_id, Clinic.name, Clinic.time_zone, Study.programme, Study.policy, Study.analysis),
            *(Study.protocol, Study.protocol_sha256, Study.sha256, Study.registered_at),
        )
        .join(Clinic, Clinic.id == Study.clinic_id)
        .where(clinics)
        .order_by(Clinic.name, Study.programme, Study.id)
    )
    return list({(row.clinic_id, row.programme): RegisteredStudy(*row) for row in rows}.values())


def study_as_json(
    connection: Connection, study: RegisteredStudy, aliases: Mapping[int, Alias] | None = None
) -> dict[str, object]:
    """Return a study as `reproduce.py` reads it, with what no table of the export says.

    With aliases it is de-identified: of their rows, and without the times of the registration and of changes, from
    which true dates follow.
    """
    return {
        "programme": study.programme,
        "policy": study.policy,
        "analysis": study.analysis,
        "protocol": study.protocol,
        "protocol_sha256": study.protocol_sha256,
        "sha256": study.sha256,
        "registered_at": as_cell(study.registered_at) if aliases is None else None,
        "cut": "" if aliases is None else f"each person's last 1 to {LONGEST_CUT} weeks",
        "observed": {
            "texts_not_arrived": _texts_not_arrived(connection, study, aliases),
            "clinic_changes": _clinic_changes(connection, study, dated=aliases is None),
        },
    }


def _texts_not_arrived(
    connection: Connection, study: RegisteredStudy, aliases: Mapping[int, Alias] | None
) -> dict[str, int]:
    """Count the study's texts that did not leave or arrive, by state and by reason or the carrier's error code."""
    texts = connection.execute(
        select(
            *(OutboxMessage.state, OutboxMessage.reason, OutboxMessage.error_code),
            *(Participant.id, Decision.local_on, func.count()),
        )
        .join(Decision, Decision.id == OutboxMessage.decision_id)
        .join(Enrolment, Enrolment.id == Decision.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(
            Participant.clinic_id == study.clinic_id,
            Participant.erased_at.is_(None),
            func.coalesce(Decision.programme, Enrolment.programme) == study.programme,
            Decision.policy == study.policy,
            Decision.action.is_not(None),
            OutboxMessage.state.in_((*NEVER_ARRIVED, "stuck")),
        )
        .group_by(
            OutboxMessage.state, OutboxMessage.reason, OutboxMessage.error_code, Participant.id, Decision.local_on
        )
    )
    found: Counter[str] = Counter()
    for state, reason, code, id, on, count in texts:
        if aliases is None or on <= aliases[id].until:
            found[" ".join(str(word) for word in (state, reason or code) if word)] += count
    return dict(sorted(found.items()))


def _clinic_changes(connection: Connection, study: RegisteredStudy, *, dated: bool) -> list[dict[str, object]]:
    """Return when the clinic's own program or policy was changed since the registration, and to what."""
    events = connection.execute(
        select(AuditEvent.at, AuditEvent.detail)
        .where(
            AuditEvent.clinic_id == study.clinic_id,
            AuditEvent.action == "changed",
            AuditEvent.subject == f"clinic {study.clinic_id}",
            AuditEvent.at > study.registered_at,
        )
        .order_by(AuditEvent.id)
    )
    named = ((at, {name: detail[name] for name in ("programme", "policy") if name in detail}) for at, detail in events)
    return [({"at": as_cell(at)} if dated else {}) | changes for at, changes in named if changes]


def write_study_files(
    connection: Connection, clinic_id: int, folder: Path, aliases: Mapping[int, Alias] | None
) -> None:
    """Write the clinic's registrations and the script that recomputes their reports; nothing if it has none."""
    studies: Sequence[RegisteredStudy] = load_studies(connection, Clinic.id == clinic_id)
    if studies:
        told = json.dumps([study_as_json(connection, one, aliases) for one in studies], indent=2, ensure_ascii=False)
        (folder / REGISTRATION).write_text(told + "\n", encoding="utf-8")
        (folder / SCRIPT.name).write_bytes(SCRIPT.read_bytes())
