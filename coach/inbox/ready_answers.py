"""Ready-made answers of a clinic, in several languages: read, filled in, changed. Every version is kept.

The caller holds the transaction. An answer without a body in a language is not offered in that language.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.database.desk_tables import ReadyAnswer
from coach.database.tables import InboundReply
from coach.inbox.answer import LONGEST_ANSWER
from content.catalogue import language_of
from content.segments import normalise
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant
from schedules.database.types import readable

LONGEST_NAME = 60
PLACEHOLDERS: Mapping[str, str] = {
    "first_name": "their first name",
    "clinic": "the name of your clinic",
    "contact": "your clinic's contact",
}
WITHOUT = {"first_name": {"en": "there", "es": ""}, "contact": {"en": "your clinic", "es": "tu clínica"}}


class ReadyAnswerError(ValueError):
    """Why a ready-made answer cannot be saved, in one sentence; `field` names the form's field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready-made answer: its body by language, and when and in which version each was last changed."""

    name: str
    bodies: Mapping[str, str]
    versions: Mapping[str, int]
    changed_at: datetime


def load_ready_answers(connection: Connection, clinic_ids: Sequence[int]) -> dict[int, list[Ready]]:
    """Load what counts now, by clinic, in order of name."""
    query = select(*_COLUMNS).where(ReadyAnswer.clinic_id.in_(clinic_ids)).order_by(ReadyAnswer.version)
    newest = {(row.clinic_id, row.name, row.language): row for row in connection.execute(query)}
    by_name: dict[tuple[int, str], list[Any]] = {}
    for (clinic_id, name, _), row in newest.items():
        by_name.setdefault((clinic_id, name), []).append(row)
    found: dict[int, list[Ready]] = {}
    for (clinic_id, name), rows in sorted(by_name.items()):
        bodies = {row.language: row.body for row in rows if row.body}
        versions = {row.language: row.version for row in rows}
        if bodies:
            found.setdefault(clinic_id, []).append(Ready(name, bodies, versions, max(row.created_at for row in rows)))
    return found


_COLUMNS = (
    *(ReadyAnswer.clinic_id, ReadyAnswer.name, ReadyAnswer.language),
    *(ReadyAnswer.body, ReadyAnswer.version, ReadyAnswer.created_at),
)


def save_ready_answer(
    connection: Connection, name: str, bodies: Mapping[str, str], coach: SignedIn, now: datetime
) -> dict[str, int]:
    """Write a new version in each language whose words changed. Return the new versions by language.

    Raises ReadyAnswerError.
    """
    if coach.clinic_id is None:
        raise ReadyAnswerError("name", "Ready-made answers belong to a clinic: sign in as its lead.")
    name, bodies = read_ready_answer(name, bodies)
    before = _of_clinic(connection, coach.clinic_id, name)
    made: dict[str, int] = {}
    for language, body in bodies.items():
        old = before.get(language)
        if (old.body if old else "") == body:
            continue
        made[language] = (old.version if old else 0) + 1
        row = {"clinic_id": coach.clinic_id, "name": name, "language": language, "body": body}
        more = {"version": made[language], "written_by_id": coach.id, "created_at": now}
        connection.execute(insert(ReadyAnswer).values(row | more))
    if made:
        versions = {f"{language}_{end}": to for language, new in made.items() for end, to in _change(new)}
        record(connection, coach.email, "changed", "ready-made answers", now, coach.clinic_id, versions)
    return made


def _change(version: int) -> tuple[tuple[str, int], tuple[str, int]]:
    return ("version_from", version - 1), ("version_to", version)


def _of_clinic(connection: Connection, clinic_id: int, name: str) -> dict[str, Any]:
    mine = select(*_COLUMNS).where(ReadyAnswer.clinic_id == clinic_id, ReadyAnswer.name == name)
    return {row.language: row for row in connection.execute(mine.order_by(ReadyAnswer.version))}


def read_ready_answer(name: str, bodies: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return a name and bodies as they are stored. Raises ReadyAnswerError."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ReadyAnswerError("name", f"Give it a name of 1 to {LONGEST_NAME} characters, such as 'Call the clinic'.")
    read = {language: normalise(" ".join(body.split())) for language, body in bodies.items()}
    for language, body in read.items():
        if len(body) > LONGEST_ANSWER:
            sentence = f"This has {len(body)} characters; a text has at most {LONGEST_ANSWER}. Shorten it."
            raise ReadyAnswerError(f"body_{language}", sentence)
        left = re.sub(r"\{(" + "|".join(PLACEHOLDERS) + r")\}", "", body)
        if "{" in left or "}" in left:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise ReadyAnswerError(f"body_{language}", f"Braces are for placeholders only. There are {known}.")
    return name, read


def fill_ready_answer(
    connection: Connection, reply_id: int, name: str, coach: SignedIn, languages: Sequence[str]
) -> str:
    """Return an answer in the language of whoever sent a reply, filled in. Raises LookupError if there is none."""
    row = connection.execute(
        select(
            *(Participant.clinic_id, Participant.language, readable(Participant.first_name)),
            *(Clinic.name.label("clinic"), Clinic.contact),
        )
        .join(InboundReply, InboundReply.participant_id == Participant.id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .where(InboundReply.id == reply_id, coach.scope)
    ).first()
    if row is None:
        raise LookupError("this is not in the coach's scope")
    stored = _of_clinic(connection, row.clinic_id, name)
    for language in dict.fromkeys((language_of(row.language), *languages)):
        if language in stored and stored[language].body:
            given = {"first_name": row.first_name, "clinic": row.clinic, "contact": row.contact}
            return filled(stored[language].body, language, given)
    raise LookupError("there is no such answer")


def filled(body: str, language: str, given: Mapping[str, str | None]) -> str:
    """Put values into the placeholders, and plain words where there is no value."""
    for name in PLACEHOLDERS:
        value = given.get(name) or WITHOUT.get(name, {}).get(language, "")
        body = body.replace(f"{{{name}}}", value)
    return re.sub(r"\s+([,.!?:;])", r"\1", " ".join(body.split()))
