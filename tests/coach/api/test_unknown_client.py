"""An unknown client that knows the description alone finds nothing that the description does not say.

A few hundred seeded examples of each kind; `python3 dev.py bench api` tries ten thousand.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from coach.database.schema import load_keys
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.gateway.protocol import MemoryGateway
from tests.coach.api.unknown_client import Client, populate
from tests.served import served
from tests.support import TestClock, settings_for

EXAMPLES = 12  # of each operation and phase


@pytest.fixture
def client(sqlite_url: str, sqlite_engine: Engine, catalogue: Catalogue) -> Iterator[Client]:
    clock = TestClock(datetime.now(UTC) - timedelta(days=1))
    settings = settings_for(sqlite_url, api_per_minute=1_000_000, public_url="")
    runtime = Runtime(settings, sqlite_engine, catalogue, load_keys(sqlite_engine), MemoryGateway(clock), clock)
    key = populate(runtime)
    with served(runtime) as address:
        yield Client(address, key)


def test_an_unknown_client_finds_nothing_undescribed(client: Client) -> None:
    found, tried = client.explore(EXAMPLES, seed=20261130)
    assert found == []
    assert tried > 300
