"""A clinic's own library: the packaged one with the clinic's texts, without the strategies it has switched off.

The linter checks every text twice: when it is added, and when a process first builds a library, because the packaged
rules may have become stricter. A library refused then is used without the clinic's texts, and logged.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import Connection, func, insert, select, update

from content.catalogue import Catalogue, CatalogueError, Problem, with_clinic
from content.lint import Grade
from content.loading import CLINIC_TEXT_MARK
from schedules.database.tables.clinics import Clinic, ClinicText

LONGEST = {"name": 30, "body": 500, "reviewer": 120}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OwnText:
    """The newest version of a text written by a clinic, as `content.clinic.with_clinic` reads it."""

    strategy: str
    language: str
    name: str
    body: str
    version: int
    reviewer: str
    reviewed_on: date


def load_own_texts(connection: Connection, clinic_ids: Collection[int]) -> dict[int, tuple[OwnText, ...]]:
    """Return the texts each clinic uses: the newest version of each, unless it is withdrawn."""
    newest: dict[int, dict[tuple[str, str, str], OwnText]] = defaultdict(dict)
    for row in connection.execute(
        select(
            ClinicText.clinic_id,
            ClinicText.strategy,
            ClinicText.language,
            ClinicText.name,
            ClinicText.body,
            ClinicText.version,
            ClinicText.reviewer,
            ClinicText.reviewed_on,
        )
        .where(ClinicText.clinic_id.in_(clinic_ids))
        .order_by(ClinicText.version)
    ):
        newest[row.clinic_id][row.strategy, row.language, row.name] = OwnText(*row[1:])
    return {clinic: tuple(text for text in texts.values() if text.body) for clinic, texts in newest.items()}


def clinic_catalogue(catalogue: Catalogue, own: tuple[OwnText, ...]) -> Catalogue:
    """Return the library with a clinic's texts. Switched-off strategies stay, so that eligibility can say why not."""
    return _joined(catalogue, own) if own else catalogue


@lru_cache(maxsize=256)
def _joined(catalogue: Catalogue, own: tuple[OwnText, ...]) -> Catalogue:
    try:
        return with_clinic(catalogue, (), [asdict(text) for text in own])
    except CatalogueError as error:
        log.error("clinic_texts_refused", problems=[str(problem) for problem in error.problems])
        return catalogue


def add_texts(
    connection: Connection,
    clinic_id: int,
    tables: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    grade: Grade | None,
    now: datetime,
) -> list[OwnText]:
    """Add a clinic's texts, or new versions of them. Returns what was added; unchanged texts are skipped.

    Raises:
        CatalogueError: with everything the linter refuses; nothing is written.
    """
    newest = _newest_versions(connection, clinic_id)
    here = {_place(asdict(text)): text for text in load_own_texts(connection, [clinic_id]).get(clinic_id, ())}
    given = [
        {**table, "version": newest.get(_place(table), 0) + 1}
        for table in tables
        if _place(table) not in here or here[_place(table)].body != table.get("body")
    ]
    if problems := [problem for number, table in enumerate(tables, 1) for problem in _misfits(number, table)]:
        raise CatalogueError(tuple(problems))
    replaced = {_place(table) for table in given}
    kept = [asdict(text) for place, text in here.items() if place not in replaced]
    with_clinic(catalogue, switched_off(connection, clinic_id), [*kept, *given], grade=grade)
    added = [OwnText(**{**table, "reviewed_on": _day(table["reviewed_on"])}) for table in given]
    for text in added:
        connection.execute(insert(ClinicText).values(clinic_id=clinic_id, created_at=now, **asdict(text)))
    return added


def _misfits(number: int, table: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong with the columns of this table."""
    if "version" in table:
        yield Problem("clinic", f"added.{number}.version", "is counted here: leave it out")
    for name, most in LONGEST.items():
        if len(str(table.get(name, ""))) > most:
            yield Problem("clinic", f"added.{number}.{name}", f"is longer than {most} characters")


def withdraw_text(connection: Connection, clinic_id: int, text_id: str, language: str, now: datetime) -> bool:
    """Stop using a clinic's text; what was sent of it stays on record. Returns whether it was in use."""
    strategy, _, name = text_id.partition(CLINIC_TEXT_MARK)
    for text in load_own_texts(connection, [clinic_id]).get(clinic_id, ()):
        if _place(asdict(text)) == (strategy, language, name):
            gone = {**asdict(text), "body": "", "version": text.version + 1}
            connection.execute(insert(ClinicText).values(clinic_id=clinic_id, created_at=now, **gone))
            return True
    return False


def switched_off(connection: Connection, clinic_id: int) -> frozenset[str]:
    """Return the strategies a clinic does not send."""
    ids = connection.execute(select(Clinic.switched_off).where(Clinic.id == clinic_id)).scalar_one()
    return frozenset(ids or ())


def switch(connection: Connection, clinic_id: int, strategy: str, catalogue: Catalogue, *, on: bool) -> bool:
    """Switch a strategy off or on for a clinic. Returns whether that changed anything.

    Raises:
        CatalogueError: the strategy does not exist, or none would be left.
    """
    before = switched_off(connection, clinic_id)
    after = before - {strategy} if on else before | {strategy}
    with_clinic(catalogue, {*after, strategy} if on and strategy not in catalogue.strategies else after)
    connection.execute(update(Clinic).where(Clinic.id == clinic_id).values(switched_off=sorted(after) or None))
    return after != before


def _place(table: Mapping[str, object]) -> tuple[str, str, str]:
    """Return what identifies two rows as versions of one text."""
    return str(table.get("strategy")), str(table.get("language")), str(table.get("name"))


def _newest_versions(connection: Connection, clinic_id: int) -> dict[tuple[str, str, str], int]:
    """Return the newest version of each of a clinic's texts, withdrawn or not."""
    key = (ClinicText.strategy, ClinicText.language, ClinicText.name)
    found = connection.execute(
        select(*key, func.max(ClinicText.version)).where(ClinicText.clinic_id == clinic_id).group_by(*key)
    )
    return {(strategy, language, name): version for strategy, language, name, version in found}


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
