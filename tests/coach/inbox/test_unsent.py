"""A coach's answer that did not arrive: the reply is back in the inbox, with the reason."""

import pytest

from coach.accounts.scope import OPERATES
from coach.accounts.signed_in import SignedIn
from coach.database.tables import InboundReply
from coach.inbox.answer import AnswerError, answer, close, write
from coach.inbox.cards import CardQuery, load_cards
from coach.inbox.folders import list_waiting
from coach.inbox.undelivered import give_back_unsent
from coach.inbox.unsent import load_unsent
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.gateway.protocol import MemoryGateway, NotProcessed, Refused
from tests.support import TestClock, enrol, person, rows, say, staff, tick

ANA = "+14155550001"
WORDS = "About 38 degrees, for ten minutes."
COACH = SignedIn(1, "lead@x.example", OPERATES, None)


@pytest.fixture
def memory(runtime: Runtime) -> MemoryGateway:
    assert isinstance(runtime.gateway, MemoryGateway)
    return runtime.gateway


@pytest.fixture
def asked(runtime: Runtime, clock: TestClock) -> Runtime:
    """At noon somebody has asked something, 58 minutes ago."""
    staff(runtime, lead="+14155550900")
    enrol(runtime, person(1))
    clock.forward(hours=2)
    say(runtime, ANA, "How warm should the bath be?")
    clock.forward(minutes=58)
    return runtime


def answered(runtime: Runtime, words: str = WORDS) -> None:
    [reply] = rows(runtime.engine, InboundReply)
    with write_transaction(runtime.engine) as connection:
        answer(connection, runtime.keys, reply.id, words, COACH, runtime.now())


def test_an_answer_whose_hour_passed_while_the_line_was_shut_is_the_coachs_again(
    asked: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    answered(asked)
    assert rows(asked.engine, InboundReply)[0].closed_at is not None
    memory.answers = [NotProcessed("HTTP 429", 180.0, slow_down=True)]
    for _ in range(4):
        tick(asked)
        clock.forward(minutes=2)
    assert not [one for one in memory.taken if "degrees" in one.body]
    assert rows(asked.engine, InboundReply)[0].closed_at is None
    with read_transaction(asked.engine) as connection:
        [card] = load_cards(connection, COACH, CardQuery()).items
        [waiting] = list_waiting(connection)
    assert card.unsent
    assert (card.unsent.unsent, waiting["why"]) == (WORDS, "answer not sent")
    assert card.unsent.unsent_why == "Not sent: the text service asked us to slow down until its time had passed"
    answered(asked)
    tick(asked)
    assert [one.body for one in memory.taken if "degrees" in one.body] == [WORDS], "the same words may go once more"
    tick(asked)
    assert rows(asked.engine, InboundReply)[0].closed_at is not None


def test_whoever_closes_it_then_has_decided(asked: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    answered(asked)
    memory.answers = [Refused(21617, "code 21617")]
    tick(asked)
    assert give_back_unsent(asked.engine, clock()) == 0, "the same pass has given it back"
    assert rows(asked.engine, InboundReply)[0].closed_at is None
    clock.forward(minutes=1)
    with write_transaction(asked.engine) as connection:
        close(connection, 1, COACH, clock())
    clock.forward(minutes=1)
    tick(asked)
    assert rows(asked.engine, InboundReply)[0].closed_at is not None


def test_an_answer_that_arrives_stays_answered(asked: Runtime, clock: TestClock) -> None:
    answered(asked)
    tick(asked)
    clock.forward(days=1)
    tick(asked)
    assert rows(asked.engine, InboundReply)[0].closed_at is not None


def test_nobody_writes_to_a_number_that_takes_no_texts(asked: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    memory.answers = [Refused(30005, "code 30005")]
    answered(asked)
    tick(asked)
    assert rows(asked.engine, OutboxMessage)[-1].state == "failed"
    assert rows(asked.engine, InboundReply)[0].closed_at is None, "it waits for the coach"
    with write_transaction(asked.engine) as connection, pytest.raises(AnswerError, match="correct it first"):
        write(connection, asked.keys, 1, "Hello?", "once", COACH, clock())


@pytest.mark.parametrize("words", ["STOP", "I want to kill myself"])
def test_a_welcome_that_will_not_be_sent_is_not_announced(runtime: Runtime, clock: TestClock, words: str) -> None:
    enrol(runtime, person(1), confirmed=False)
    clock.forward(hours=2)
    with read_transaction(runtime.engine) as connection:
        assert [one.stays for one in load_unsent(connection, 1)] == [""]
    say(runtime, ANA, words)
    with read_transaction(runtime.engine) as connection:
        stays = [one.stays for one in load_unsent(connection, 1)]
    assert all("not" in one for one in stays)
    assert len(stays) == 1 or words == "STOP"
