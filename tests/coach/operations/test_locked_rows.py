"""Somebody keeps rows locked on PostgreSQL: everybody's texts and receipts together wait about a second for them."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

import coach.web.row_patience
from coach.conversation.unapplied import apply_unapplied
from coach.database.tables import InboundReply
from coach.runtime import Runtime
from coach.web.row_patience import EACH, LEAST, PERIOD, TOGETHER, TRIES, RowPatience
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Enrolment
from tests.coach.conversation.posting import post, text
from tests.support import TestClock, enrol, person, rows

ALMOST_NOTHING = LEAST * TRIES


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_many_texts_of_locked_people_keep_the_others_waiting_as_long_as_one(
    client: FlaskClient, signed: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow this machine is, all ten texts arrive within one period.
    monkeypatch.setattr(coach.web.row_patience, "PERIOD", float("inf"))
    enrol(signed, *(person(number) for number in range(1, 11)))
    waits: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("SET LOCAL lock_timeout"):
            waits.append(int(statement.rpartition("=")[2]))

    event.listen(signed.engine, "before_cursor_execute", note)
    with write_transaction(signed.engine) as connection:
        connection.execute(select(Enrolment.id).with_for_update())
        waits.clear()
        for number in range(1, 11):
            words = text("i want to kill myself", f"SM{number}", From=person(number)["phone"])
            status, answer = post(client, "/sms/inbound", words)
            assert (status, "988" in answer) == (200, True)
    # Two of the two and a half tries that each is allowed are waited for to the end, and count.
    allowed = 1000 * (TOGETHER * TRIES / 2 + 10 * ALMOST_NOTHING)
    assert sum(waits) <= allowed + len(waits), "each is rounded up to a millisecond"
    assert max(waits[-2:]) <= 1000 * LEAST + 1
    clock.forward(minutes=1)
    assert apply_unapplied(signed.reception, clock()) == 10
    assert all(one.retry_at is None for one in rows(signed.engine, InboundReply))


def test_patience_returns_once_nobody_has_waited_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    shows = [100.0]
    monkeypatch.setattr(coach.web.row_patience, "monotonic", lambda: shows[0])
    rows = RowPatience()
    allowed = []
    for _ in range(3):
        with rows.take() as patience:
            allowed.append(patience)
            shows[0] += patience * TRIES
    assert allowed[0] == EACH
    assert allowed[-1] == LEAST
    with rows.take():
        pass
    shows[0] += PERIOD + 1
    with rows.take() as patience:
        assert patience == EACH
