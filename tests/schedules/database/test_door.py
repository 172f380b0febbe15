"""Every writing transaction is measured: one that keeps others waiting is told, by who asked for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from coach.audit import record_view
from coach.database.tables import AuditEvent
from coach.operations.measures import long_writes
from schedules.database import write_times as door
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.work import LongWrite
from tests.support import TestClock, eventually, rows


@pytest.fixture
def told() -> Iterator[list[door.WriteTiming]]:
    seen: list[door.WriteTiming] = []
    door.WATCHERS.append(seen.append)
    yield seen
    door.WATCHERS.remove(seen.append)


@contextmanager
def a_block_of_its_own(engine: Engine) -> Iterator[Connection]:
    with write_transaction(engine) as connection:
        yield connection


def test_a_transaction_is_known_by_who_asked_for_it(sqlite_engine: Engine, told: list[door.WriteTiming]) -> None:
    with write_transaction(sqlite_engine):
        pass
    with a_block_of_its_own(sqlite_engine):
        pass
    with pytest.raises(IntegrityError), write_transaction(sqlite_engine) as connection:
        connection.execute(insert(LongWrite).values(caller=None))
    name = "tests.schedules.database.test_door.test_a_transaction_is_known_by_who_asked_for_it"
    assert [one.caller for one in told] == [name] * 3
    assert all(one.cpu >= 0 and one.thread == threading.get_ident() for one in told)


def test_one_that_keeps_others_waiting_is_logged_and_counted(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "LONG_WRITE_SECONDS", 0.0)
    with capture_logs() as logged:
        for _ in range(2):
            with write_transaction(sqlite_engine):
                pass
    monkeypatch.undo()
    with read_transaction(sqlite_engine) as connection:
        [(caller, (times, _))] = long_writes(connection).items()
    assert caller.endswith("test_one_that_keeps_others_waiting_is_logged_and_counted")
    assert times == 2
    assert [one["event"] for one in logged] == ["write_was_long"] * 2


def test_on_postgresql_writers_do_not_wait_for_each_other_and_nothing_is_counted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "LONG_WRITE_SECONDS", 0.0)
    with write_transaction(engine):
        pass
    monkeypatch.undo()
    assert len(rows(engine, LongWrite)) == (engine.dialect.name == "sqlite")


def test_before_the_migration_that_counts_them_long_ones_are_only_logged(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_transaction(sqlite_engine) as connection:
        connection.execute(text("ALTER TABLE long_write RENAME TO elsewhere"))
    try:
        monkeypatch.setattr(door, "LONG_WRITE_SECONDS", 0.0)
        with write_transaction(sqlite_engine):
            pass
    finally:
        monkeypatch.undo()
        with write_transaction(sqlite_engine) as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO long_write"))


def test_a_page_does_not_wait_for_a_writer_and_its_view_is_noted_all_the_same(
    sqlite_engine: Engine, clock: TestClock
) -> None:
    with write_transaction(sqlite_engine):
        record_view(sqlite_engine, "ada@x.example", "participant 1", clock())
        record_view(sqlite_engine, "ada@x.example", "participant 2", clock())
        assert rows(sqlite_engine, AuditEvent) == []
    eventually(lambda: len(viewed(sqlite_engine)) == 2)
    assert viewed(sqlite_engine) == ["participant 1", "participant 2"]
    record_view(sqlite_engine, "ada@x.example", "participant 3", clock())
    assert viewed(sqlite_engine)[-1] == "participant 3", "at once, when nobody writes"


def viewed(engine: Engine) -> list[str | None]:
    with read_transaction(engine) as connection:
        return list(connection.execute(select(AuditEvent.subject).order_by(AuditEvent.id)).scalars())
