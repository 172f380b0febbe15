"""`coach export --fhir`: valid FHIR R4 by somebody else's models, whole by its references, and nobody named unasked."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select, update

from coach.cli.main import coach
from coach.database.schema import load_keys
from coach.database.tables import AuditEvent
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Participant
from schedules.gateway.protocol import MemoryGateway
from tests.coach.living import live
from tests.support import DATA_KEY, SECRET_KEY, TestClock, rows, settings_for

ASKED_FOR = ("Patient", "CarePlan", "Communication", "QuestionnaireResponse", "Observation")
EVENINGS = 6


@pytest.fixture
def installed(sqlite_engine: Engine, sqlite_url: str, catalogue: Catalogue, clock: TestClock) -> Runtime:
    keys, gateway = load_keys(sqlite_engine), MemoryGateway(clock)
    runtime = Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, keys, gateway, clock)
    live(runtime, clock, "micro-randomised", EVENINGS)
    with write_transaction(sqlite_engine) as connection:
        connection.execute(update(Participant).values(first_name="Zebulon"))
    return runtime


@pytest.fixture
def export(installed: Runtime, sqlite_url: str, tmp_path: Path) -> Callable[..., Result]:
    settings = {"DATABASE_URL": sqlite_url, "DATA_KEYS": DATA_KEY, "SECRET_KEY": SECRET_KEY}
    return lambda *options: CliRunner(env=settings).invoke(coach, ["export", str(tmp_path / "fhir"), *options])


def read(tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """The resources by type, as any client of a bulk export reads them."""
    found = {}
    for path in (tmp_path / "fhir").glob("*.ndjson"):
        found[path.stem] = [json.loads(line) for line in path.read_text().splitlines()]
        assert {one["resourceType"] for one in found[path.stem]} <= {path.stem}
    return found


def values_under(node: Any, name: str) -> list[Any]:
    """Every value with this name, however deep."""
    if isinstance(node, list):
        return [value for one in node for value in values_under(one, name)]
    if not isinstance(node, dict):
        return []
    own = [node[name]] if name in node else []
    return own + [value for one in node.values() for value in values_under(one, name)]


@pytest.mark.parametrize("options", [[], ["--identified"]])
def test_every_resource_is_valid_r4_and_every_reference_resolves(
    export: Callable[..., Result], tmp_path: Path, options: list[str]
) -> None:
    assert export("--fhir", *options).exit_code == 0
    found = read(tmp_path)
    assert all(found[name] for name in ASKED_FOR)
    for name, resources in found.items():
        model = getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name)
        for one in resources:
            model.model_validate(one)
    ids = [f"{name}/{one['id']}" for name, resources in found.items() for one in resources]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z]+/[A-Za-z0-9\-.]{1,64}", id) for id in ids)
    references = values_under(list(found.values()), "reference")
    assert references
    assert set(references) <= set(ids)
    asked = {one["url"]: one for one in found["Questionnaire"]}
    for response in found["QuestionnaireResponse"]:
        questions = {item["linkId"] for item in asked[response["questionnaire"]]["item"]}
        assert {item["linkId"] for item in response["item"]} <= questions


def test_our_codes_are_defined_and_the_score_has_none_of_a_validated_scale(
    export: Callable[..., Result], tmp_path: Path
) -> None:
    export("--fhir")
    found = read(tmp_path)
    assert "loinc" not in json.dumps(found).lower()
    assert "snomed" not in json.dumps(found).lower()
    defined = {(one["url"], concept["code"]) for one in found["CodeSystem"] for concept in one["concept"]}
    used = {(one["system"], one["code"]) for one in values_under(found, "coding") for one in one}
    assert {pair for pair in used if pair[0].startswith("urn:rls-coach")} <= defined
    assert {one["code"]["coding"][0]["code"] for one in found["Observation"]} == {"leg-score"}


def test_the_scores_and_answers_are_those_of_the_database(
    export: Callable[..., Result], installed: Runtime, tmp_path: Path
) -> None:
    export("--fhir", "--identified")
    found = read(tmp_path)
    asked = [one for one in rows(installed.engine, CheckIn) if one.score is not None]
    nights = sorted((one["effectiveDateTime"], one["valueInteger"]) for one in found["Observation"])
    assert nights == sorted(((one.asked_on - timedelta(days=1)).isoformat(), one.score) for one in asked)
    answers = values_under(found["QuestionnaireResponse"], "valueBoolean")
    assert sorted(answers) == sorted(one.habit for one in rows(installed.engine, CheckIn) if one.habit is not None)


def test_without_identity_nobody_can_be_named_and_dates_are_moved(
    export: Callable[..., Result], installed: Runtime, tmp_path: Path
) -> None:
    export("--fhir")
    written = "".join(path.read_text() for path in (tmp_path / "fhir").iterdir())
    with read_transaction(installed.engine) as connection:
        phones = connection.execute(select(Participant.phone)).scalars().all()
    for told in ("Zebulon", "payload", "telecom", "America/", *(phone or "" for phone in phones)):
        assert told not in written
    days = {one.asked_on for one in rows(installed.engine, CheckIn)}
    told_on = {date.fromisoformat(one) for one in re.findall(r'"authored":"([^"]+)"', written)}
    assert told_on
    assert told_on.isdisjoint(days)
    assert "T" not in "".join(re.findall(r'"(?:sent|received|authored)":"([^"]+)"', written)), "no time of day"
    assert all(one["meta"]["security"] for one in read(tmp_path)["Patient"])


def test_with_identity_names_numbers_words_and_instants_are_there(
    export: Callable[..., Result], tmp_path: Path
) -> None:
    assert "protect the files" in export("--fhir", "--identified").output
    found = read(tmp_path)
    [patient] = [one for one in found["Patient"] if one["id"] == "1"]
    assert patient["name"] == [{"given": ["Zebulon"]}]
    assert patient["telecom"][0]["value"].startswith("+1415555")
    sent = next(one for one in found["Communication"] if "sent" in one and "payload" in one)
    assert datetime.fromisoformat(sent["sent"]).tzinfo is not None


def test_the_same_database_gives_the_same_bytes_and_every_export_is_audited(
    export: Callable[..., Result], installed: Runtime, tmp_path: Path
) -> None:
    export("--fhir")
    first = {path.name: path.read_bytes() for path in (tmp_path / "fhir").iterdir()}
    export("--fhir", "--clinic", "Clinic")
    assert {path.name: path.read_bytes() for path in (tmp_path / "fhir").iterdir()} == first
    exported = [one.detail for one in rows(installed.engine, AuditEvent) if one.action == "exported"]
    people = len(rows(installed.engine, Participant))
    assert exported == [{"as": "fhir", "identified": False, "participants": people}] * 2


@pytest.mark.parametrize("options", [["--identified"], ["--fhir", "--identified", "--deidentified"]])
def test_identity_is_only_written_where_it_was_asked_for_as_fhir(
    export: Callable[..., Result], tmp_path: Path, options: list[str]
) -> None:
    assert export(*options).exit_code == 2
    assert not (tmp_path / "fhir").exists()
