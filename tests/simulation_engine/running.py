"""Run seeds one after the other, in one database that is emptied before each."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import Engine, inspect, text

from coach.accounts import sign_ins as accounts
from content.catalogue import Catalogue
from content.lint import load_checked
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine, write_transaction
from schedules.database.types import Base
from tests.databases import install
from tests.simulation_engine.door import DOOR, put_a_door
from tests.simulation_engine.known_faults import KNOWN_FAULTS
from tests.simulation_engine.plan import FEATURES, Plan, make_plan
from tests.simulation_engine.stage import Stage
from tests.simulation_engine.standins import put_in
from tests.simulation_engine.world import Report, World
from tests.support import DATA_KEY, let_audit_be_changed

KEPT = {"installation", "alembic_version"}


def all_features() -> frozenset[str]:
    """Everything a world may do that the engine is known to stand."""
    return frozenset(FEATURES) - frozenset(KNOWN_FAULTS)


@contextmanager
def sqlite() -> Iterator[Engine]:
    """A database for many runs, in memory where the machine offers a folder there."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        engine = open_engine(f"sqlite:///{folder}/coach.sqlite3")
        prepare(engine)
        yield engine
        engine.dispose()


def prepare(engine: Engine) -> None:
    """Migrate a database and put the door before it."""
    install_keyring(Keyring([DATA_KEY]))
    accounts.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    put_a_door(engine)
    install(engine)
    with write_transaction(engine) as connection:
        let_audit_be_changed(connection)


@cache
def _emptying(engine: Engine) -> list[str]:
    there = set(inspect(engine).get_table_names()) - KEPT
    tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name in there]
    deletes = [f"DELETE FROM {table.name}" for table in tables]
    if engine.dialect.name == "sqlite":
        return [*deletes, "DELETE FROM sqlite_sequence"]
    return deletes + [f"ALTER SEQUENCE IF EXISTS {table.name}_id_seq RESTART" for table in tables if "id" in table.c]


def empty(engine: Engine) -> None:
    statements = _emptying(engine)
    with write_transaction(engine) as connection:
        for sql in statements:
            connection.execute(text(sql))


@cache
def library() -> Catalogue:
    return load_checked()


def run_plan(plan: Plan, engine: Engine) -> Report:
    """Live through a plan, on an empty database."""
    empty(engine)
    stage = Stage()
    with put_in(stage, plan.seed):
        world = World(plan, engine, library(), stage)
        DOOR.append(world.door)
        try:
            return world.live()
        finally:
            DOOR.pop()
            stage.end()


def run_seed(seed: int, engine: Engine, features: Collection[str] | None = None, days: int | None = None) -> Report:
    """Live through the plan of a seed."""
    return run_plan(make_plan(seed, all_features() if features is None else features, days), engine)
