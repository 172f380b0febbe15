"""A provider that asks us to wait: how much of it is believed, and that each text is still tried inside its window."""

from dataclasses import replace
from datetime import timedelta

import pytest

from coach.runtime import Runtime
from schedules.gateway.protocol import MemoryGateway, NotProcessed, Outcome, Refused
from schedules.outbox.outcomes import queued_again
from tests.gateways import gateway_to
from tests.schedules.canned import canned, http
from tests.schedules.dispatch.claims import NOW, claimed
from tests.schedules.sending import at_eight, tick
from tests.support import TestClock

COUNTRY_OFF = Refused(21408, "code 21408")


@pytest.mark.parametrize("asked", ["3600", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_provider_that_asks_for_an_hour_or_for_ever_is_asked_again_within_five_minutes(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, asked: str
) -> None:
    at_eight(runtime, clock, 2)
    with canned(http("429 Slow", '{"code":20429,"status":429}', f"Retry-After: {asked}"), stays=True) as server:
        gateway = gateway_to(server.url)
        tick(replace(runtime, gateway=gateway))
        gateway.close()
    assert server.asked
    clock.forward(minutes=6)
    tick(runtime)
    assert len(memory.taken) == 2


@pytest.mark.parametrize("outcome", [NotProcessed("HTTP 429", 3600.0, slow_down=True), COUNTRY_OFF])
def test_a_text_that_must_wait_is_tried_once_more_before_its_window_ends(outcome: Outcome) -> None:
    message = claimed(attempts=7)
    closes_at = message.facts.expires_at
    again = queued_again(message, outcome, closes_at - timedelta(minutes=4))
    assert again == ("retried", closes_at - timedelta(minutes=1))
    last = queued_again(message, outcome, closes_at - timedelta(minutes=1))
    assert last is not None
    assert last[1] > closes_at, "this was the last try"
    early = queued_again(message, outcome, NOW)
    assert early is not None
    assert NOW + timedelta(minutes=5) <= early[1] <= NOW + timedelta(minutes=6)
