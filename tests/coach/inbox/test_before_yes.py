"""Before YES a coach's words only answer what somebody wrote: nothing else is sent but the welcome."""

from datetime import timedelta

import pytest
from flask import Flask

from coach.accounts.signed_in import SignedIn
from coach.database.tables import InboundReply
from coach.inbox.answer import AnswerError, answer, write_draft
from coach.inbox.schedule import Draft, LeaveAt
from coach.participants.actions.change_number import change_number
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.gateway.protocol import MemoryGateway
from tests.coach.api.calling import system
from tests.support import TestClock, enrol, person, rows, say, tick

ANA, NEW = "+14155550001", "+14155550777"
LEAD = SignedIn(1, "lead@x.example", "lead", 1)
NOT_YET = "have not said yes to texts yet. You can call them"


@pytest.fixture
def invited(runtime: Runtime, clock: TestClock) -> MemoryGateway:
    """At noon somebody was welcomed and has not answered."""
    assert isinstance(runtime.gateway, MemoryGateway)
    enrol(runtime, person(1), confirmed=False)
    clock.forward(hours=2)
    tick(runtime)
    runtime.gateway.taken.clear()
    return runtime.gateway


def write(runtime: Runtime, leave: LeaveAt | None = None, body: str = "See you Friday.") -> None:
    with write_transaction(runtime.engine) as connection:
        write_draft(connection, runtime.keys, 1, Draft(body, body, leave), LEAD, runtime.now())


@pytest.mark.parametrize("leave", [None, LeaveAt("2026-03-04", "12:00")])
def test_whoever_has_not_said_yes_gets_no_words_of_a_coach(
    runtime: Runtime, invited: MemoryGateway, leave: LeaveAt | None
) -> None:
    with pytest.raises(AnswerError, match=NOT_YET):
        write(runtime, leave)
    assert [one.kind for one in rows(runtime.engine, OutboxMessage)] == ["welcome"]


def test_another_system_is_told_the_same(runtime: Runtime, invited: MemoryGateway) -> None:
    app: Flask = create_app(runtime)
    told = system(app, runtime).call("POST", "/participants/1/messages", {"body": "Hello"}, status=409)
    assert NOT_YET in told["detail"]


def test_whoever_asks_who_this_is_may_be_answered_for_a_day(
    runtime: Runtime, clock: TestClock, invited: MemoryGateway
) -> None:
    say(runtime, ANA, "who is this?")
    [reply] = rows(runtime.engine, InboundReply)
    with pytest.raises(AnswerError, match=NOT_YET):
        write(runtime, LeaveAt("2026-03-04", "12:00"))
    clock.forward(hours=23)
    with write_transaction(runtime.engine) as connection:
        answer(connection, runtime.keys, reply.id, "Your clinic, about your legs.", LEAD, runtime.now())
    tick(runtime)
    assert [one.body for one in invited.taken] == ["Your clinic, about your legs."]
    clock.forward(hours=2)
    with pytest.raises(AnswerError, match=NOT_YET):
        write(runtime)


def test_a_yes_opens_the_way(runtime: Runtime, clock: TestClock, invited: MemoryGateway) -> None:
    say(runtime, ANA, "YES")
    clock.shows += timedelta(days=2)
    write(runtime)
    tick(runtime)
    assert "See you Friday." in [one.body for one in invited.taken]


def test_a_new_number_gets_the_welcome_and_no_words_meant_for_the_old_one(
    runtime: Runtime, clock: TestClock, invited: MemoryGateway
) -> None:
    say(runtime, ANA, "YES")
    write(runtime, LeaveAt("2026-03-04", "12:00"))
    with write_transaction(runtime.engine) as connection:
        change_number(connection, 1, NEW, LEAD, runtime.catalogue, runtime.keys, runtime.now())
    with pytest.raises(AnswerError, match=NOT_YET):
        write(runtime, body="Hello.")
    clock.forward(days=2)
    tick(runtime)
    [waited] = rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "coach")
    assert (waited.state, waited.reason) == ("suppressed", "not_confirmed")
