"""Write a clinic's FHIR export: load rows, de-identify them unless told not to, write NDJSON. Decides nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import orjson
from sqlalchemy import Connection, select

from coach.audit import Detail, record
from coach.export.columns import TABLES
from coach.export.decisions_csv import Value
from coach.export.fhir.codes import Json, definitions, step_titles
from coach.export.fhir.resources import Identity, PersonRows, resources_of
from coach.export.files import whole_folder
from coach.export.pseudonyms import Alias
from coach.export.table_rows import ExportContext, last_instant, load_tables
from coach.export.write_export import Installation, in_batches, kept_rows, load_aliases, participants_of
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.people import Participant
from schedules.database.types import readable

TYPES = ("Patient", "CarePlan", "Communication", "QuestionnaireResponse", "Observation", "CodeSystem", "Questionnaire")
NAMELESS = Identity(None, None)
NAMES = {table: tuple(column.name for column in columns) for table, columns in TABLES.items()}


def export_fhir(
    installation: Installation, clinic_id: int, folder: Path, actor: str, *, identified: bool
) -> Counter[str]:
    """Write one file for each type of resource, with an audit entry. Returns how many resources each has.

    Raises OSError if the folder cannot be written.
    """
    with whole_folder(folder) as part:
        with read_transaction(installation.engine) as connection, ExitStack() as opened:
            files = {name: opened.enter_context((part / f"{name}.ndjson").open("wb")) for name in TYPES}
            counts = _write(installation, connection, clinic_id, files, identified=identified)
        detail: dict[str, Detail] = {"as": "fhir", "identified": identified, "participants": counts["Patient"]}
        with write_transaction(installation.engine) as connection:
            record(connection, actor, "exported", f"clinic {clinic_id}", installation.now(), clinic_id, detail)
    return counts


def _write(
    installation: Installation,
    connection: Connection,
    clinic_id: int,
    files: Mapping[str, IO[bytes]],
    *,
    identified: bool,
) -> Counter[str]:
    counts: Counter[str] = Counter(dict.fromkeys(TYPES, 0))
    titles = step_titles(installation.catalogue)
    ids = participants_of(connection, clinic_id)
    aliases = None if identified else load_aliases(installation, connection, clinic_id)
    if aliases is not None:
        ids.sort(key=lambda id: aliases[id].id)
    as_of = last_instant(connection, clinic_id) or installation.now()
    context = ExportContext(connection, installation.catalogue, as_of, with_bodies=identified)
    _append(files, counts, definitions(titles))
    for batch in in_batches(ids):
        for rows in load_people(context, batch, aliases):
            _append(files, counts, resources_of(rows, titles))
    return counts


def _append(files: Mapping[str, IO[bytes]], counts: Counter[str], found: Mapping[str, list[Json]]) -> None:
    for name, resources in found.items():
        files[name].writelines(orjson.dumps(one) + b"\n" for one in resources)
        counts[name] += len(resources)


def load_people(
    context: ExportContext, ids: Sequence[int], aliases: Mapping[int, Alias] | None, *, named: bool = True
) -> Iterator[PersonRows]:
    """Load some people's rows: under their aliases, or by their ids and, if `named`, with name and number."""
    tables = load_tables(context, ids)
    who = {} if aliases or not named else _identities(context.connection, ids)
    for id in ids:
        rows: dict[str, list[dict[str, Value]]] = {}
        for table, names in NAMES.items():
            alias = aliases[id] if aliases is not None else None
            found = kept_rows(table, tables[table].get(id, []), alias)
            shown = [alias.deidentified(row, TABLES[table]) for row in found] if alias else found
            rows[table] = [dict(zip(names, row, strict=True)) for row in shown]
        identity = None if aliases else who.get(id, NAMELESS)
        for person in rows["participants"]:
            yield PersonRows(person, rows["decisions"], rows["check_ins"], rows["messages"], identity)


def _identities(connection: Connection, ids: Sequence[int]) -> dict[int, Identity]:
    columns = (Participant.id, readable(Participant.first_name), readable(Participant.phone))
    found = connection.execute(select(*columns).where(Participant.id.in_(ids)))
    return {row.id: Identity(row.first_name, row.phone) for row in found}
