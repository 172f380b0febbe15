"""The audit log: append-only, chained, written last in its transaction, by many at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from coach.audit import ANCHOR_TROUBLE, COMMAND_LINE, contains, record, record_view, summary_of, verify
from coach.database.audit_chain import begin_anchor
from coach.database.tables import AuditAnchor, AuditEvent
from coach.operations.audit_check import verify_nightly
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.work import SetAside
from schedules.worker.periodic import PeriodicRunner
from tests.commands import environment, run
from tests.support import let_audit_be_changed, rows

COACH = "coach@example.org"


def note(runtime: Runtime, number: int = 1, **detail: Any) -> None:
    with write_transaction(runtime.engine) as connection:
        record(connection, COACH, "changed", f"participant {number}", runtime.now(), None, detail)


def tamper(engine: Engine, *statements: Any) -> None:
    """What somebody can do who owns the database."""
    with write_transaction(engine) as connection:
        let_audit_be_changed(connection)
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("statement", [update(AuditEvent).values(actor="nobody"), delete(AuditEvent)], ids=str)
def test_the_database_refuses_a_change_and_a_removal(runtime: Runtime, statement: Any) -> None:
    note(runtime)
    before = rows(runtime.engine, AuditEvent)
    with pytest.raises(DatabaseError, match="append-only"), write_transaction(runtime.engine) as connection:
        connection.execute(statement)
    assert rows(runtime.engine, AuditEvent) == before


def test_postgresql_refuses_to_empty_it(runtime: Runtime) -> None:
    note(runtime)
    empty = "TRUNCATE audit_event" if runtime.engine.dialect.name == "postgresql" else "DELETE FROM audit_event"
    with pytest.raises(DatabaseError, match="append-only"), write_transaction(runtime.engine) as connection:
        connection.execute(text(empty))


def test_a_chain_that_was_left_alone_holds(runtime: Runtime) -> None:
    for number in range(5):
        note(runtime, number, reply=number, by="import")
        runtime.now.forward(minutes=1)  # type: ignore[attr-defined]
    with read_transaction(runtime.engine) as connection:
        found = verify(connection)
        assert (found.rows, found.unchained, found.broken_id) == (5, 0, None)
        assert contains(connection, found.head)


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        (lambda third: update(AuditEvent).where(AuditEvent.id == third).values(actor="else@example.org"), 2),
        (lambda third: update(AuditEvent).where(AuditEvent.id == third).values(detail={"reply": 9}), 2),
        (lambda third: update(AuditEvent).where(AuditEvent.id == third).values(hash=""), 2),
        (lambda third: delete(AuditEvent).where(AuditEvent.id == third), 3),
    ],
    ids=["another actor", "another detail", "no hash", "removed"],
)
def test_verify_names_the_first_row_that_was_tampered_with(
    runtime: Runtime, tampering: Callable[[int], Any], broken: int
) -> None:
    for number in range(5):
        note(runtime, number, reply=number)
    ids = [row.id for row in rows(runtime.engine, AuditEvent)]
    tamper(runtime.engine, tampering(ids[2]))
    with read_transaction(runtime.engine) as connection:
        assert verify(connection).broken_id == ids[broken]


def test_a_row_put_in_without_the_keys_does_not_hold(runtime: Runtime) -> None:
    note(runtime)
    forged = {"at": runtime.now(), "actor": COACH, "action": "viewed", "subject": "x", "detail": {}, "hash": "f" * 64}
    with write_transaction(runtime.engine) as connection:
        connection.execute(insert(AuditEvent).values(forged))
    with read_transaction(runtime.engine) as connection:
        assert verify(connection).broken_id == rows(runtime.engine, AuditEvent)[-1].id


def test_an_older_copy_of_everything_shows_by_a_hash_noted_since(runtime: Runtime) -> None:
    note(runtime)
    [before] = rows(runtime.engine, AuditAnchor)
    note(runtime)
    noted = rows(runtime.engine, AuditEvent)[-1]
    tamper(
        runtime.engine,
        delete(AuditEvent).where(AuditEvent.id == noted.id),
        update(AuditAnchor).values(**before._mapping),
    )
    with read_transaction(runtime.engine) as connection:
        assert verify(connection).holds
        assert not contains(connection, noted.hash)


LAST_ID = select(func.max(AuditEvent.id)).scalar_subquery()
EMPTY_ANCHOR = {"rows": 0, "head": "", "unchained": 0, "base": ""}


@pytest.mark.parametrize(
    ("tampering", "anchor"),
    [
        ([delete(AuditEvent).where(AuditEvent.id == LAST_ID)], "differs"),
        ([delete(AuditEvent)], "differs"),
        ([update(AuditEvent).values(hash="")], "differs"),
        ([delete(AuditEvent), delete(AuditAnchor)], "missing"),
        ([delete(AuditEvent), update(AuditAnchor).values(EMPTY_ANCHOR)], "forged"),
        ([delete(AuditEvent), update(AuditAnchor).values(EMPTY_ANCHOR | {"seal": "f" * 64})], "forged"),
    ],
    ids=["cut", "emptied", "blanked", "no anchor", "another anchor", "another seal"],
)
def test_what_is_cut_emptied_or_blanked_shows_for_ever(runtime: Runtime, tampering: list[Any], anchor: str) -> None:
    for number in range(3):
        note(runtime, number)
    tamper(runtime.engine, *tampering)
    for _ in range(2):
        with read_transaction(runtime.engine) as connection:
            found = verify(connection)
        assert not found.holds
        assert found.anchor == anchor or found.broken_id is not None
        assert found.broken_id is not None or ANCHOR_TROUBLE[found.anchor] in summary_of(found)
        note(runtime)  # what happens afterwards makes nothing valid again


def test_a_row_without_a_hash_is_not_taken_for_an_old_one(runtime: Runtime) -> None:
    forged = {"at": runtime.now(), "actor": COACH, "action": "viewed", "subject": "x", "detail": {}}
    with write_transaction(runtime.engine) as connection:
        connection.execute(insert(AuditEvent).values(forged))
    note(runtime)
    with read_transaction(runtime.engine) as connection:
        assert not verify(connection).holds


def test_rows_before_the_chain_are_under_the_anchor_too(runtime: Runtime) -> None:
    old = {"at": runtime.now(), "actor": COACH, "action": "closed", "subject": "x", "detail": {}}
    with write_transaction(runtime.engine) as connection:
        connection.execute(insert(AuditEvent).values(old))
        begin_anchor(connection)
    note(runtime)
    with read_transaction(runtime.engine) as connection:
        assert verify(connection).holds
    tamper(runtime.engine, update(AuditEvent).where(AuditEvent.hash == "").values(actor="else@example.org"))
    with read_transaction(runtime.engine) as connection:
        assert verify(connection).anchor == "differs"


def test_the_nightly_check_tells_the_operator(runtime: Runtime) -> None:
    note(runtime)
    periods = PeriodicRunner(runtime.engine, "worker", runtime.now)
    assert [verify_nightly(periods), verify_nightly(periods)] == [1, 0]
    assert rows(runtime.engine, SetAside) == []
    tamper(runtime.engine, delete(AuditEvent))
    runtime.now.forward(days=1)  # type: ignore[attr-defined]
    assert verify_nightly(periods) == 1
    [aside] = rows(runtime.engine, SetAside)
    assert (aside.kind, aside.reason) == ("audit", "AuditBrokenError")


def test_the_command_fails_for_a_copy_that_was_emptied_and_not_for_a_plain_one(
    runtime: Runtime, database_url: str
) -> None:
    note(runtime)
    assert run(["audit", "verify"], environment(database_url)).returncode == 0
    tamper(runtime.engine, delete(AuditEvent))
    told = run(["audit", "verify"], environment(database_url))
    assert (told.returncode, "were removed" in told.stdout) == (1, True)


def test_many_writers_at_once_make_one_chain(runtime: Runtime) -> None:
    def write(number: int) -> None:
        for _ in range(5):
            note(runtime, number)
            record_view(runtime.engine, COACH, f"participant {number}", runtime.now())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with read_transaction(runtime.engine) as connection:
        found = verify(connection)
    assert (found.rows, found.broken_id) == (80, None)


def test_what_was_rolled_back_is_not_in_it(runtime: Runtime) -> None:
    def fail_after(noting: Connection) -> None:
        record(noting, COACH, "erased", "participant 1", runtime.now())
        raise RuntimeError

    with pytest.raises(RuntimeError), write_transaction(runtime.engine) as connection:
        fail_after(connection)
    with write_transaction(runtime.engine) as connection:
        record(connection, COACH, "changed", "participant 1", runtime.now())
        with pytest.raises(RuntimeError), connection.begin_nested():
            fail_after(connection)
        with connection.begin_nested():
            record(connection, COMMAND_LINE, "exported", "participant 3", runtime.now())
    assert [row.action for row in rows(runtime.engine, AuditEvent)] == ["changed", "exported"]


@pytest.mark.parametrize("detail", ["+14155550001", "4155550001", "«Maria»", "legs are bad tonight, " * 9, 4155550001])
def test_a_detail_that_could_be_personal_is_refused(runtime: Runtime, detail: Any) -> None:
    with pytest.raises(ValueError, match="may hold"):
        note(runtime, about=detail)


def test_rows_older_than_the_chain_are_told_apart(runtime: Runtime) -> None:
    old = {"at": runtime.now() - timedelta(days=1), "actor": COACH, "action": "closed", "subject": "x", "detail": {}}
    with write_transaction(runtime.engine) as connection:
        connection.execute(insert(AuditEvent).values(old))
        begin_anchor(connection)
    note(runtime)
    with read_transaction(runtime.engine) as connection:
        found = verify(connection)
    assert (found.rows, found.unchained, found.holds) == (1, 1, True)
