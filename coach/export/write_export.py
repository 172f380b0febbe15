"""Export one clinic: load rows, de-identify them if requested, write the files and the audit entry.

Decides nothing: `coach.export.columns` has the rules, and `coach.export.pseudonyms` applies them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, func, select

from coach.audit import Detail, record
from coach.export.columns import FEWEST, PARTICIPANTS, TABLES
from coach.export.decisions_csv import Value
from coach.export.files import TableFiles, open_files, whole_folder
from coach.export.pseudonyms import Alias, Evening, small_cells
from coach.export.study_files import write_study_files
from coach.export.table_rows import ExportContext, last_instant, load_tables
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Participant

BATCH = 500  # participants: keeps at most a few hundred thousand rows in memory
SMALL_CELL_COLUMNS = ("language", "programme", "status")


class Installation(Protocol):
    """What an export needs; `coach.runtime.Runtime` provides it."""

    @property
    def engine(self) -> Engine: ...  # noqa: D102
    @property
    def catalogue(self) -> Catalogue: ...  # noqa: D102
    @property
    def keys(self) -> InstallationKeys: ...  # noqa: D102
    @property
    def now(self) -> Callable[[], datetime]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows each table has, how many were cut, and cautions about values that few people share.

    `cut` is for whoever exports: beside the files it would tell how long the cut is.
    """

    rows: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    cautions: tuple[str, ...] = ()


def export_clinic(
    installation: Installation, clinic_id: int, folder: Path, actor: str, *, deidentified: bool
) -> Exported:
    """Write a clinic's export into a folder, with an audit entry. Raises OSError if it cannot be written."""
    with whole_folder(folder) as part:
        with read_transaction(installation.engine) as connection, open_files(part, deidentified=deidentified) as files:
            aliases = load_aliases(installation, connection, clinic_id) if deidentified else None
            done = _write(installation, connection, clinic_id, files, aliases)
            write_study_files(connection, clinic_id, part, aliases)
        detail: dict[str, Detail] = {"deidentified": deidentified, "participants": done.rows["participants"]}
        if deidentified:
            detail["decisions_cut"] = done.cut["decisions"]
        with write_transaction(installation.engine) as connection:
            record(connection, actor, "exported", f"clinic {clinic_id}", installation.now(), clinic_id, detail)
    return done


def _write(
    installation: Installation,
    connection: Connection,
    clinic_id: int,
    files: dict[str, TableFiles],
    aliases: dict[int, Alias] | None,
) -> Exported:
    rows, cut = Counter[str](), Counter[str]()
    people: list[Sequence[Value]] = []
    context = ExportContext(
        connection,
        installation.catalogue,
        last_instant(connection, clinic_id) or installation.now(),
        with_bodies=aliases is None,
    )
    ids = participants_of(connection, clinic_id)
    if aliases is not None:
        ids.sort(key=lambda id: aliases[id].id)
    for batch in in_batches(ids):
        for table, found in load_tables(context, batch).items():
            written = list(_rows_to_write(table, found, batch, aliases))
            files[table].write(written)
            rows[table] += len(written)
            cut[table] += sum(map(len, found.values())) - len(written)
            people += written if table == "participants" else []
    cautions = () if aliases is None else small_cells(PARTICIPANTS, people, SMALL_CELL_COLUMNS, FEWEST)
    return Exported(rows, +cut, tuple(cautions))


def _rows_to_write(
    table: str, found: dict[int, list[list[Value]]], batch: Sequence[int], aliases: dict[int, Alias] | None
) -> Iterator[Sequence[Value]]:
    for id in batch:
        alias = aliases[id] if aliases is not None else None
        for row in kept_rows(table, found.get(id, ()), alias):
            yield alias.deidentified(row, TABLES[table]) if alias else row


def kept_rows(table: str, rows: Sequence[Sequence[Value]], alias: Alias | None) -> Sequence[Sequence[Value]]:
    """Return the rows of a person that belong in an export: all, or under an alias those up to their end."""
    return rows if alias is None else alias.kept(table, rows)


def participants_of(connection: Connection, clinic_id: int) -> list[int]:
    """Return the clinic's participants who were not erased, ordered by id."""
    return list(
        connection.execute(
            select(Participant.id)
            .where(Participant.clinic_id == clinic_id, Participant.erased_at.is_(None))
            .order_by(Participant.id)
        ).scalars()
    )


def evenings_of(connection: Connection, clinic_id: int) -> dict[int, tuple[Evening, date]]:
    """Return the evening of each participant of a clinic, and since when they take part."""
    rows = connection.execute(
        select(Participant.id, Participant.time_zone, Enrolment.evening_at, Enrolment.starts_on)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(Participant.clinic_id == clinic_id)
    )
    return {row.id: (Evening(row.time_zone, row.evening_at), row.starts_on) for row in rows}


def aliases_of(keys: InstallationKeys, evenings: Mapping[int, tuple[Evening, date]], today: date) -> dict[int, Alias]:
    """Return each participant's alias for a de-identified export. Whoever began after their end has no records."""
    found = {}
    for id, (evening, starts_on) in evenings.items():
        named = keys.pseudonym(id)
        until = today - timedelta(weeks=named.cut)
        found[id] = Alias(named.name, named.shift, evening, until if starts_on <= until else date.min)
    return found


def load_aliases(installation: Installation, connection: Connection, clinic_id: int) -> dict[int, Alias]:
    """Return each participant's alias for a de-identified export of a clinic today."""
    return aliases_of(installation.keys, evenings_of(connection, clinic_id), installation.now().date())


def in_batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Split ids into batches."""
    return (ids[first : first + BATCH] for first in range(0, len(ids), BATCH))


def check_ins_of(engine: Engine, clinic_id: int) -> int:
    """Count the questions a clinic has asked, as a measure of how large an export would be."""
    with read_transaction(engine) as connection:
        return int(
            connection.execute(
                select(func.count(CheckIn.id))
                .join(Enrolment, Enrolment.id == CheckIn.enrolment_id)
                .join(Participant, Participant.id == Enrolment.participant_id)
                .where(Participant.clinic_id == clinic_id)
            ).scalar_one()
        )
