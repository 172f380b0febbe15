"""An unknown client that knows the description alone finds nothing that the description does not say.

A few hundred seeded examples; `python3 dev.py bench api` tries ten thousand.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine

from coach.database.schema import load_keys
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.tables.people import Participant
from schedules.gateway.protocol import MemoryGateway
from tests.coach.api.unknown_client import Client, client_of
from tests.support import TestClock, rows, settings_for

EXAMPLES, SEED = 3, 20261130


@pytest.fixture
def often_called(database_url: str, engine: Engine, catalogue: Catalogue) -> Runtime:
    """An installation where the examples' consent is in the past, and a key may call as often as it likes."""
    clock = TestClock(datetime(2026, 12, 1, 2, tzinfo=UTC))
    settings = settings_for(database_url, api_per_minute=1_000_000, public_url="")
    return Runtime(settings, engine, catalogue, load_keys(engine), MemoryGateway(clock), clock)


@pytest.fixture
def client(often_called: Runtime, tmp_path: Path) -> Iterator[Client]:
    with client_of(often_called, tmp_path) as client:
        yield client


def test_an_unknown_client_finds_nothing_that_is_not_described(client: Client, often_called: Runtime) -> None:
    before = len(rows(often_called.engine, Participant))
    found = client.explore(EXAMPLES, SEED, "--phases", "examples,coverage,fuzzing")
    assert not found.failed, found.report
    assert found.requests > 300, found.report
    assert len(rows(often_called.engine, Participant)) > before, "it never enrolled anybody"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it is the client that is tested here
def test_the_client_finds_what_is_not_described(client: Client, tmp_path: Path) -> None:
    described = requests.get(f"{client.address}/api/v1/openapi.json", timeout=30).json()
    del described["paths"]["/api/v1/participants/{id}"]["get"]["responses"]["404"]
    (tmp_path / "wrong.json").write_text(json.dumps(described))
    options = ("--phases", "coverage", "--include-operation-id", "participants.show")
    found = client.explore(EXAMPLES, SEED, *options, description="wrong.json")
    assert found.failed
    assert "404" in found.report
