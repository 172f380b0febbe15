"""No file of ours makes a spreadsheet calculate, or fetch, or run, whatever somebody has called or written."""

import csv
import io
import re
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from coach.adherence.counts import Counts
from coach.adherence.triage import Judgement, Summary
from coach.database.tables import WeeklySummary
from coach.export.columns import TABLES, ColumnKind
from coach.export.decisions_csv import DecisionRow, Value, write_decisions
from coach.export.files import open_files
from coach.export.write_export import export_clinic
from coach.runtime import Runtime
from coach.summaries.compute import stored_batches
from coach.summaries.formats import as_csv
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import Decision
from schedules.database.tables.people import Enrolment, Participant
from tests.coach.web.coaches import sign_in
from tests.coach.web.evenings import evenings
from tests.support import TestClock, enrol, person, rows, say

ROOT = Path(__file__).parents[3]
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠", "\t=", "\r\n=")
HOSTILE = tuple(f"{begins}cmd('calc')!A1" for begins in BEGINNINGS)
NUMBER = re.compile(r"-?[\d.]+(e-?\d+)?")
# Files that only the roster's own reader sees, which must get names as they are.
READ_BY_US = {"coach/participants/enrol_form.py", "coach/demo/history.py", "coach/redcap/records.py"}


def formulas(text: str) -> list[str]:
    """The cells that a spreadsheet might take for formulas."""
    cells = [cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line]
    return [cell for cell in cells if cell.startswith(BEGINNINGS) and not NUMBER.fullmatch(cell)]


def marked(words: str) -> str:
    """As text; defusedcsv also keeps a pipe from starting a program."""
    return "'" + words.replace("|", "\\|")


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
def test_no_table_of_an_export_has_a_formula(words: str, tmp_path: Path) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    values: dict[ColumnKind, Value] = {
        ColumnKind.WHOLE: -1,
        ColumnKind.NUMBER: -0.5,
        ColumnKind.FLAG: True,
        ColumnKind.DATE: at.date(),
    }
    values |= {ColumnKind.INSTANT: at, ColumnKind.TEXT: words}
    with open_files(tmp_path) as files:
        for table, columns in TABLES.items():
            files[table].write([[values[one.kind] for one in columns]])
    for table in TABLES:
        text = (tmp_path / f"{table}.csv").read_bytes().decode()
        assert marked(words) in text
        assert formulas(text) == []


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
def test_no_decisions_file_and_no_summary_has_a_formula(words: str) -> None:
    values = {one.name: words if "str" in str(one.type) else None for one in fields(DecisionRow)}
    days = {"local_on": date(2026, 3, 2), "decided_at": datetime(2026, 3, 2, tzinfo=UTC)}
    row = DecisionRow(**values | days | {"eligible": (words,), "probabilities": {words: 1.0}})  # type: ignore[arg-type]  # as a database may hold it
    out = io.StringIO(newline="")
    write_decisions(out, [row])
    summary = as_csv(words, [Summary(1, Counts(), Judgement(words, (words,)))])
    assert formulas(out.getvalue()) == formulas(summary) == []
    for text in (out.getvalue(), summary):
        assert marked(words) in text


def test_a_person_called_a_formula_who_writes_formulas_is_harmless_in_every_file(
    runtime: Runtime, clock: TestClock, tmp_path: Path
) -> None:
    enrol(runtime, person(1, first_name=HOSTILE[0]), clinic="=Clinic()")
    app = create_app(runtime)
    lead = sign_in(app, runtime, "lead", email="=lead@example.org", clinic="=Clinic()")
    evenings(runtime, clock, 6)
    for words in HOSTILE:
        say(runtime, person(1)["phone"], words)
        lead.post("/participants/1/note", {"body": words})
    list(stored_batches(runtime.engine, "2026-W10", clock()))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(WeeklySummary).values(reasons=list(HOSTILE)))
        connection.execute(update(Enrolment).values(exclude=[HOSTILE[0]]))
        connection.execute(update(Decision).values(policy=HOSTILE[0], action=HOSTILE[4]))
    export_clinic(runtime, 1, tmp_path, "=lead@example.org", deidentified=False)
    texts = [path.read_bytes().decode() for path in tmp_path.glob("*.csv")]
    texts.append(lead.client.get("/summary/summary.csv?week=2026-W10").get_data(as_text=True))
    assert len(texts) == 5
    assert all("cmd" in text for text in texts if "score_at" not in text), "they are in the files"
    assert [formulas(text) for text in texts] == [[]] * 5


def test_a_name_that_looks_like_a_formula_is_kept_as_it_is(runtime: Runtime) -> None:
    enrol(runtime, person(1, first_name="-Ann"))
    assert [row.first_name for row in rows(runtime.engine, Participant)] == ["-Ann"]


def test_every_file_is_written_by_the_safe_writer() -> None:
    """A new one fails here."""
    writes = {
        str(path.relative_to(ROOT))
        for room in ("coach", "schedules", "content")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"\bcsv\.(writer|DictWriter)\(|import (writer|DictWriter)\b", path.read_text())
    }
    assert writes == READ_BY_US | {"coach/safe_csv.py"}
