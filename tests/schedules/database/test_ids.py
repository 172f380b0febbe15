"""No id is given out twice: mails, logs, open pages and the audit log name rows that have been erased since."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, delete, insert, inspect, select, text

from coach.audit import record
from coach.database.schema import MIGRATIONS, check, tables, upgrade
from coach.database.tables import AuditAnchor, AuditEvent, InboundReply
from schedules.database.engine import open_engine, read_transaction, schema_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import Installation
from tests.benchmarks.bench_planning import DUE_AT, enrol, write_history
from tests.databases import MADE_AT
from tests.schedules.database.test_migrations import configured

# One row with a fixed id each, and the log whose last row cannot be removed.
NEVER_REMOVED = {Installation.__tablename__, AuditAnchor.__tablename__, AuditEvent.__tablename__}
BEFORE = str(ScriptDirectory(str(MIGRATIONS)).get_revision("0029").down_revision)
LATER = {("table", "clinic"), ("table", "draft"), ("trigger", "enrolment_updated")}
SCHEMA = text("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY type, name")
ANSWERED = {"message_sid": "SM1", "number_hash": "n", "body": "help", "received_at": MADE_AT}
RAISED = {"kind": "crisis", "opened_at": MADE_AT}


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


def made(engine: Engine) -> dict[tuple[str, str], str]:
    """The statement that each table, index and trigger was made by, without the quotes of a table made anew."""
    with read_transaction(engine) as connection:
        return {
            (row.type, row.name): (row.sql or "").replace(f'"{row.tbl_name}"', row.tbl_name)
            for row in connection.execute(SCHEMA)
        }


def everything(engine: Engine) -> dict[str, list[Any]]:
    with read_transaction(engine) as connection:
        there = inspect(connection).get_table_names()
        return {name: list(connection.execute(text(f"SELECT * FROM {name}"))) for name in there}


def test_every_table_that_makes_ids_says_so_to_sqlite(database: Engine) -> None:
    """A revision that makes a table needs `sqlite_autoincrement=True`, and one that makes it anew must keep it."""
    statements = made(database)
    for table in tables():
        if table.autoincrement_column is not None and table.name not in NEVER_REMOVED:
            assert "AUTOINCREMENT" in statements["table", table.name], f"{table.name} gives ids out twice"


def test_an_upgrade_keeps_rows_constraints_indexes_and_triggers(database: Engine) -> None:
    enrol(database, 3, "rotation", DUE_AT)
    with write_transaction(database) as connection:
        write_history(connection, 3)
        record(connection, "a@b.test", "erased", "participant 9", MADE_AT)
    held, after = everything(database), made(database)
    with schema_transaction(database) as connection:
        command.downgrade(configured(connection), BEFORE)
    before = made(database)
    assert not [name for name, sql in before.items() if "AUTOINCREMENT" in sql]
    upgrade(database, MADE_AT)
    check(database)
    assert made(database) == after
    made_anew = {
        name for name, sql in after.items() if name in before and name[0] == "table" and "AUTOINCREMENT" in sql
    }
    changed = {name for name, sql in before.items() if sql != after[name]}
    assert changed - made_anew <= LATER, "only what a later revision adds to"
    assert made_anew <= changed
    again = everything(database)
    assert all(again[name] == rows for name, rows in held.items() if name != "alembic_version")
    with read_transaction(database) as connection:
        assert not connection.execute(text("PRAGMA foreign_key_check")).all()
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_an_upgrade_begins_above_the_ids_that_the_audit_log_names(database: Engine) -> None:
    with schema_transaction(database) as connection:
        command.downgrade(configured(connection), BEFORE)
    with write_transaction(database) as connection:
        record(connection, "a@b.test", "acknowledged", "unknown number", MADE_AT, None, {"flag": 17})
        record(connection, "a@b.test", "closed", "unknown number", MADE_AT, None, {"reply": 23})
        connection.execute(insert(InboundReply).values(id=5, **ANSWERED))
    upgrade(database, MADE_AT)
    with write_transaction(database) as connection:
        reply = insert(InboundReply).values(**ANSWERED | {"message_sid": "SM2"}).returning(InboundReply.id)
        assert connection.execute(reply).scalar_one() == 24
        flag = insert(Flag).values(reply_id=24, **RAISED).returning(Flag.id)
        assert connection.execute(flag).scalar_one() == 18


def test_the_next_row_does_not_get_the_id_of_the_last_one_removed(engine: Engine) -> None:
    values = {"kind": "answer", "body": "b", "state": "queued", "created_at": MADE_AT}
    values |= {"due_at": MADE_AT, "expires_at": MADE_AT}
    given = []
    for number in range(3):
        with write_transaction(engine) as connection:
            one = insert(OutboxMessage).values(token=str(number), **values).returning(OutboxMessage.id)
            given.append(connection.execute(one).scalar_one())
            if number == 1:
                connection.execute(delete(OutboxMessage))
    with read_transaction(engine) as connection:
        assert connection.execute(select(OutboxMessage.id)).scalars().all() == given[2:]
    assert given == sorted(set(given))
