"""Intercepts the database: every statement and every commit of the engine passes through here.

The drivers' own connections and cursors are subclassed, so that what goes around SQLAlchemy is seen as well. A fault
raises what the driver raises, and leaves the transaction as a real one would: taken back, or taken effect and not told.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psycopg
from greenlet import getcurrent
from sqlalchemy import Engine, event

from tests.simulation_engine.stage import KilledError
from tests.simulation_engine.waiting import on_stage

# How long a transaction waits before it begins: others go on meanwhile.
SLOWNESS = (0.0, 0.0, 0.001, 0.004, 0.02)


@dataclass
class Weather:
    """A time in which the database fails: at each statement or commit with a chance, of the kinds named."""

    kinds: tuple[str, ...]
    until: float
    chance: float
    drawn: Random


@dataclass
class Door:
    """What is done to whoever passes. `armed` are faults that the next commit of a kind of process meets, once."""

    weather: list[Weather] = field(default_factory=list)
    armed: list[tuple[str, str]] = field(default_factory=list)
    struck: int = 0
    version: int = 0  # how often anything but a sign of life was changed
    trouble: Callable[[], None] = lambda: None

    def fault(self, *kinds: str) -> str | None:
        """The fault, if any, of these kinds that strikes now."""
        stage = on_stage()
        if stage is None or stage.process is None:
            return None
        for one in self.weather:
            if stage.now < one.until and one.drawn.random() < one.chance:
                kind = one.kinds[one.drawn.randrange(len(one.kinds))]
                if kind in kinds:
                    return self._struck(kind)
        return None

    def is_bad(self, now: float) -> bool:
        """Whether statements may fail now."""
        return any(now < one.until for one in self.weather)

    def armed_for(self) -> str | None:
        """The fault that waits for a commit of this process."""
        stage = on_stage()
        if stage is None or stage.process is None:
            return None
        for one in self.armed:
            if one[0] in getattr(getcurrent(), "errand", ""):
                self.armed.remove(one)
                return self._struck(one[1])
        return None

    def _struck(self, kind: str) -> str:
        self.struck += 1
        self.trouble()
        return kind


DOOR: list[Door] = []
# What a connection is prepared with and asked whether it is there: a new one is not asked, one from the pool is.
SIGNS_OF_LIFE = ("UPDATE worker_heartbeat", "DELETE FROM worker_heartbeat")
UNSEEN = ("PRAGMA", "SELECT 1", "SET LOCAL lock_timeout")
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
BEFORE_STATEMENT = ("lost", "deadlock", "locked", "full", "down")


def _before(connection: Any, sql: str, raises: Callable[[str, Any], Exception]) -> None:
    stage = on_stage()
    if stage is None or stage.process is None or not DOOR or sql.startswith(UNSEEN):
        return
    if not stage.process.alive:
        raise KilledError
    stage.step("statement")
    writes = sql.lstrip().upper().startswith(WRITES)
    connection.wrote = writes or (connection.wrote and not sql.startswith("BEGIN"))
    if writes and not sql.startswith(SIGNS_OF_LIFE):
        DOOR[-1].version += 1
    kind = DOOR[-1].fault(*BEFORE_STATEMENT)
    if kind == "locked" and not sql.startswith("BEGIN"):
        kind = None
    if kind == "full" and not writes:
        kind = None
    if kind:
        raise raises(kind, connection)


def _commit(connection: Any, commit: Callable[[], None], raises: Callable[[str, Any], Exception]) -> None:
    stage, wrote = on_stage(), connection.wrote
    connection.wrote = False
    if stage is None or stage.process is None or not DOOR or not wrote:
        commit()
        return
    stage.step("before commit")
    kind = DOOR[-1].armed_for() or DOOR[-1].fault("commit lost", "commit in doubt", "full")
    if kind in ("commit lost", "full"):
        raise raises(kind, connection)
    commit()
    if kind == "commit in doubt":
        raise raises(kind, connection)
    stage.step("after commit")


SAID = {
    "lost": "server closed the connection unexpectedly",
    "down": "connection refused: the server is not there",
    "commit lost": "server closed the connection unexpectedly",
    "commit in doubt": "server closed the connection unexpectedly",
    "deadlock": "database is locked",
    "locked": "database is locked",
    "full": "database or disk is full",
}


def _sqlite_error(kind: str, connection: Any) -> Exception:
    if kind != "locked":
        connection.rollback()
    return sqlite3.OperationalError(SAID[kind])


class SqliteCursor(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = ()) -> "SqliteCursor":
        _before(self.connection, sql, _sqlite_error)
        super().execute(sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Any) -> "SqliteCursor":
        _before(self.connection, sql, _sqlite_error)
        super().executemany(sql, parameters)
        return self


class SqliteConnection(sqlite3.Connection):
    wrote = False

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(SqliteCursor)

    def commit(self) -> None:
        _commit(self, super().commit, _sqlite_error)


PG_ERRORS: dict[str, type[psycopg.OperationalError]] = {
    "deadlock": psycopg.errors.DeadlockDetected,
    "locked": psycopg.errors.LockNotAvailable,
    "full": psycopg.errors.DiskFull,
}


def _postgres_error(kind: str, connection: Any) -> Exception:
    if kind in PG_ERRORS:
        connection.rollback()
        return PG_ERRORS[kind](SAID[kind])
    connection.close()
    return psycopg.OperationalError(SAID[kind])


class PostgresCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        _before(self.connection, str(query), _postgres_error)
        return super().execute(query, *args, **kwargs)

    def executemany(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        _before(self.connection, str(query), _postgres_error)
        return super().executemany(query, *args, **kwargs)


class PostgresConnection(psycopg.Connection[Any]):
    wrote = False

    def commit(self) -> None:
        _commit(self, super().commit, _postgres_error)


def put_a_door(engine: Engine) -> None:
    """Have every connection that the engine opens from now on pass the door, and give way before each transaction."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, given: Any, named: Any) -> Any:
        if engine.dialect.name == "sqlite":
            named["factory"] = SqliteConnection
            return None
        connection = PostgresConnection.connect(*given, **named)
        connection.cursor_factory = PostgresCursor
        return connection

    @event.listens_for(engine, "checkout")
    def checked_out(_connection: Any, _record: Any, _proxy: Any) -> None:
        stage = on_stage()
        if stage is not None and stage.process is not None:
            stage.step("transaction")
            stage.wait(stage.process.drawn.choice(SLOWNESS))
            # Here and not where a connection is opened: how many are open already must change nothing.
            if DOOR and DOOR[-1].fault("down"):
                error = sqlite3.OperationalError if engine.dialect.name == "sqlite" else psycopg.OperationalError
                raise error(SAID["down"])

    engine.dispose()
    pool: Any = engine.pool  # a pool for as many processes as there are
    pool._max_overflow, pool._pool.maxsize = 1000, 50
