"""One database and one engine of each kind for the folder, emptied after every test.

Copying a PostgreSQL database costs a second, and every new engine compiles its statements anew; emptying costs
hundredths.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from sqlalchemy import Engine, inspect, text

from coach.database.schema import load_keys
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.engine import open_engine, write_transaction
from schedules.database.types import Base
from schedules.gateway.protocol import MemoryGateway
from tests.conftest import DATABASES
from tests.databases import install
from tests.support import TestClock, let_audit_be_changed, settings_for

KEPT = {"installation", "alembic_version"}


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Engine]]:
    """The engines opened so far, by kind."""
    opened: dict[str, Engine] = {}
    yield opened
    for engine in opened.values():
        engine.dispose()


def _engine_of(kind: str, engines: dict[str, Engine], request: pytest.FixtureRequest) -> Engine:
    if kind not in engines:
        if kind == "sqlite":
            folder = request.getfixturevalue("tmp_path_factory").mktemp("sqlite")
            engines[kind] = open_engine(f"sqlite:///{folder}/coach.sqlite3")
            install(engines[kind])
        else:
            engines[kind] = open_engine(request.getfixturevalue("postgres_copies").copy())
        with write_transaction(engines[kind]) as connection:
            let_audit_be_changed(connection)  # every table is emptied after every test
    return engines[kind]


@cache
def _emptying(engine: Engine) -> list[str]:
    """What empties every table and counts from 1 again; on PostgreSQL in one round trip."""
    there = set(inspect(engine).get_table_names()) - KEPT
    tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name in there]
    deletes = [f"DELETE FROM {table.name}" for table in tables]
    if engine.dialect.name == "sqlite":
        return [*deletes, "DELETE FROM sqlite_sequence"]
    counts = [f"ALTER SEQUENCE IF EXISTS {table.name}_id_seq RESTART" for table in tables if "id" in table.c]
    return ["; ".join(deletes + counts)]


def _empty(engine: Engine) -> None:
    statements = _emptying(engine)  # looks at the tables on a connection of its own
    with write_transaction(engine) as connection:
        for sql in statements:
            connection.execute(text(sql))


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Iterator[Engine]:
    """As the suite's own: each test that wants a database runs on both kinds."""
    found = _engine_of(request.param, engines, request)
    yield found
    _empty(found)


@pytest.fixture
def sqlite_engine(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Iterator[Engine]:
    """For what does not depend on the kind of database."""
    found = _engine_of("sqlite", engines, request)
    yield found
    _empty(found)


@pytest.fixture
def database_url(engine: Engine) -> str:
    """The address of `engine`."""
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_runtime(sqlite_engine: Engine, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """An installation with a provider in memory, on SQLite alone."""
    set_up = settings_for(sqlite_engine.url.render_as_string(hide_password=False))
    return Runtime(set_up, sqlite_engine, catalogue, load_keys(sqlite_engine), MemoryGateway(clock), clock)


@pytest.fixture
def memory(runtime: Runtime) -> MemoryGateway:
    """The provider of `runtime`."""
    assert isinstance(runtime.gateway, MemoryGateway)
    return runtime.gateway
