"""The command line as a user runs it: in its own process, with real files and exit codes."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from coach.database.tables import WeeklySummary
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.work import WorkerHeartbeat
from tests.commands import ROOT, environment, run, started
from tests.support import enrol, eventually, person, roster, rows
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, StandIn


def one_sentence(answer: subprocess.CompletedProcess[str]) -> str:
    """Return the error message, which must be one line without a traceback."""
    [line] = answer.stderr.strip().splitlines()
    return line


def test_an_empty_database_is_migrated_checked_and_filled(tmp_path: Path) -> None:
    given = environment(f"sqlite:///{tmp_path}/new/coach.sqlite3")
    early = run(["participants", "list"], given)
    assert (early.returncode, "coach db upgrade" in one_sentence(early)) == (1, True)
    assert run(["db", "check"], given).returncode == 1
    assert run(["db", "upgrade"], given).returncode == 0
    assert run(["db", "upgrade"], given).returncode == 0
    assert run(["db", "check"], given).returncode == 0
    add = ["coaches", "add", "Nurse@Clinic.example", "--role", "coach", "--clinic", "North", "--password-stdin"]
    assert run(add, given, stdin="a long password\n").returncode == 0
    again = run(add, given, stdin="a long password\n")
    assert (again.returncode, one_sentence(again)) == (2, "nurse@clinic.example has a sign-in already.")
    named = run(["coaches", "name", "nurse@clinic.example", "Dana  Ruiz, RN"], given)
    assert named.stdout == "Colleagues see nurse@clinic.example as Dana Ruiz, RN.\n"
    wrong = run(["coaches", "name", "nurse@clinic.example", "dana@home"], given)
    assert (wrong.returncode, one_sentence(wrong)[:12]) == (2, "Write a name")
    away = ["coaches", "leave", "nurse@clinic.example"]
    early = run([*away, "--first", "2020-01-01", "--last", "2020-01-02"], given)
    assert (early.returncode, one_sentence(early)[:12]) == (2, "Choose today")
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    planned = run([*away, "--first", tomorrow, "--last", tomorrow], given)
    assert "The clinic's leads are paged meanwhile." in planned.stdout
    assert run([*away, "--end"], given).returncode == 0
    assert run([*away, "--end"], given).returncode == 2
    file = tmp_path / "people.csv"
    file.write_bytes(roster(person(1, coach="nurse@clinic.example", first_name="José"), person(2)))
    dry = run(["participants", "import", str(file), "--clinic", "North", "--dry-run", "--json"], given)
    assert json.loads(dry.stdout)["created"] == 2
    assert json.loads(run(["participants", "list", "--json"], given).stdout) == []
    told = run(["participants", "import", str(file), "--clinic", "North", "--json"], given)
    assert (json.loads(told.stdout)["created"], told.returncode) == (2, 0)
    people = json.loads(run(["participants", "list", "--json"], given).stdout)
    assert [one["status"] for one in people] == ["invited", "invited"]
    assert set(people[0]) >= {"id", "status", "time_zone", "evening_time", "language", "next_due_at"}
    again = run(["participants", "import", str(file), "--clinic", "North", "--json"], given)
    assert json.loads(again.stdout)["ignored"] == 2
    shown = run(["participants", "show", str(people[0]["id"]), "--json"], given)
    assert json.loads(shown.stdout)["evening_time"] == "20:00"
    assert run(["participants", "show", "99"], given).returncode == 2


BAD_FILES = {
    "wrong header": (b"phone,zone\n+14155550001,UTC\n", ["row 1, time_zone", "row 1, zone"]),
    "not UTF-8": ("phone,first_name\n+1415,José\n".encode("latin-1"), ["row 2", "UTF-8"]),
    "empty": (b"", ["empty"]),
    "binary": (b"PK\x03\x04\x00\x00", ["not a CSV"]),
    "bad cells": (
        roster(
            person(1, phone="12345", time_zone="Mars/Base"),
            person(2, evening_time="23:00"),
            person(3, language="fr", exclude="nonsense"),
            person(4, consent_at="yesterday"),
            person(4, evening_time="8pm", consent_source=""),
        ),
        [
            "row 2, phone",
            "row 2, time_zone",
            "row 3, evening_time",
            "row 4, language",
            "row 4, exclude",
            "row 5, consent_at",
            "row 6, phone: the same number as in row 5",
            "row 6, evening_time",
            "row 6, consent_source",
        ],
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_roster_lists_every_error_exits_2_and_changes_nothing(
    name: str, sqlite_url: str, tmp_path: Path, sqlite_engine: Engine
) -> None:
    data, expected = BAD_FILES[name]
    file = tmp_path / "people.csv"
    file.write_bytes(data)
    told = run(["participants", "import", str(file)], environment(sqlite_url))
    assert told.returncode == 2
    for words in expected:
        assert words in told.stderr
    assert "Traceback" not in told.stderr
    assert rows(sqlite_engine, Participant) == rows(sqlite_engine, Clinic) == []
    as_json = json.loads(run(["participants", "import", str(file), "--json"], environment(sqlite_url)).stdout)
    assert len(as_json["errors"]) >= len(expected) - 1


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"DATA_KEYS": ""}, "DATA_KEYS"),
        ({"DATA_KEYS": "not-a-key"}, "DATA_KEYS"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"PORT": "many"}, "PORT"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_OPT_OUT_MODE": "sometimes"}, "TWILIO_OPT_OUT_MODE"),
        ({"PUBLIC_URL": "coach.example.org"}, "PUBLIC_URL"),
    ],
)
def test_a_missing_or_malformed_setting_is_one_sentence(sqlite_url: str, setting: dict[str, str], words: str) -> None:
    for command in ("worker", "tick"):
        told = run([command], environment(sqlite_url) | setting)
        assert told.returncode == 2
        assert words in one_sentence(told)


def test_the_web_process_says_in_one_sentence_what_is_missing(sqlite_url: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from coach.web.app import create_app; create_app()"],
        env=environment(sqlite_url) | {"SECRET_KEY": "short"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert told.returncode == 1
    assert one_sentence(told).startswith("SECRET_KEY")


def test_understand_reads_one_text_and_many_in_order(sqlite_url: str) -> None:
    given = environment(sqlite_url)
    one = json.loads(run(["understand", "about a 6, did em"], given).stdout)
    assert (one["intent"], one["score"], one["habit"]) == ("checkin", 6, True)
    lines = "\n".join(json.dumps({"text": f"{score}", "asked": "score"}) for score in range(11))
    many = run(["understand", "--jsonl"], given, stdin=lines).stdout.splitlines()
    assert [json.loads(line)["score"] for line in many] == list(range(11))
    bad = run(["understand", "--jsonl"], given, stdin="{nonsense")
    assert (bad.returncode, "line 1" in bad.stderr) == (2, True)
    assert run(["understand", "x", "--asked", "why"], given).returncode == 2


def test_content_is_listed_and_checked(sqlite_url: str) -> None:
    given = environment(sqlite_url)
    assert run(["content", "check"], given).returncode == 0
    listed = json.loads(run(["content", "list", "--json"], given).stdout)
    known = {"id", "guide_heading", "acts_on", "offered", "exclude", "citation", "reviewer", "texts"} | {
        "asked",
        "abstains",
    }
    assert set(listed[0]) == known
    assert set(listed[0]["texts"]["en"][0]) == {"text", "segments", "version", "exclude"}


def test_publishing_an_unchanged_library_changes_nothing(sqlite_url: str) -> None:
    record = ROOT / "content" / "published.toml"
    before = record.read_bytes()
    assert run(["content", "publish"], environment(sqlite_url)).stdout == "Nothing is new.\n"
    assert record.read_bytes() == before


def test_a_week_without_anyone_has_null_rates_and_a_wrong_week_is_refused(sqlite_url: str) -> None:
    given = environment(sqlite_url)
    told = json.loads(run(["summary", "--week", "2026-W10", "--format", "json"], given).stdout)
    assert (told["participants"], told["totals"]["response_rate"]) == ([], None)
    for week in ("2026-10", "W10", "2026-W60", "next"):
        assert run(["summary", "--week", week], given).returncode == 2
    assert run(["summary", "--week", "2026-W10", "--coach", "nobody@x.example"], given).returncode == 2


def test_the_summary_is_told_in_three_formats_and_stored_once(runtime: Runtime) -> None:
    [id] = enrol(runtime, person(1))
    given = environment(runtime.settings.database_url)
    for form in ("text", "csv", "json", "json"):
        told = run(["summary", "--week", "2026-W10", "--format", form], given)
        assert told.returncode == 0
        assert str(id) in told.stdout
    [stored] = rows(runtime.engine, WeeklySummary)
    assert (stored.week, stored.version, stored.prompted) == ("2026-W10", 1, 0)


def test_a_coach_sees_their_own_participants_only(runtime: Runtime) -> None:
    given = environment(runtime.settings.database_url)
    for email in ("a@x.example", "b@x.example"):
        run(
            ["coaches", "add", email, "--role", "coach", "--clinic", "C", "--password-stdin"],
            given,
            stdin="four quiet words here\n",
        )
    first, _ = enrol(runtime, person(1, coach="a@x.example"), person(2, coach="b@x.example"), clinic="C")
    told = run(["summary", "--week", "2026-W10", "--coach", "a@x.example", "--format", "json"], given)
    assert [one["id"] for one in json.loads(told.stdout)["participants"]] == [first]
    hashes = [account.password_hash for account in rows(runtime.engine, CoachAccount)]
    assert all(one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for one in hashes), "64 MiB, three times over"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(public_url="https://coach.test", callbacks="off", seed=3, latency=0.005) as standin:
        yield standin


def make_due(engine: Engine, now: datetime) -> None:
    """Make everyone due this minute, whatever the time of the test run, by moving them to a zone where it is noon."""
    zone = f"Etc/GMT{now.hour - 12:+d}" if now.hour != 12 else "Etc/GMT"
    local = now + timedelta(hours=12 - now.hour)
    with write_transaction(engine) as connection:
        connection.execute(update(Participant).values(time_zone=zone))
        due = {"next_due_at": now, "next_due_on": local.date(), "evening_at": local.time().replace(second=0)}
        connection.execute(update(Enrolment).values(**due))


@pytest.mark.parametrize(
    "commands", [["tick"], ["worker"], ["tick", "tick"], ["worker", "worker", "tick"]], ids="+".join
)
def test_worker_and_tick_send_the_same_and_together_each_text_once(
    commands: list[str], runtime: Runtime, catalogue: Catalogue, standin: StandIn
) -> None:
    people = 60
    enrol(runtime, *(person(number) for number in range(people)))
    make_due(runtime.engine, datetime.now(UTC).replace(second=0, microsecond=0))
    given = environment(
        runtime.settings.database_url,
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        TWILIO_MESSAGING_SERVICE_SID=MESSAGING_SERVICE_SID,
        TWILIO_API_URL=standin.url,
        PUBLIC_URL="https://coach.test",
    )
    with ExitStack() as stack:
        running = [stack.enter_context(started([command], given)) for command in commands]
        eventually(lambda: {message.state for message in rows(runtime.engine, OutboxMessage)} == {"accepted"})
        for one in running:
            one.process.terminate()
        for one in running:
            ended = one.ended()
            assert ended.returncode in (0, -signal.SIGTERM), ended.stderr
    numbers = [text.to for text in standin.accepted]
    assert sorted(numbers) == sorted({f"+1415555{number:04d}" for number in range(people)})
    assert {message.state for message in rows(runtime.engine, OutboxMessage)} == {"accepted"}
    assert standin.violations == []


def test_a_tick_whose_provider_shows_another_hour_plans_nothing_and_says_so(
    runtime: Runtime, catalogue: Catalogue
) -> None:
    enrol(runtime, person(1))
    make_due(runtime.engine, datetime.now(UTC).replace(second=0, microsecond=0))
    with StandIn(public_url="https://coach.test", now=lambda: datetime.now(UTC) - timedelta(hours=1)) as standin:
        given = environment(
            runtime.settings.database_url,
            TWILIO_ACCOUNT_SID=ACCOUNT_SID,
            TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            TWILIO_MESSAGING_SERVICE_SID=MESSAGING_SERVICE_SID,
            TWILIO_API_URL=standin.url,
            PUBLIC_URL="https://coach.test",
        )
        done = run(["tick", "--json"], given)
    assert done.returncode == 1
    counts = json.loads(done.stdout)
    assert (counts["halted"], counts["stuck"], counts["planned"], counts["sent"]) == (1, 0, 0, 0)
    assert "60 minutes ahead of that of the texting provider" in done.stderr
    assert rows(runtime.engine, OutboxMessage) == []
    [beat] = rows(runtime.engine, WorkerHeartbeat)
    assert beat.doubted_by == "provider"


def test_hours_that_leave_times_outside_are_listed_and_set_only_with_a_word(
    runtime: Runtime, catalogue: Catalogue
) -> None:
    [id] = enrol(runtime, person(1, evening_time="20:15"))
    given = environment(runtime.settings.database_url)
    refused = run(["clinics", "set", "Clinic", "--hours", "08:00-20:00"], given)
    assert (refused.returncode, f"participant {id}: 20:15, from now on 19:30" in refused.stderr) == (2, True)
    assert rows(runtime.engine, Clinic)[0].quiet_hours is None
    done = run(["clinics", "set", "Clinic", "--hours", "08:00-20:00", "--move"], given)
    assert (done.returncode, "1 moved into the new hours." in done.stdout) == (0, True)
    assert f"{rows(runtime.engine, Enrolment)[0].evening_at:%H:%M}" == "19:30"
    assert run(["clinics", "set", "Clinic", "--hours", "06:00-20:00"], given).returncode == 2
