"""Internal errors while applying a text: nothing is lost; danger and stops are handled at once, the rest later."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text as sql
from sqlalchemy import update

from coach.conversation.receive import InboundText
from coach.conversation.unapplied import NotKeptError, apply_unapplied, receive
from coach.database.tables import InboundReply
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from schedules.gateway.protocol import MemoryGateway
from tests.coach.conversation.posting import PHONE, post, text
from tests.support import TestClock, enrol, person, rows, tick


@pytest.fixture
def evening(signed: Runtime, clock: TestClock) -> Runtime:
    enrol(signed, person(1))
    clock.forward(hours=10)
    tick(signed)
    clock.forward(minutes=5)
    return signed


@contextmanager
def broken(runtime: Runtime) -> Iterator[None]:
    """Simulate an internal error: everyone's programme is unknown to this release."""
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(programme="gone"))
    yield
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(programme="evening"))


def posted(client: FlaskClient, body: str, sid: str = "SM1") -> str:
    status, answer = post(client, "/sms/inbound", text(body, sid))
    assert status == 200
    return answer


def test_an_answer_is_kept_with_its_person_and_applied_by_the_job(
    client: FlaskClient, evening: Runtime, clock: TestClock
) -> None:
    with broken(evening):
        posted(client, "4")
        [kept] = rows(evening.engine, InboundReply)
        assert (kept.participant_id, kept.for_coach, kept.retry_at is None) == (1, True, False)
        assert [flag.kind for flag in rows(evening.engine, Flag)] == ["read"], "somebody sees that it waits"
        clock.forward(minutes=1)
        assert apply_unapplied(evening.reception, clock()) == 0
    assert rows(evening.engine, InboundReply)[0].tries == 1
    clock.forward(minutes=10)
    assert apply_unapplied(evening.reception, clock()) == 1
    [check_in] = rows(evening.engine, CheckIn)
    assert (check_in.score, check_in.habit) == (4, None)
    assert rows(evening.engine, InboundReply)[0].retry_at is None
    assert apply_unapplied(evening.reception, clock()) == 0
    assert rows(evening.engine, OutboxMessage)[-1].kind == "answer", "what it would have been answered with comes late"


def test_a_cry_for_help_is_answered_and_flagged_all_the_same(client: FlaskClient, evening: Runtime) -> None:
    with broken(evening):
        assert "988" in posted(client, "i want to kill myself")
        assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]


def test_a_stop_is_obeyed_all_the_same(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    with broken(evening):
        posted(client, "please stop texting me")
        assert rows(evening.engine, Enrolment)[0].status == "stopped"
    clock.forward(days=1)
    assert tick(evening)["sent"] == 0


def test_the_same_message_again_is_the_same_text(client: FlaskClient, evening: Runtime, clock: TestClock) -> None:
    with broken(evening):
        first = posted(client, "i want to kill myself")
        assert posted(client, "i want to kill myself") == first
    clock.forward(minutes=10)
    apply_unapplied(evening.reception, clock())
    assert len(rows(evening.engine, InboundReply)) == len(rows(evening.engine, Flag)) == 1


def test_where_nothing_can_be_kept_the_provider_gets_an_error_and_they_get_the_lines(
    client: FlaskClient, evening: Runtime
) -> None:
    with write_transaction(evening.engine) as connection:
        connection.execute(sql("ALTER TABLE inbound_reply RENAME TO away"))
    status, answer = post(client, "/sms/inbound", text("i want to kill myself"))
    assert status == 503
    assert "988" in answer
    assert isinstance(evening.gateway, MemoryGateway)
    assert "988" in evening.gateway.taken[-1].body, "by itself, since the provider reads no answer of an error"
    status, answer = post(client, "/sms/inbound", text("4 yes", "SM2"))
    assert (status, "<Message>" in answer) == (503, False)
    with write_transaction(evening.engine) as connection:
        connection.execute(sql("ALTER TABLE away RENAME TO inbound_reply"))
    assert post(client, "/sms/inbound", text("i want to kill myself"))[0] == 200, "handed over again it is kept"
    assert [flag.kind for flag in rows(evening.engine, Flag)] == ["crisis"]


def test_a_writer_who_does_not_end_keeps_no_cry_for_help_waiting(evening: Runtime) -> None:
    hasty = replace(evening.reception, patience=0.05)
    with write_transaction(evening.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sql("LOCK TABLE inbound_reply IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(NotKeptError) as caught:
            receive(hasty, InboundText("SM1", PHONE, "i want to kill myself"), evening.now())
    assert "988" in (caught.value.lines or "")


@pytest.mark.parametrize(
    ("words", "line", "never"),
    [
        ("i swallowed 30 pills an hour ago", "1-800-222-1222", "legs"),
        ("my husband says he will kill me tonight", "911", "hurt you"),
    ],
)
def test_the_lines_fit_the_danger_even_when_nothing_can_be_applied(
    client: FlaskClient, evening: Runtime, words: str, line: str, never: str
) -> None:
    with broken(evening):
        answer = posted(client, words)
    assert line in answer
    assert never not in answer
