"""`coach redcap`: enroll from an instrument, write nights and weeks back, and say what is wrong in one sentence."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from coach.cli.main import coach
from coach.database.schema import load_keys
from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from coach.summaries.compute import stored_batches
from content.catalogue import Catalogue
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from schedules.gateway.protocol import MemoryGateway
from tests.coach.redcap.standin import TOKEN, RedcapStandin, served_standin
from tests.support import DATA_KEY, SECRET_KEY, TestClock, enrol, person, rows, say, settings_for, tick

MAP = """
url = "{url}"
record = "record_id"

[enrol]
phone = "phone"
time_zone = "tz"
consent_at = "agreed_on"
first_name = "name"

[constant]
consent_source = "REDCap consent form"

[night]
instrument = "rls_night"
date = "night_on"
score = "legs"
step_done = "step"

[week]
instrument = "rls_week"
week = "week"
done = "done"
score_mean = "mean"
"""
SIGNED_UP = {"tz": "America/New_York", "agreed_on": "2026-02-20 10:30", "name": "Zebulon"}
RECORDS = [
    {"record_id": "S-1", "phone": "(415) 555-0001"} | SIGNED_UP,
    {"record_id": "S-2", "phone": "415-555-0002"} | SIGNED_UP,
    {"record_id": "S-3", "phone": ""},
]


@pytest.fixture
def installed(sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock) -> Runtime:
    keys, gateway = load_keys(sqlite_engine), MemoryGateway(clock)
    return Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, keys, gateway, clock)


@pytest.fixture
def standin() -> RedcapStandin:
    return RedcapStandin(RECORDS)


@pytest.fixture
def fields(standin: RedcapStandin, tmp_path: Path) -> Iterator[Path]:
    with served_standin(standin) as url:
        path = tmp_path / "fields.toml"
        path.write_text(MAP.replace("{url}", url))
        yield path


@pytest.fixture
def redcap(installed: Runtime, sqlite_url: str) -> Callable[..., Result]:
    given = {"DATABASE_URL": sqlite_url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY, "REDCAP_TOKEN": TOKEN}

    def call(*arguments: str | Path, **more: str | None) -> Result:
        return CliRunner(env=given | more).invoke(coach, ["redcap", *map(str, arguments)])

    return call


def test_people_are_enrolled_by_the_rules_of_a_roster(
    redcap: Callable[..., Result], installed: Runtime, fields: Path
) -> None:
    assert "Would be: 2 created" in redcap("pull", fields, "--dry-run").output
    assert not rows(installed.engine, Participant)
    assert "2 created, 0 updated, 0 ignored" in redcap("pull", fields).output
    assert [one.phone for one in rows(installed.engine, Participant)] == ["+14155550001", "+14155550002"]
    assert {one.status for one in rows(installed.engine, Enrolment)} == {"invited"}
    assert {one.source for one in rows(installed.engine, ConsentEvent)} == {"REDCap consent form"}
    assert "0 created, 0 updated, 2 ignored" in redcap("pull", fields).output, "a second pull changes nothing"


def test_a_wrong_cell_is_named_by_its_record_and_nobody_is_enrolled(
    redcap: Callable[..., Result], installed: Runtime, fields: Path, standin: RedcapStandin
) -> None:
    standin.records["S-2", "", ""]["tz"] = "Mars/Olympus"
    told = redcap("pull", fields)
    assert told.exit_code == 2
    assert "record S-2, time_zone:" in told.output
    assert not rows(installed.engine, Participant)


def test_nights_and_weeks_are_written_back_and_never_twice(
    redcap: Callable[..., Result], installed: Runtime, fields: Path, standin: RedcapStandin, clock: TestClock
) -> None:
    enrol(installed, person(1), person(2))
    for answer in ("4 yes", "6"):
        clock.forward(hours=10 if answer == "4 yes" else 24)
        tick(installed)
        say(installed, person(1)["phone"], answer)
    for batch in stored_batches(installed.engine, "2026-W10", clock()):
        assert batch
    for _ in range(2):
        assert redcap("push", fields).exit_code == 0
        nights = standin.repeated("rls_night")
        assert {key: (one["night_on"], one["legs"]) for key, one in nights.items()} == {
            ("S-1", "1"): ("2026-03-01", "4"),
            ("S-1", "2"): ("2026-03-02", "6"),
        }
    week = standin.repeated("rls_week")["S-1", "1"]
    assert (week["week"], week["mean"]) == ("2026-W10", "5.00")
    sent = "".join(form.get("data", "") for form in standin.asked)
    assert "+1415" not in sent
    exported = [one.detail for one in rows(installed.engine, AuditEvent) if one.action == "exported"]
    assert len(exported) == 2
    assert exported[0]["as"] == "redcap"


def test_a_refusal_of_redcap_is_one_sentence_without_the_token(
    redcap: Callable[..., Result], fields: Path, standin: RedcapStandin
) -> None:
    wrong = "F" * 32
    told = redcap("pull", fields, REDCAP_TOKEN=wrong)
    assert told.exit_code == 1
    assert "REDCap refused: You do not have permissions" in told.output
    assert wrong not in told.output


def test_nobody_there_is_one_sentence(redcap: Callable[..., Result], fields: Path) -> None:
    fields.write_text(MAP.replace("{url}", "http://127.0.0.1:9/api/"))
    told = redcap("pull", fields)
    assert told.exit_code == 1
    assert "could not be reached" in told.output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('url = "{url}"', 'url = "http://redcap.example.edu/api/"'), "must be the https address"),
        (('phone = "phone"', 'telephone = "phone"'), "'telephone' is no column of a roster"),
        (('phone = "phone"', ""), "which field is 'phone'"),
        (('instrument = "rls_night"', ""), "which repeating instrument"),
        (('score = "legs"', 'legs = "legs"'), "[night] has no 'legs'"),
        (('record = "record_id"', "record = 3"), "'record' must be a text"),
        (('record = "record_id"', "record = "), "not valid TOML"),
        (("[enrol]", "[enroll]"), "'enroll' is not known"),
    ],
)
def test_a_wrong_file_says_what_to_do(
    redcap: Callable[..., Result], fields: Path, change: tuple[str, str], says: str
) -> None:
    text = MAP.replace(*change)
    fields.write_text(text.replace("{url}", "https://redcap.example.edu/api/"))
    told = redcap("pull", fields)
    assert told.exit_code == 2
    assert says in told.output


def test_without_a_token_it_says_which_variable(redcap: Callable[..., Result], fields: Path) -> None:
    told = redcap("push", fields, REDCAP_TOKEN=None)
    assert told.exit_code == 2
    assert "REDCAP_TOKEN is not set" in told.output
