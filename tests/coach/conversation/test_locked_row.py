"""Somebody keeps one person's row locked on PostgreSQL: their texts are kept, and nobody else's wait behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select

from coach.conversation.unapplied import apply_unapplied
from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from tests.coach.conversation.posting import PHONE, post, text
from tests.support import TestClock, enrol, person, rows, tick

OTHER = "+14155550002"


@pytest.fixture
def evening(signed: Runtime, clock: TestClock) -> Runtime:
    enrol(signed, person(1), person(2))
    clock.forward(hours=10)
    tick(signed)
    clock.forward(minutes=5)
    return signed


@contextmanager
def locked(runtime: Runtime) -> Iterator[None]:
    """Somebody changes the first person and does not commit."""
    with write_transaction(runtime.engine) as connection:
        connection.execute(select(Enrolment.id).where(Enrolment.id == 1).with_for_update())
        yield


@contextmanager
def lock_timeouts(engine: Engine) -> Iterator[list[int]]:
    """The milliseconds that each transaction was willing to wait for a lock."""
    waits: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("SET LOCAL lock_timeout"):
            waits.append(int(statement.rpartition("=")[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield waits
    event.remove(engine, "before_cursor_execute", note)


def test_texts_of_a_locked_person_are_kept_at_once_danger_is_answered_and_the_job_applies_them(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    if evening.engine.dialect.name == "sqlite":
        return  # it has one lock for everything: see test_unapplied
    with locked(evening), lock_timeouts(evening.engine) as waits:
        status, _ = post(client, "/sms/inbound", text("4"))
        assert status == 200
        status, answer = post(client, "/sms/inbound", text("i want to kill myself", "SM2"))
        assert (status, "988" in answer) == (200, True)
        assert post(client, "/sms/inbound", text("4", "SM3", From=OTHER))[0] == 200
    assert sum(waits[:3]) < 1000, "the tries of one text together, since other people's texts wait behind it"
    assert [(one.body, one.retry_at is None) for one in rows(evening.engine, InboundReply)] == [
        ("4", False),
        ("i want to kill myself", False),
        ("4", True),
    ]
    assert "crisis" in [flag.kind for flag in rows(evening.engine, Flag)]
    assert sorted(str(one.score) for one in rows(evening.engine, CheckIn)) == ["4", "None"]
    clock.forward(minutes=1)
    assert apply_unapplied(evening.reception, clock()) == 2
    scores = [one.score for one in rows(evening.engine, CheckIn)]
    assert sorted(map(str, scores)) == ["4", "None"], "beside an open crisis an answer is a note"
    assert [one.score for one in rows(evening.engine, InboundReply)] == [4, None, 4]


def test_a_receipt_does_not_wait_long_for_a_locked_row(client: FlaskClient, evening: Runtime) -> None:
    with lock_timeouts(evening.engine) as waits:
        assert post(client, "/sms/status", {"MessageSid": "SM1", "MessageStatus": "sent", "To": PHONE})[0] == 200
    assert all(wait < 500 for wait in waits)
