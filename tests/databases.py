"""Migrated, empty databases, used again: to empty one costs a hundredth of what it costs to copy one.

Whatever a test leaves in a schema (a dropped trigger, another column) ends that copy: the next test gets a new one.
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, Engine, NullPool, create_engine, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from coach.database.audit_chain import begin_anchor
from coach.database.schema import upgrade
from schedules.database.engine import open_engine, write_transaction
from schedules.database.tables.work import Installation
from schedules.database.types import Base

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
# All that a test can change without writing a row.
REVISION = "SELECT version_num FROM alembic_version"
SCHEMA = """
SELECT md5(string_agg(told, '|' ORDER BY told)) FROM (
    SELECT concat('class', c.oid, relname, relkind, relacl, reloptions, relrowsecurity) AS told
        FROM pg_class c WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat('column', attrelid, attname, atttypid, attnotnull, attisdropped, atthasdef)
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat('trigger', oid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat('constraint', oid, conname, convalidated) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat('function', oid, proname, md5(prosrc)) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat('schema', oid, nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
    UNION ALL SELECT concat('setting', setrole, setconfig) FROM pg_db_role_setting
        JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()
) AS facts
"""
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> {0}"
COUNTED = "SELECT schemaname, sequencename, start_value FROM pg_sequences WHERE last_value IS NOT NULL"
LAST_VALUES = "SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"
FROM_ONE = (
    f"SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM ({COUNTED}) AS c"
)


def install(engine: Engine) -> None:
    """Migrate, with a secret that is the same in every run, and so the same draws and pseudonyms."""
    upgrade(engine, MADE_AT)
    with write_transaction(engine) as connection:
        connection.execute(update(Installation).values(secret="ab" * 32))
        begin_anchor(connection)


class Engines:
    """The engine of each address, kept for the statements that it has compiled; its connections are not."""

    def __init__(self) -> None:
        self._kept: dict[str, Engine] = {}

    def take(self, address: str) -> Engine:
        """As `open_engine`."""
        if address not in self._kept:
            self._kept[address] = open_engine(address)
        return self._kept[address]


class SqliteCopies:
    """Copies of a migrated file, each at an address that is used again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._template = folder, folder / "template.sqlite3"
        self._free: list[Path] = []
        self._made = 0

    def copy(self) -> str:
        """The address of an empty database."""
        if not self._template.exists():
            engine = open_engine(f"sqlite:///{self._template}")
            install(engine)
            engine.dispose()  # the last connection to close writes the whole log back into the file
        if not self._free:
            self._made += 1
            place = self._folder / str(self._made)
            place.mkdir()
            self._free.append(place / "coach.sqlite3")
        path = self._free.pop()
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, address: str) -> None:
        """Take one back."""
        path = Path(str(make_url(address).database))
        for one in path.parent.iterdir():
            shutil.rmtree(one) if one.is_dir() else one.unlink()
        self._free.append(path)


class PostgresCopies:
    """Copies of a migrated database on one server, each with a connection that stays open to empty it by.

    A new one would read the whole catalog anew.
    """

    def __init__(self, server_url: str) -> None:
        self._url = make_url(server_url).set(drivername="postgresql+psycopg")
        self._template = f"template_{uuid4().hex}"
        self._command(f'CREATE DATABASE "{self._template}"')
        self._command(f'ALTER DATABASE "{self._template}" SET synchronous_commit = off')
        engine = open_engine(self._address(self._template))
        install(engine)
        engine.dispose()
        with self._plain(self._address(self._template)).connect() as connection:
            self._held = held_rows(connection)
            assert not last_values(connection), "else a sequence would have to go on from there"
            self._revision = connection.scalar(text(REVISION))
        self._schemas: dict[str, str] = {}
        self._open: dict[str, Connection] = {}
        self._free: list[str] = []

    def copy(self) -> str:
        """The address of an empty database."""
        if self._free:
            return self._free.pop()
        name = f"test_{uuid4().hex}"
        self._command(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}" STRATEGY FILE_COPY')
        self._command(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        address = self._address(name)
        self._open[address] = self._plain(address).connect()
        self._schemas[address] = str(self._open[address].scalar(text(SCHEMA)))
        return address

    def drop(self, address: str) -> None:
        """Take one back; emptied, or away if it is no longer as it was made."""
        if self._is_emptied(address):
            self._free.append(address)
        else:
            self._open.pop(address).close()
            self._command(f'DROP DATABASE IF EXISTS "{make_url(address).database}" WITH (FORCE)')

    def _is_emptied(self, address: str) -> bool:
        connection = self._open[address]
        try:
            connection.execute(text(OTHERS.format("pg_backend_pid()")))
            if connection.scalar(text(SCHEMA)) != self._schemas[address]:
                return False
            if connection.scalar(text(REVISION)) != self._revision:
                return False
            connection.execute(text(_emptying(self._held)))
        except DBAPIError:  # gone, or closed
            return False
        return True

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _command(self, sql: str) -> None:
        with self._plain(self._url.render_as_string(hide_password=False)).connect() as connection:
            connection.execute(text(sql))

    def _plain(self, address: str) -> Engine:
        return create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def held_rows(connection: Connection) -> dict[str, str]:
    """The rows that a PostgreSQL database has, as JSON, by table."""
    tables = [table.name for table in Base.metadata.sorted_tables]
    found = {name: connection.scalar(text(f"SELECT json_agg(t)::text FROM {name} AS t")) for name in tables}
    return {name: rows for name, rows in found.items() if rows}


def last_values(connection: Connection) -> dict[str, int]:
    """How far each sequence of a PostgreSQL database has counted."""
    return {f"{row.schemaname}.{row.sequencename}": row.last_value for row in connection.execute(text(LAST_VALUES))}


def filling(held: dict[str, str], counted: dict[str, int]) -> str:
    """What makes a database as it was made one that holds these rows, in one round trip."""
    deletes = [f"DELETE FROM {name}" for name in reversed(list(held))]
    counts = [f"SELECT setval('{name}', {value})" for name, value in counted.items()]
    return "; ".join([*deletes, *_fills(held), *counts])


def _fills(held: dict[str, str]) -> list[str]:
    """Tables in the order of their references."""
    quoted = {name: rows.replace("'", "''").replace(":", "\\:") for name, rows in held.items()}
    return [
        f"INSERT INTO {name} SELECT * FROM json_populate_recordset(NULL\\:\\:{name}, '{rows}')"
        for name, rows in quoted.items()
    ]


def _emptying(held: dict[str, str]) -> str:
    """In one round trip and one transaction."""
    names: Sequence[str] = [table.name for table in Base.metadata.sorted_tables]
    deletes = [f"DELETE FROM {name}" for name in reversed(names)]
    aside, back = (f"ALTER TABLE audit_event {word} TRIGGER USER" for word in ("DISABLE", "ENABLE"))
    return "; ".join(["BEGIN", aside, *deletes, back, *_fills(held), FROM_ONE.replace(":", "\\:"), "COMMIT"])
