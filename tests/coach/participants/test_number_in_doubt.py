"""A coach corrects a number while a text to the old one is on its way, on both databases: nobody gets it twice."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from coach.accounts.sign_ins import ensure_clinic
from coach.accounts.signed_in import SignedIn
from coach.participants.actions.change_number import change_number
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.dispatch.receipts import record_receipt
from schedules.gateway.protocol import GatewayDownError, MemoryGateway, NotProcessed, Outcome, OutgoingText, Unknown
from schedules.gateway.protocol import ProviderMessage as Listed
from tests.schedules.sending import at_eight, messages, phone, tick
from tests.support import TestClock

NEW = phone(777)


def correct_number(runtime: Runtime) -> None:
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, "Clinic", runtime.now())
        coach = SignedIn(1, "lead@x.example", "lead", clinic_id)
        change_number(connection, 1, NEW, coach, runtime.catalogue, runtime.keys, runtime.now())


def nudges(runtime: Runtime, gateway: MemoryGateway) -> list[str]:
    """The numbers that the evening's text went to; the welcome to the new number is another."""
    [nudge] = [one.body for one in messages(runtime) if one.kind == "nudge"]
    return [one.to for one in gateway.taken if one.body == nudge]


class Unlisted(MemoryGateway):
    """Takes a text without an answer, and cannot be asked about it at first."""

    is_down = True

    def __init__(self, clock: TestClock, meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__(clock, answers=[Unknown("TimeoutError")])
        self.meanwhile = meanwhile

    def send(self, text: OutgoingText) -> Outcome:
        self.meanwhile()
        return super().send(text)

    def messages_to(self, phone: str, since: datetime) -> Iterable[Listed]:
        if self.is_down:
            raise GatewayDownError("TimeoutError")
        return super().messages_to(phone, since)


def test_a_text_in_doubt_is_not_sent_again_to_the_new_number(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    gateway = Unlisted(clock)
    runtime = replace(runtime, gateway=gateway)
    tick(runtime)
    correct_number(runtime)
    _let_it_be_looked_up(runtime, gateway, clock)
    assert nudges(runtime, gateway) == [phone(1)]
    [message, _welcome] = messages(runtime)
    assert (message.state, message.reason) == ("stuck", "number_changed")
    with write_transaction(runtime.engine) as connection:
        told = record_receipt(
            connection, token=message.token, sid="SM1", status="delivered", code=None, now=runtime.now()
        )
    assert (told, messages(runtime)[0].state) == ("moved", "delivered"), "its receipt still says what became of it"


def test_a_text_whose_request_is_under_way_is_not_sent_again_either(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    gateway = Unlisted(clock)
    runtime = replace(runtime, gateway=gateway)

    def once() -> None:
        gateway.meanwhile = lambda: None
        correct_number(runtime)

    gateway.meanwhile = once
    tick(runtime)
    _let_it_be_looked_up(runtime, gateway, clock)
    assert nudges(runtime, gateway) == [phone(1)]
    assert messages(runtime)[0].state == "stuck"


def _let_it_be_looked_up(runtime: Runtime, gateway: Unlisted, clock: TestClock) -> None:
    gateway.is_down = False
    for _ in range(4):
        clock.forward(seconds=61)
        tick(runtime)


def test_a_text_that_did_not_leave_waits_for_a_yes_from_the_new_number(runtime: Runtime, clock: TestClock) -> None:
    memory = MemoryGateway(clock)
    runtime = replace(runtime, gateway=memory)
    at_eight(runtime, clock)
    memory.answers = [NotProcessed("ConnectionRefusedError")]
    tick(runtime)
    correct_number(runtime)
    clock.forward(seconds=10)
    tick(runtime)
    assert [one.kind for one in messages(runtime) if one.state == "accepted"] == ["welcome"]
    assert [one.to for one in memory.taken] == [NEW]
