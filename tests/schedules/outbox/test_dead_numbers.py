"""A number that takes no texts: whoever has it is held until it is corrected, said to be right, or writes."""

from collections import Counter
from datetime import timedelta

import pytest

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.safety import DeadNumber
from schedules.gateway.protocol import MemoryGateway, Refused
from schedules.outbox.dead_numbers import count_held, forget_unowned, record_dead_number
from tests.schedules.dispatch.test_receipts import receive
from tests.schedules.sending import at_eight, messages, phone, states, tick
from tests.support import TestClock, enrol, person, rows, say, staff
from tests.support import tick as tick_all


def evenings(runtime: Runtime, clock: TestClock, count: int) -> None:
    for _ in range(count):
        clock.forward(days=1)
        tick(runtime)


@pytest.mark.parametrize("code", [21211, 21614, 30005, 30006])
def test_a_number_refused_as_dead_is_texted_once_and_never_again(
    sqlite_runtime: Runtime, clock: TestClock, code: int
) -> None:
    memory = sqlite_runtime.gateway
    assert isinstance(memory, MemoryGateway)
    at_eight(sqlite_runtime, clock, 2)
    memory.answers = [Refused(code, f"code {code}")]
    tick(sqlite_runtime)
    evenings(sqlite_runtime, clock, 13)
    reached = [sum(one.to == phone(number) for one in memory.taken) for number in (1, 2)]
    assert min(reached) == 0
    assert max(reached) > 5, "the other one goes on"
    told = Counter(row.unavailable_reason for row in rows(sqlite_runtime.engine, Decision))
    assert told["dead_number"] == 13


@pytest.mark.parametrize("code", [21614, 30005, 30006])
def test_a_receipt_that_says_the_number_is_dead_holds_at_once(runtime: Runtime, clock: TestClock, code: int) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    receive(runtime, messages(runtime)[0], "undelivered", code)
    evenings(runtime, clock, 13)
    assert len(messages(runtime)) == 1, "thirteen evenings not in vain"


@pytest.mark.parametrize("code", [30003, 30004, 30007, 30008, 30034, 99999, None])
def test_what_does_not_condemn_a_number_holds_nobody(sqlite_runtime: Runtime, clock: TestClock, code: int) -> None:
    at_eight(sqlite_runtime, clock)
    tick(sqlite_runtime)
    receive(sqlite_runtime, messages(sqlite_runtime)[0], "undelivered", code)
    evenings(sqlite_runtime, clock, 1)
    assert states(sqlite_runtime) == ["undelivered", "accepted"]


def test_whoever_writes_from_a_dead_number_is_texted_again(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    receive(runtime, messages(runtime)[0], "undelivered", 30005)
    clock.forward(minutes=10)
    say(runtime, phone(1), "4 yes")
    receive(runtime, messages(runtime)[0], "undelivered", 30005)
    evenings(runtime, clock, 1)
    assert states(runtime) == ["undelivered", "accepted"]


def test_a_receipt_for_the_number_somebody_had_before_says_nothing_of_the_one_they_have(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    before = runtime.keys.number_hash("+14155559999")
    receive(runtime, messages(runtime)[0], "undelivered", 30005, to_hash=before)
    assert rows(runtime.engine, DeadNumber) == []
    evenings(runtime, clock, 1)
    assert states(runtime) == ["undelivered", "accepted"]


@pytest.mark.parametrize("status", ["", "a word to come", "queued", "sent", "delivered"])
def test_a_dead_code_beside_a_word_that_says_otherwise_is_not_believed_over_it(
    sqlite_runtime: Runtime, clock: TestClock, status: str
) -> None:
    at_eight(sqlite_runtime, clock)
    tick(sqlite_runtime)
    receive(sqlite_runtime, messages(sqlite_runtime)[0], status, 30005)
    assert rows(sqlite_runtime.engine, DeadNumber) == []


def test_a_welcome_to_a_dead_number_waits_too_in_every_clinic_that_has_it(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    receive(runtime, messages(runtime)[0], "undelivered", 30006)
    enrol(runtime, person(1), clinic="Another", confirmed=False)
    clock.forward(hours=14)
    tick(runtime)
    welcome = messages(runtime)[-1]
    assert (welcome.kind, welcome.state, welcome.reason) == ("welcome", "suppressed", "dead_number")


@pytest.mark.parametrize("code", [30005, 21610])
def test_a_coachs_dead_pager_stops_no_participant_and_is_paged_all_the_same(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, code: int
) -> None:
    enrol(runtime, person(1))
    staff(runtime, lead="+14155550900")
    memory.answers = [Refused(code, f"code {code}")]
    for _ in range(2):
        say(runtime, phone(1), "i want to kill myself")
        clock.forward(minutes=20)
        tick_all(runtime)
    assert [row.code for row in rows(runtime.engine, DeadNumber)] == [code]
    pages = rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "page")
    assert len(pages) > 1
    assert {one.to for one in memory.taken if one.to == "+14155550900"}, "the next page is tried"


def test_a_page_that_arrives_later_clears_a_pager(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    enrol(runtime, person(1))
    staff(runtime, lead="+14155550900")
    memory.answers = [Refused(30005, "code 30005")]
    say(runtime, phone(1), "i want to kill myself")
    tick_all(runtime)
    clock.forward(minutes=20)
    tick_all(runtime)
    [page] = rows(runtime.engine, OutboxMessage, OutboxMessage.kind == "page", OutboxMessage.state == "accepted")
    receive(runtime, page, "delivered")
    assert rows(runtime.engine, DeadNumber) == []


def test_nothing_is_kept_of_a_number_that_is_nobodys(runtime: Runtime, clock: TestClock) -> None:
    [_] = at_eight(runtime, clock)
    mine, strange = (runtime.keys.number_hash(number) for number in (phone(1), "+14155559999"))
    with write_transaction(runtime.engine) as connection:
        for number in (mine, strange):
            record_dead_number(connection, number, 30005, clock() - timedelta(hours=1))
            forget_unowned(connection, number)
        assert count_held(connection) == 1
    assert [row.number_hash for row in rows(runtime.engine, DeadNumber)] == [mine]
