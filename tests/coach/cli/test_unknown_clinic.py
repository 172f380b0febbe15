"""A clinic's name that nobody knows may be misspelled: what creates it says so, and what only reads refuses it."""

import json
from pathlib import Path

import pytest

from tests.commands import environment, run
from tests.support import person, roster

ADD = ["coaches", "add", "nurse@clinic.example", "--role", "coach", "--password-stdin", "--clinic"]


@pytest.fixture
def given(sqlite_url: str) -> dict[str, str]:
    """The environment of an installation with one clinic, "North Clinic"."""
    given = environment(sqlite_url)
    assert run([*ADD, "North Clinic"], given, stdin="a long password\n").returncode == 0
    return given


def clinics(given: dict[str, str]) -> list[str]:
    return [one["name"] for one in json.loads(run(["clinics", "list", "--json"], given).stdout)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["participants", "import", "people.csv"],
        ["api-keys", "add", "--scope", "read"],
        ["webhooks", "add", "http://localhost:9/"],
    ],
)
def test_what_creates_a_clinic_names_the_one_that_may_be_meant(
    given: dict[str, str], tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "people.csv").write_bytes(roster(person(1)))
    arguments = [str(tmp_path / one) if one == "people.csv" else one for one in arguments]
    done = run([*arguments, "--clinic", "North Clnic"], given)
    assert (done.returncode, "If you meant 'North Clinic'" in done.stderr) == (0, True), done.stderr
    assert clinics(given) == ["North Clinic", "North Clnic"]
    assert "no clinic" not in run([*arguments, "--clinic", "North Clnic"], given).stderr


def test_an_export_of_a_misspelled_clinic_is_refused_with_the_likely_name(
    given: dict[str, str], tmp_path: Path
) -> None:
    done = run(["export", str(tmp_path / "out"), "--clinic", "north clnic"], given)
    assert (done.returncode, "did you mean 'North Clinic'?" in done.stderr) == (2, True), done.stderr
    assert (done.stderr.count("\n"), clinics(given)) == (1, ["North Clinic"])


def test_a_setting_of_an_unknown_clinic_names_the_likely_one(given: dict[str, str]) -> None:
    done = run(["clinics", "set", "Nort Clinic", "--contact", "555-0100"], given)
    assert (done.returncode, "did you mean 'North Clinic'?" in done.stderr) == (2, True), done.stderr


def test_a_new_clinic_is_made_on_purpose_with_a_word_about_the_one_like_it(given: dict[str, str]) -> None:
    again = [one.replace("nurse@", "second@") for one in ADD]
    done = run([*again, "South Clinic"], given, stdin="a long password\n")
    assert (done.returncode, "it is created. If you meant 'North Clinic'" in done.stderr) == (0, True), done.stderr
    assert clinics(given) == ["North Clinic", "South Clinic"]


def test_the_first_clinic_of_all_is_made_by_an_import(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(roster(person(1)))
    given = environment(sqlite_url)
    assert run(["participants", "import", str(tmp_path / "people.csv"), "--clinic", "Harbor"], given).returncode == 0
    assert clinics(given) == ["Harbor"]
