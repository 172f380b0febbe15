"""Load the rows of a registered study and compute its report. Decides nothing: `coach.export.reproduce` does."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from coach.export import reproduce
from coach.export.columns import TABLES
from coach.export.decisions_csv import as_cell
from coach.export.pseudonyms import Alias
from coach.export.study_files import RegisteredStudy, study_as_json
from coach.export.table_rows import ExportContext, load_tables
from coach.export.write_export import in_batches, kept_rows, participants_of
from coach.studies.contrast import Nights, step_against_none


def load_report(
    context: ExportContext, study: RegisteredStudy, aliases: Mapping[int, Alias] | None = None
) -> dict[str, object]:
    """Return the report of a study, from the same rows as an export of the clinic (with aliases: de-identified)."""
    tables = _tables(context, participants_of(context.connection, study.clinic_id), aliases)
    controls: Sequence[str] = study.analysis["controls"]

    def fit(nights: Sequence[reproduce.Night], controlled: bool) -> dict[str, object]:
        return asdict(step_against_none(as_arrays(nights, controls if controlled else ())))

    return reproduce.report(study_as_json(context.connection, study, aliases), tables, fit)


def _tables(
    context: ExportContext, ids: Sequence[int], aliases: Mapping[int, Alias] | None
) -> Mapping[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {table: [] for table in reproduce.TABLES}
    for batch in in_batches(ids):
        loaded = load_tables(context, batch)
        for table in found:
            names = [column.name for column in TABLES[table]]
            for id in batch:
                rows = kept_rows(table, loaded[table].get(id, ()), aliases[id] if aliases is not None else None)
                found[table] += [dict(zip(names, map(_cell, row), strict=True)) for row in rows]
    return found


def _cell(value: Any) -> str:
    cell = as_cell(value)
    return "" if cell is None else str(cell)


def as_arrays(nights: Sequence[reproduce.Night], controls: Sequence[str]) -> Nights:
    """Return nights as arrays, with the first of their controls under these names."""
    people = {one.person: place for place, one in enumerate(nights)}
    return Nights(
        np.array([people[one.person] for one in nights], dtype=np.int64),
        np.array([one.chance for one in nights]),
        np.array([one.step for one in nights], dtype=bool),
        np.array([one.score for one in nights]),
        {name: np.array([one.controls[place] for one in nights]) for place, name in enumerate(controls)},
    )
