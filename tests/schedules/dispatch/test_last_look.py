"""What may leave is looked at once more when the connection is open, right before the request is written."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from coach.runtime import Runtime
from schedules.dispatch.clock_witnesses import Witness, Witnesses
from schedules.dispatch.dispatch import dispatch_due
from schedules.gateway.protocol import HeldBackError, MemoryGateway, Outcome, OutgoingText
from schedules.planning.planner import plan_due
from tests.gateways import gateway_to
from tests.schedules.sending import at_eight, phone, states, worker
from tests.support import TestClock, say
from tests.twilio_standin import StandIn


class Connecting(MemoryGateway):
    """Something happens while the first text's connection opens."""

    meanwhile: Callable[[], object] | None = None

    def send(self, text: OutgoingText) -> Outcome:
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            happens()
        return super().send(text)


def sent_with(runtime: Runtime, gateway: MemoryGateway) -> None:
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now())
    with worker(runtime, gateway) as dispatcher:
        dispatch_due(dispatcher)


@pytest.mark.parametrize(("before_closing", "state"), [(21, "accepted"), (20, "expired"), (-3600, "expired")])
def test_a_text_whose_hours_end_while_it_connects_does_not_leave(
    runtime: Runtime, clock: TestClock, before_closing: int, state: str
) -> None:
    at_eight(runtime, clock)
    gateway = Connecting(clock)
    closes = clock() + timedelta(hours=1)
    clock.shows = closes - timedelta(seconds=25)
    gateway.meanwhile = lambda: setattr(clock, "shows", closes - timedelta(seconds=before_closing))
    sent_with(runtime, gateway)
    assert (states(runtime), len(gateway.taken)) == ([state], int(state == "accepted"))


def test_a_process_suspended_before_its_request_hears_the_stop_that_came_meanwhile(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock)
    gateway = Connecting(clock)

    def suspended() -> None:
        clock.forward(seconds=11)
        say(runtime, phone(1), "STOP")

    gateway.meanwhile = suspended
    sent_with(runtime, gateway)
    assert (states(runtime)[0], [one.to for one in gateway.taken if "0 none" in one.body]) == ("suppressed", [])


def test_a_process_suspended_before_its_request_sends_after_another_look(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    gateway = Connecting(clock)
    gateway.meanwhile = lambda: clock.forward(minutes=5)
    sent_with(runtime, gateway)
    assert (states(runtime), len(gateway.taken)) == (["accepted"], 1)


def test_hours_end_by_whichever_clock_is_ahead(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock)
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now())
    clock.forward(minutes=59)
    ahead = Witness("provider", lambda: clock() + timedelta(seconds=90), 3600.0)
    with worker(runtime, memory) as dispatcher:
        dispatcher.witnesses.all = [ahead]
        dispatch_due(dispatcher)
    assert (states(runtime), memory.taken) == (["expired"], [])
    assert Witnesses([ahead]).contradict(clock) is None, "within the two minutes that clocks may differ"


def test_a_text_held_back_writes_nothing_and_keeps_its_connection() -> None:
    with StandIn() as standin:
        gateway = gateway_to(standin.url)
        asked: list[bool] = []

        def refuse() -> bool:
            asked.append(True)
            return False

        with pytest.raises(HeldBackError):
            gateway.send(OutgoingText("+14155550001", "Good evening", "0" * 32, 100, refuse))
        assert (asked, standin.accepted, standin.violations) == ([True], [], [])
        gateway.send(OutgoingText("+14155550001", "Good evening", "1" * 32, 100))
        assert (len(asked), len(standin.accepted)) == (1, 1)
        gateway.close()
