"""A clinic's own library: the packaged one with its own texts, and without the strategies it has switched off.

The linter reads every text twice: when it is added, and when a library is first joined in a process, for the packaged
library may have learned new rules since. A library it then refuses is used without the clinic's texts, and logged.
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
    """The newest version of a text that a clinic wrote, as `content.clinic.with_clinic` reads it."""

    strategy: str
    language: str
    name: str
    body: str
    version: int
    reviewer: str
    reviewed_on: date


def load_own_texts(connection: Connection, clinic_ids: Collection[int]) -> dict[int, tuple[OwnText, ...]]:
    """The texts each clinic uses now: of each its newest version, unless that withdraws it."""
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
    """The library with a clinic's texts in it. What it has switched off stays in, for eligibility to say why not."""
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
    """Add texts, or new versions of texts, of a clinic's own. Returns what was added; words already there are not.

    Raises:
        CatalogueError: with everything that the linter refuses; nothing is written then.
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


def _misfits(number: int, table: Mapping[str, Any]) -> Iterator[Problem]:
    """What only this table's columns refuse."""
    if "version" in table:
        yield Problem("clinic", f"added.{number}.version", "is counted here: leave it out")
    for name, most in LONGEST.items():
        if len(str(table.get(name, ""))) > most:
            yield Problem("clinic", f"added.{number}.{name}", f"is longer than {most} characters")


def withdraw_text(connection: Connection, clinic_id: int, text_id: str, language: str, now: datetime) -> bool:
    """Use a text of the clinic's own no more; what was sent of it stays on record. Returns whether it was in use."""
    strategy, _, name = text_id.partition(CLINIC_TEXT_MARK)
    for text in load_own_texts(connection, [clinic_id]).get(clinic_id, ()):
        if _place(asdict(text)) == (strategy, language, name):
            gone = {**asdict(text), "body": "", "version": text.version + 1}
            connection.execute(insert(ClinicText).values(clinic_id=clinic_id, created_at=now, **gone))
            return True
    return False


def switched_off(connection: Connection, clinic_id: int) -> frozenset[str]:
    """The strategies a clinic does not send."""
    ids = connection.execute(select(Clinic.switched_off).where(Clinic.id == clinic_id)).scalar_one()
    return frozenset(ids or ())


def switch(connection: Connection, clinic_id: int, strategy: str, catalogue: Catalogue, *, on: bool) -> bool:
    """Switch a strategy off or on for a clinic. Returns whether that changed anything.

    Raises:
        CatalogueError: no such strategy, or none would be left.
    """
    before = switched_off(connection, clinic_id)
    after = before - {strategy} if on else before | {strategy}
    with_clinic(catalogue, {*after, strategy} if on and strategy not in catalogue.strategies else after)
    connection.execute(update(Clinic).where(Clinic.id == clinic_id).values(switched_off=sorted(after) or None))
    return after != before


def _place(table: Mapping[str, Any]) -> tuple[str, str, str]:
    """What makes two rows versions of one text."""
    return str(table.get("strategy")), str(table.get("language")), str(table.get("name"))


def _newest_versions(connection: Connection, clinic_id: int) -> dict[tuple[str, str, str], int]:
    """The newest version of each text of a clinic, withdrawn or not."""
    key = (ClinicText.strategy, ClinicText.language, ClinicText.name)
    found = connection.execute(
        select(*key, func.max(ClinicText.version)).where(ClinicText.clinic_id == clinic_id).group_by(*key)
    )
    return {(strategy, language, name): version for strategy, language, name, version in found}


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
