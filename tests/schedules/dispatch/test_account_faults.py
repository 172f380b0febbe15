"""A fault of the account or the sender: three in a row shut the line, and every text waits in its window."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.work import Sender
from schedules.dispatch.rate_limit import SenderState, describe_shut, is_halted, state_after_round
from schedules.dispatch.senders import record_loss
from schedules.gateway.protocol import Accepted, MemoryGateway, NotProcessed, Outcome, OutgoingText, Refused
from tests.schedules.dispatch.test_receipts import receive
from tests.schedules.sending import EVENING, at_eight, messages, phone, standin_for, states, tick
from tests.support import TestClock, rows

TAKEN = Accepted("SM1", "queued")


class Suspended(MemoryGateway):
    """An account that Twilio suspends between two instants."""

    def __init__(self, clock: TestClock, until: datetime, code: int = 20005, where: str = "") -> None:
        super().__init__(clock)
        self.until, self.code, self.where, self.asked = until, code, where, 0

    def send(self, text: OutgoingText) -> Outcome:
        self.asked += 1
        if self.now() < self.until and text.to.startswith(self.where):
            return Refused(self.code, f"code {self.code}")
        return super().send(text)


@pytest.mark.parametrize("code", [20003, 20005, 21606, 21705, 21703, 20404, 30002, 63038, 30032, 30034, 30035])
def test_whatever_the_fault_nobodys_text_is_lost_and_few_are_tried(
    sqlite_runtime: Runtime, clock: TestClock, code: int
) -> None:
    at_eight(sqlite_runtime, clock, 40)
    with standin_for(sqlite_runtime, clock) as (standin, there):
        standin.refuse("*", code)
        assert tick(there)["halted"] == 1
        assert states(sqlite_runtime) == ["queued"] * 40
        [line] = rows(sqlite_runtime.engine, Sender)
        assert line.refused_code == code
        assert tick(there)["halted"] == 1, "in every tick whose line is shut"
        standin.allow("*")
        clock.forward(seconds=5)
        tick(there)
        assert Counter(states(sqlite_runtime)) == {"accepted": 40}
        assert len({one.to for one in standin.accepted}) == len(standin.accepted) == 40


def test_one_failure_of_that_kind_shuts_nothing_and_loses_nothing(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 5)
    memory.answers = [Refused(21606, "code 21606")]
    totals = tick(runtime)
    assert (totals["sent"], totals["retried"], totals.get("halted", 0)) == (4, 1, 0)
    assert Counter(states(runtime)) == {"accepted": 4, "queued": 1}
    clock.forward(seconds=5)
    assert tick(runtime)["sent"] == 1


def test_a_clinic_of_500_whose_account_is_suspended_for_twenty_minutes_is_texted_by_half_past(
    sqlite_runtime: Runtime, clock: TestClock
) -> None:
    at_eight(sqlite_runtime, clock, 500)
    gateway = Suspended(clock, EVENING + timedelta(minutes=20))
    there, halted = replace(sqlite_runtime, gateway=gateway), []
    for minute in range(60):
        halted.append((minute, tick(there).get("halted", 0)))
        if minute == 19:
            assert Counter(states(sqlite_runtime)) == {"queued": 500}
            assert gateway.asked < 60, "the line is tried, not hammered"
        clock.forward(minutes=1)
    assert Counter(states(sqlite_runtime)) == {"accepted": 500}
    assert len({one.to for one in gateway.taken}) == len(gateway.taken) == 500
    assert max(one.created_at for one in gateway.taken) <= EVENING + timedelta(minutes=26)
    assert all(is_shut for minute, is_shut in halted if minute < 20)
    assert not any(is_shut for minute, is_shut in halted if minute > 26)


def test_a_country_that_is_switched_off_keeps_nobody_elses_texts(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 30)
    gateway = Suspended(clock, EVENING + timedelta(minutes=20), 21408, where=phone(1)[:-1])  # nine of them
    there = replace(runtime, gateway=gateway)
    tick(there)
    assert Counter(states(runtime)) == {"accepted": 21, "queued": 9}
    assert tick(there).get("halted", 0) == 0
    assert {message.error_code for message in messages(runtime) if message.state == "queued"} == {21408}
    for _ in range(6):
        clock.forward(minutes=6)
        tick(there)
    assert Counter(states(runtime)) == {"accepted": 30}
    assert {message.error_code for message in messages(runtime)} == {None}


def test_what_was_refused_until_its_window_closed_says_with_what(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock)
    memory.answers = [Refused(21408, "code 21408")] * 100
    for _ in range(14):
        tick(runtime)
        clock.forward(minutes=5)
    [message] = messages(runtime)
    assert (message.state, message.reason, message.error_code) == ("expired", "never_accepted", 21408)


def test_three_refusals_in_a_row_shut_the_line_however_far_apart_and_one_that_is_taken_ends_the_row() -> None:
    refused = Refused(21703, "code 21703")
    line = state_after_round(state_after_round(SenderState(), [refused], EVENING), [refused], EVENING)
    assert not line.is_shut(EVENING)
    assert not state_after_round(state_after_round(line, [TAKEN], EVENING), [refused], EVENING).is_shut(EVENING)
    assert not state_after_round(line, [TAKEN, refused, refused, refused], EVENING).is_shut(EVENING), (
        "somebody was texted just now"
    )
    shut = state_after_round(line, [refused], EVENING)
    assert (shut.shut_for, shut.refused_code, is_halted(shut, EVENING)) == ("account_refused", 21703, True)
    assert "TWILIO_MESSAGING_SERVICE_SID" in describe_shut(shut)
    assert state_after_round(shut, [NotProcessed("HTTP 503")], EVENING).shut_until_at is not None
    opened = state_after_round(shut, [TAKEN], shut.shut_until_at or EVENING)
    assert (opened.shut_for, opened.refusals, opened.trips) == (None, 0, 0)


def test_receipts_that_say_everything_is_lost_shut_the_line_until_they_say_otherwise(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock, 8)
    tick(runtime)
    sent = messages(runtime)
    for message, said in zip(sent, ["delivered", "undelivered", "undelivered", "undelivered"], strict=False):
        receive(runtime, message, said, None if said == "delivered" else 30034)
        with write_transaction(runtime.engine) as connection:
            record_loss(connection, "simulator", clock())
    [line] = rows(runtime.engine, Sender)
    assert (line.shut_for, line.refused_code, line.trips) == ("texts_lost", 30034, 1)
    lost = SenderState(shut_until_at=line.shut_until_at, shut_for=line.shut_for, trips=1, refused_code=30034)
    assert state_after_round(lost, [TAKEN] * 3, line.shut_until_at, losing=True).trips == 2, (
        "to be taken proves nothing"
    )
    assert state_after_round(lost, [TAKEN] * 3, line.shut_until_at).trips == 0
    assert "A2P 10DLC" in describe_shut(lost)
