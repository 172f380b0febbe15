"""A coach's text for a later hour, and what has not left: taken back, put back, reworded."""

from datetime import UTC, datetime, timedelta

import pytest

from coach.accounts.scope import OPERATES
from coach.accounts.signed_in import SignedIn
from coach.database.tables import AuditEvent, InboundReply
from coach.inbox.answer import AnswerError, Queued, answer, write_draft
from coach.inbox.schedule import Draft, LeaveAt
from coach.inbox.undelivered import give_back_unsent
from coach.inbox.unsent import load_unsent, put_back_text, reword_text, take_back_text
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.gateway.protocol import MemoryGateway
from schedules.planning.reanchoring import reanchor
from tests.support import TestClock, enrol, person, rows, say, staff, tick

LEAD = SignedIn(1, "lead@x.example", OPERATES, None)


@pytest.fixture
def memory(runtime: Runtime) -> MemoryGateway:
    assert isinstance(runtime.gateway, MemoryGateway)
    enrol(runtime, person(1))
    tick(runtime)
    runtime.gateway.taken.clear()
    return runtime.gateway


def write(runtime: Runtime, on: str = "", at: str = "", body: str = "See you Friday.") -> Queued:
    draft = Draft(body, f"{on} {at} {body}", LeaveAt(on, at) if on or at else None)
    with write_transaction(runtime.engine) as connection:
        return write_draft(connection, runtime.keys, 1, draft, LEAD, runtime.now())


def test_it_leaves_at_the_hour_that_is_meant_in_their_own_zone(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    queued = write(runtime, "2026-03-12", "17:30")
    assert queued.due_at == datetime(2026, 3, 12, 21, 30, tzinfo=UTC), "summer time begins on the 8th"
    reanchor(runtime.engine, runtime.catalogue, runtime.keys, runtime.now())
    clock.shows = queued.due_at - timedelta(minutes=1)
    tick(runtime)
    assert memory.taken == []
    clock.forward(minutes=1)
    tick(runtime)
    assert [one.body for one in memory.taken] == ["See you Friday."]


REFUSED = (
    ("2026-03-01", "17:30", "still to come, at most 60 days ahead"),
    ("2026-06-01", "17:30", "still to come, at most 60 days ahead"),
    ("2026-03-12", "", "Give both a date and a time"),
    ("Friday", "17:30", "Give both a date and a time"),
)


@pytest.mark.parametrize(("on", "at", "sentence"), REFUSED)
def test_a_time_that_cannot_be_is_refused(
    runtime: Runtime, memory: MemoryGateway, on: str, at: str, sentence: str
) -> None:
    with pytest.raises(AnswerError, match=sentence):
        write(runtime, on, at)
    assert rows(runtime.engine, OutboxMessage) == []


def test_a_text_written_under_a_clock_that_was_ahead_does_not_wait_for_its_date(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    now = clock.shows
    clock.forward(days=30)
    write(runtime)
    clock.shows = now
    reanchor(runtime.engine, runtime.catalogue, runtime.keys, now)
    assert rows(runtime.engine, OutboxMessage)[-1].due_at == now


def test_what_is_taken_back_never_leaves_and_what_is_put_back_does(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    first, second = write(runtime, "2026-03-03", "12:00"), write(runtime, "2026-03-03", "12:00", "Bring the diary.")
    with write_transaction(runtime.engine) as connection:
        take_back_text(connection, first.id, LEAD, runtime.now())
        take_back_text(connection, second.id, LEAD, runtime.now())
        put_back_text(connection, second.id, LEAD, runtime.now())
        reword_text(connection, second.id, "  Bring   the sleep diary. ", LEAD, runtime.now())
        assert [one.body for one in load_unsent(connection, 1)] == ["Bring the sleep diary."]
    clock.shows = second.due_at
    tick(runtime)
    assert [one.body for one in memory.taken] == ["Bring the sleep diary."]
    told = [one.action for one in rows(runtime.engine, AuditEvent) if one.actor == LEAD.email]
    assert told == ["wrote", "wrote", "took back", "took back", "undid", "edited"]


def test_what_has_left_cannot_be_taken_back(runtime: Runtime, memory: MemoryGateway) -> None:
    queued = write(runtime)
    tick(runtime)
    assert len(memory.taken) == 1
    with write_transaction(runtime.engine) as connection:
        for change in (take_back_text, put_back_text):
            with pytest.raises(AnswerError, match="has left already"):
                change(connection, queued.id, LEAD, runtime.now())
        with pytest.raises(AnswerError, match="has left already"):
            reword_text(connection, queued.id, "Other words", LEAD, runtime.now())
        with pytest.raises(LookupError):
            take_back_text(connection, queued.id, SignedIn(2, "x@x.example", "coach", 7), runtime.now())


def test_an_answer_taken_back_puts_the_reply_back_into_the_inbox(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    staff(runtime, lead="+14155550900")
    say(runtime, "+14155550001", "How warm should the bath be?")
    [reply] = rows(runtime.engine, InboundReply)
    with write_transaction(runtime.engine) as connection:
        answer(connection, runtime.keys, reply.id, "Lukewarm.", LEAD, runtime.now())
    assert rows(runtime.engine, InboundReply)[0].closed_at
    text_id = rows(runtime.engine, OutboxMessage)[-1].id
    with write_transaction(runtime.engine) as connection:
        take_back_text(connection, text_id, LEAD, runtime.now())
    assert rows(runtime.engine, InboundReply)[0].closed_at is None
    assert give_back_unsent(runtime.engine, runtime.now()) == 0
    with write_transaction(runtime.engine) as connection:
        answer(connection, runtime.keys, reply.id, "Lukewarm.", LEAD, runtime.now())
    with read_transaction(runtime.engine) as connection:
        assert [one.body for one in load_unsent(connection, 1)] == ["Lukewarm."], "the same words may be sent again"
