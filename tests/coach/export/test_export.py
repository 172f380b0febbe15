"""`coach export`: complete, reproducible, safe to open in a spreadsheet, and de-identified on request."""

import csv
import io
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from coach.accounts.sign_ins import AccountError, ensure_clinic
from coach.cli.main import coach
from coach.database.schema import load_keys
from coach.database.tables import AuditEvent, InboundReply
from coach.effects.read_file import read_nights
from coach.export.columns import TABLES, Column, ColumnKind, Rule, data_dictionary
from coach.export.decisions_csv import COLUMNS
from coach.export.files import NO_PARQUET
from coach.export.write_export import export_clinic
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.gateway.protocol import MemoryGateway
from tests.coach.living import live
from tests.support import DATA_KEY, SECRET_KEY, TestClock, enrol, person, rows, say, settings_for

ROOT = Path(__file__).parents[3]
EVENINGS = 6


@pytest.fixture
def installed(sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock) -> Runtime:
    keys, gateway = load_keys(sqlite_engine), MemoryGateway(clock)
    runtime = Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, keys, gateway, clock)
    live(runtime, clock, "micro-randomised", EVENINGS)
    return runtime


@pytest.fixture
def command(sqlite_url: str) -> Callable[..., Result]:
    settings = {"DATABASE_URL": sqlite_url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY}
    return lambda *arguments: CliRunner(env=settings).invoke(coach, ["export", *map(str, arguments)])


def read(folder: Path, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / f"{table}.csv").read_bytes().decode(), newline="")))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_row_is_there_in_csv_and_in_parquet(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    answer = command(tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    assert "Message bodies" in answer.output
    assert "3 participants, 18 decisions, 18 check-ins" in answer.output
    counts = {"participants": Participant, "decisions": Decision, "check_ins": CheckIn}
    for table, columns in TABLES.items():
        found, parquet = read(tmp_path / "out", table), pq.read_table(tmp_path / "out" / f"{table}.parquet")
        assert list(found[0]) == parquet.column_names == [column.name for column in columns]
        assert len(found) == parquet.num_rows
        if table in counts:
            assert len(found) == len(rows(installed.engine, counts[table]))
    assert len(read(tmp_path / "out", "messages")) == len(rows(installed.engine, OutboxMessage)) + len(
        rows(installed.engine, InboundReply)
    )
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def test_without_pyarrow_csv_is_written_and_parquet_is_said_to_be_missing(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(tmp_path)
    before = bytes_of(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = command(tmp_path)
    assert (answer.exit_code, answer.output.splitlines()[1]) == (0, NO_PARQUET)
    kept = {name: data for name, data in before.items() if not name.endswith(".parquet")}
    assert bytes_of(tmp_path) == kept, "no Parquet of an earlier export stays beside newer CSV"


def test_a_decision_has_the_score_of_its_night_and_whether_its_text_arrived(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    command(tmp_path)
    first = [row for row in read(tmp_path, "decisions") if row["participant_id"] == "1"]
    assert tuple(first[0]) == COLUMNS
    # Person 1 answers (evening * 1) % 9 at every check-in, so the score of evening n comes on evening n + 1,
    # and that of a step for the day after on evening n + 2.
    scores = [*map(str, range(EVENINGS)), "", ""]
    later = [1 + (row["acts_on"] == "tomorrow") for row in first]
    assert [row["outcome_score"] for row in first] == [scores[n + nights] for n, nights in enumerate(later)]
    assert [row["prior_score"] for row in first] == ["", "0", "1", "2", "3", "4"]
    assert [row["nights_since_start"] for row in first] == list("012345")
    assert {row["delivered"] for row in first} == {"1"}
    withheld = {row["decision_id"] for row in first if row["action"] == "none"}
    assert {row["habit"] for row in first[:-1] if row["decision_id"] not in withheld} == {"1"}
    assert {row["habit"] for row in first if row["decision_id"] in withheld} <= {""}


def test_the_decisions_are_a_file_that_coach_effects_reads(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    command(tmp_path / "own")
    command(tmp_path / "shared", "--deidentified")
    own, shared = (
        read_nights(iter((tmp_path / name / "decisions.csv").read_text().splitlines())) for name in ("own", "shared")
    )
    assert len(own.action) == len(shared.action) == 3 * EVENINGS
    assert np.sort(own.outcome) == pytest.approx(np.sort(shared.outcome), nan_ok=True)


@pytest.mark.parametrize("how", [(), ("--deidentified",)], ids=["own", "deidentified"])
def test_the_same_database_gives_the_same_bytes(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path, how: tuple[str, ...]
) -> None:
    command(tmp_path / "one", *how)
    command(tmp_path / "two", *how)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    before = bytes_of(tmp_path / "one")
    say(installed, "+14155550001", "9 no")
    command(tmp_path / "one", *how)
    assert bytes_of(tmp_path / "one") != before


def test_without_identity_there_is_no_number_name_body_id_or_true_date(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    say(installed, "+14155550001", "my name is Wilhelmina, 4 yes")
    answer = command(tmp_path, "--deidentified")
    assert "Caution, few people share a value: " in answer.output
    assert "language es has 1" in answer.output
    pages = {name: data for name, data in bytes_of(tmp_path).items() if name.endswith(".csv")}
    for secret in (b"415555", b"Wilhelmina", b"America/", b"2026-03", b"fall_risk", b"22:30"):
        assert not [name for name, data in pages.items() if secret in data], secret
    for parquet in tmp_path.glob("*.parquet"):
        assert "Wilhelmina" not in str(pq.read_table(parquet).to_pydict())
    for table, columns in TABLES.items():
        for row in read(tmp_path, table):
            assert row["participant_id"].startswith("p")
            assert not [one.name for one in columns if not keeps_its_rule(row, one)]


def keeps_its_rule(row: dict[str, str], column: Column) -> bool:
    cell = row[column.name]
    if column.rule is Rule.LEFT_OUT or not cell:
        return not cell
    if column.rule is Rule.NUMBERED:
        return cell.startswith(f"{row['participant_id']}-{column.name[0]}")
    if column.rule is Rule.SINCE_EVENING:
        return int(cell) % 15 == 0
    return column.kind is not ColumnKind.INSTANT or bool(date.fromisoformat(cell))


def test_dates_of_a_person_move_together_by_whole_weeks(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    command(tmp_path / "own")
    command(tmp_path / "shared", "--deidentified")
    moved = set()
    for id in ("1", "2", "3"):
        named = installed.keys.pseudonym(int(id))
        alias, weeks = named.name, named.shift
        moved.add(weeks)
        own = [row for row in read(tmp_path / "own", "decisions") if row["participant_id"] == id]
        shared = [row for row in read(tmp_path / "shared", "decisions") if row["participant_id"] == alias]
        for before, after in zip(own, shared, strict=True):
            was, now = date.fromisoformat(before["local_date"]), date.fromisoformat(after["local_date"])
            assert was - now == timedelta(weeks=weeks)
            assert was.weekday() == now.weekday()
        assert [row["decision_id"] for row in shared] == [f"{alias}-d{number}" for number in range(1, EVENINGS + 1)]
        check_ins = [row for row in read(tmp_path / "shared", "check_ins") if row["participant_id"] == alias]
        assert {row["decision_id"] for row in check_ins} - {""} <= {row["decision_id"] for row in shared}
    assert len(moved) > 1


def test_a_reply_that_looks_like_a_formula_is_harmless_in_a_spreadsheet(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    for words in ('=HYPERLINK("http://bad.example","4")', "@SUM(1)", "+4-1", "\t=1+1", "-2+3", "\r=1"):
        say(installed, "+14155550001", words)
    command(tmp_path)
    found = read(tmp_path, "messages")
    assert not [row for row in found for cell in row.values() if cell and cell[0] in "=@+-\t\r\n"]
    assert any(row["body"].startswith("'=HYPERLINK") for row in found)
    assert '=HYPERLINK("http://bad.example","4")' in pq.read_table(tmp_path / "messages.parquet")["body"].to_pylist()


def test_it_is_told_to_the_audit_and_only_of_the_clinic_that_was_named(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    enrol(installed, person(7), clinic="Other")
    assert isinstance(command(tmp_path / "one").exception, AccountError), "with two clinics, --clinic is required"
    answer = command(tmp_path / "one", "--clinic", "Other", "--deidentified")
    assert answer.exit_code == 0, answer.output
    assert len(read(tmp_path / "one", "participants")) == 1
    [event] = [one for one in rows(installed.engine, AuditEvent) if one.action == "exported"]
    assert event.detail == {"deidentified": True, "participants": 1, "decisions_cut": 0}
    assert isinstance(command(tmp_path / "two", "--clinic", "None").exception, AccountError)
    assert not (tmp_path / "two").exists()


def test_the_erased_are_in_no_export(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path, clock: TestClock
) -> None:
    with write_transaction(installed.engine) as connection:
        connection.execute(update(Participant).where(Participant.id == 2).values(erased_at=clock()))
    command(tmp_path)
    for table in TABLES:
        assert {row["participant_id"] for row in read(tmp_path, table)} == {"1", "3"}


def test_what_cannot_be_written_changes_nothing_and_says_so(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "messages.csv").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    answer = command(tmp_path)
    assert answer.exit_code == 1
    assert "cannot be written" in answer.output
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not list(tmp_path.glob(".export-*"))


def test_both_databases_give_the_same_files(runtime: Runtime, clock: TestClock, tmp_path: Path) -> None:
    live(runtime, clock, "rotation", 3)
    done = export_clinic(runtime, 1, tmp_path, "a@b.example", deidentified=False)
    assert (done.rows["decisions"], done.rows["check_ins"]) == (9, 9)
    assert [row["local_date"] for row in read(tmp_path, "decisions")[:3]] == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_an_empty_clinic_gives_empty_tables_with_their_headings(
    sqlite_engine: Engine, catalogue: Catalogue, clock: TestClock, tmp_path: Path, sqlite_url: str
) -> None:
    keys = load_keys(sqlite_engine)
    runtime = Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, keys, MemoryGateway(clock), clock)
    with write_transaction(sqlite_engine) as connection:
        ensure_clinic(connection, "Empty", clock())
    done = export_clinic(runtime, 1, tmp_path, "a@b.example", deidentified=True)
    assert (sum(done.rows.values()), done.cautions) == (0, ())
    assert pq.read_table(tmp_path / "decisions.parquet").num_rows == 0
    assert (tmp_path / "decisions.csv").read_text().startswith("participant_id,")


def test_the_data_dictionary_of_the_documents_is_the_one_beside_every_export(
    installed: Runtime, command: Callable[..., Result], tmp_path: Path
) -> None:
    command(tmp_path)
    assert (tmp_path / "data-dictionary.md").read_text() == data_dictionary()
    assert (ROOT / "docs/reference/data-dictionary.md").read_text() == data_dictionary()
