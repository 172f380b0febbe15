"""`coach study report`, and the script in the export that comes to the same numbers without this project."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from coach.cli.main import coach
from coach.database.schema import load_keys
from coach.export.study_files import load_studies
from coach.export.table_rows import ExportContext, last_instant
from coach.export.write_export import export_clinic, load_aliases
from coach.runtime import Runtime
from coach.studies.load_report import load_report
from coach.studies.register import register
from coach.studies.registration import POLICY, registration
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.gateway.protocol import MemoryGateway
from tests.support import DATA_KEY, SECRET_KEY, TestClock, enrol, person, rows, say, settings_for, tick

PEOPLE, EVENINGS = 9, 7  # a care text stands in for a step later
Command = Callable[..., Result]


@pytest.fixture
def studied(sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """Nine people of a study, one of whom stops, one invited who never says YES, one on rotation beside them."""
    gateway = MemoryGateway(clock)
    runtime = Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, load_keys(sqlite_engine), gateway, clock)
    enrol(runtime, *(person(number, language="es" if number == 2 else "en") for number in range(1, PEOPLE + 2)))
    enrol(runtime, person(50), confirmed=False)
    study = registration(b"A protocol.\r\n", "evening", ("prior_score", "nights_since_start"), clock())
    with write_transaction(sqlite_engine) as connection:
        connection.execute(update(Enrolment).where(Enrolment.id <= PEOPLE).values(policy=POLICY))
        register(connection, 1, study)
    for evening in range(EVENINGS):
        clock.shows = rows(sqlite_engine, Enrolment)[0].next_due_at
        tick(runtime)
        for number in range(1, PEOPLE + 2):
            if (evening + number) % 4:
                say(runtime, f"+1415555{number:04d}", f"{(evening * number + number) % 8} yes")
    say(runtime, "+14155550003", "STOP")
    return runtime


@pytest.fixture
def command(studied: Runtime) -> Command:
    settings = {"DATABASE_URL": studied.settings.database_url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY}
    return lambda *arguments: CliRunner(env=settings).invoke(coach, list(map(str, arguments)))


def report(command: Command, *more: str) -> dict[str, Any]:
    answer = command("study", "report", "--json", *more)
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def recomputed(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a stranger would: elsewhere, and without the project on the path."""
    script = str(folder / "reproduce.py")
    return subprocess.run(
        [sys.executable, "-P", "-s", script, *arguments],
        cwd=folder.parent,
        env={"PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("how", [(), ("--deidentified",)], ids=["own", "deidentified"])
def test_the_script_of_the_export_prints_the_same_report(
    how: tuple[str, ...], command: Command, tmp_path: Path
) -> None:
    assert command("export", tmp_path / "out", *how).exit_code == 0
    found = recomputed(tmp_path / "out")
    assert found.returncode == 0, found.stderr
    told = report(command, *how)
    assert told["primary"]["se"] > 0
    assert all(one["estimate"] is not None for one in told["sensitivity"].values())
    assert found.stdout == command("study", "report", "--json", *how).stdout, "to the byte"


def test_the_report_of_a_deidentified_export_is_that_of_its_rows(
    command: Command, studied: Runtime, clock: TestClock, tmp_path: Path
) -> None:
    """Today the machine's clock is long past the study's; here the study's own clock decides what is cut."""
    clock.forward(weeks=min(studied.keys.pseudonym(id).cut for id in range(1, PEOPLE + 1)))
    done = export_clinic(studied, 1, tmp_path, "a@b.example", deidentified=True)
    assert 0 < done.rows["decisions"] < done.rows["decisions"] + done.cut["decisions"]
    with read_transaction(studied.engine) as connection:
        [study] = load_studies(connection, Clinic.id == 1)
        context = ExportContext(connection, studied.catalogue, last_instant(connection, 1) or clock())
        told = load_report(context, study, load_aliases(studied, connection, 1))
        whole = load_report(context, study)
    assert json.loads(recomputed(tmp_path).stdout) == told
    assert told["arms"] != whole["arms"]
    assert told["study"] == whole["study"] | {  # type: ignore[operator]
        "registered_at": None,
        "hashes_hold": None,
        "cut": "each person's last 1 to 26 weeks",
    }


def test_a_deidentified_export_names_no_true_time_of_the_clinic(command: Command, tmp_path: Path) -> None:
    assert command("clinics", "set", "Clinic", "--policy", "rotation", "--texts-a-day", "500").exit_code == 0
    command("export", tmp_path, "--deidentified")
    [study] = json.loads((tmp_path / "study.json").read_text())
    assert (study["registered_at"], study["observed"]["clinic_changes"]) == (None, [{"policy": "rotation"}])
    assert "cannot be checked without the time of registration" in command("study", "report", "--deidentified").output
    known = report(command)["study"]["registered_at"]
    (tmp_path / "study.json").write_text(json.dumps([study | {"registered_at": known}]))
    assert json.loads(recomputed(tmp_path).stdout)["study"]["hashes_hold"], "whoever was told the time can check"


def test_the_script_imports_nothing_but_the_standard_library_and_numpy(command: Command, tmp_path: Path) -> None:
    command("export", tmp_path)
    for line in (tmp_path / "reproduce.py").read_text().splitlines():
        if line.startswith(("import ", "from ")):
            assert line.split()[1].split(".")[0] in {*sys.stdlib_module_names, "numpy"}, line


def test_the_flow_and_the_arms_are_counted(command: Command, studied: Runtime) -> None:
    found = report(command)
    assert found["study"]["hashes_hold"]
    assert found["flow"] == {
        "invited": PEOPLE + 2,
        "confirmed": PEOPLE + 1,
        "randomized": PEOPLE,
        "stopped": 1,
        "ended": 0,
        "analysed": PEOPLE,
    }
    drawn = [one for one in rows(studied.engine, Decision) if one.policy == POLICY and one.action]
    arms = found["arms"]
    assert arms["step"]["drawn"] + arms["none"]["drawn"] == len(drawn) == PEOPLE * EVENINGS
    steps = {name: one for name, one in arms.items() if name not in ("step", "none")}
    assert {name: one["drawn"] for name, one in steps.items()} == {
        name: sum(one.action == name for one in drawn) for name in steps
    }
    for one in arms.values():
        assert one["delivered"] + one["not_delivered"] + one["delivery_unknown"] == one["drawn"]
        assert one["scored"] + one["missing"] == one["drawn"]
    later = {one.action for one in drawn if one.acts_on == "tomorrow"}
    assert later
    assert found["primary"]["none_nights"] == arms["none"]["scored"]
    assert found["primary"]["step_nights"] == sum(one["scored"] for name, one in steps.items() if name not in later)


def test_the_baseline_is_from_before_the_first_draw(command: Command) -> None:
    found = report(command)["baseline"]
    first_answers = [number % 8 for number in range(1, PEOPLE + 1) if number % 4]
    assert (found["people"], found["language"]) == (PEOPLE, {"en": PEOPLE - 1, "es": 1})
    assert (found["score_n"], found["score_missing"]) == (len(first_answers), PEOPLE - len(first_answers))
    assert found["score_mean"] == pytest.approx(sum(first_answers) / len(first_answers), abs=1e-6)


def test_deviations_name_texts_that_did_not_arrive_and_changed_policies(
    command: Command, studied: Runtime, clock: TestClock, tmp_path: Path
) -> None:
    nothing = {"not_drawn": {}, "people_whose_policy_changed": 0, "texts_not_arrived": {}, "clinic_changes": []}
    assert report(command)["deviations"] == nothing
    changes: dict[int, dict[str, Any]] = {
        1: {"policy": "rotation", "policy_since_at": clock()},
        2: {"paused_until_on": clock.shows.date().replace(month=12)},
    }
    nudges = [one for one in rows(studied.engine, OutboxMessage) if one.kind == "nudge" and one.enrolment_id <= 2]
    outcomes: tuple[dict[str, Any], ...] = (
        {"state": "undelivered", "error_code": 30003},
        {"state": "expired", "reason": "window_closed"},
    )
    with write_transaction(studied.engine) as connection:
        for id, values in changes.items():
            connection.execute(update(Enrolment).where(Enrolment.id == id).values(values))
        for text, outcome in zip(nudges, outcomes, strict=False):
            connection.execute(update(OutboxMessage).where(OutboxMessage.id == text.id).values(outcome))
    clock.shows = rows(studied.engine, Enrolment)[0].next_due_at
    tick(studied)
    for policy in ("rotation", POLICY):
        changed = command("clinics", "set", "Clinic", "--policy", policy, "--texts-a-day", "500")
        assert changed.exit_code == 0, changed.output
    found = report(command)["deviations"]
    assert found["texts_not_arrived"] == {"expired window_closed": 1, "undelivered 30003": 1}
    assert found["not_drawn"] == {"paused": 1}
    assert found["people_whose_policy_changed"] == 1
    assert [one["policy"] for one in found["clinic_changes"]] == ["rotation", POLICY]
    assert "Texts not arrived: expired window_closed 1, undelivered 30003 1." in command("study", "report").output
    command("export", tmp_path)
    assert json.loads(recomputed(tmp_path).stdout)["deviations"] == found


def test_a_registration_that_was_changed_afterwards_shows(command: Command, studied: Runtime, tmp_path: Path) -> None:
    command("export", tmp_path)
    changed = json.loads((tmp_path / "study.json").read_text())
    changed[0]["analysis"]["controls"] = []
    (tmp_path / "study.json").write_text(json.dumps(changed))
    assert not json.loads(recomputed(tmp_path).stdout)["study"]["hashes_hold"]


def test_the_report_in_words(command: Command) -> None:
    told = command("study", "report").output
    assert "Flow: invited 11, confirmed 10, randomized 9, stopped 1, ended 0, analysed 9" in told
    assert "the hashes hold" in told
    assert "Primary analysis, any step for the same night against none: " in told
    assert "Who answered (share of nights): " in told


def test_several_programmes_need_a_name(command: Command, studied: Runtime, clock: TestClock, tmp_path: Path) -> None:
    study = registration(b"Another.", "evening-and-morning", (), clock())
    with write_transaction(studied.engine) as connection:
        register(connection, 1, study)
    assert command("study", "report").exit_code == 2
    assert report(command, "--programme", "evening-and-morning")["primary"]["note"]
    command("export", tmp_path)
    assert recomputed(tmp_path).returncode == 1
    assert json.loads(recomputed(tmp_path, "evening").stdout) == report(command, "--programme", "evening")


def test_without_a_study_there_is_no_report_and_no_script(
    sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock, tmp_path: Path
) -> None:
    gateway = MemoryGateway(clock)
    runtime = Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, load_keys(sqlite_engine), gateway, clock)
    enrol(runtime, person(1))
    settings = {"DATABASE_URL": sqlite_url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY}
    answer = CliRunner(env=settings).invoke(coach, ["study", "report"])
    assert "No study is registered" in str(answer.exception)
    CliRunner(env=settings).invoke(coach, ["export", str(tmp_path)])
    assert not {"study.json", "reproduce.py"} & {path.name for path in tmp_path.iterdir()}
