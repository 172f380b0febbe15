"""One evening at its hour, ready to be sent; a worker of its own; Twilio's SDK on the stand-in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.dispatch.dispatch import Dispatcher
from schedules.gateway.protocol import Gateway, MemoryGateway, Outcome, OutgoingText, Unknown
from schedules.gateway.twilio import TwilioGateway
from schedules.outbox.queue import claim
from schedules.worker.clock import engine_jobs, run_once
from tests.gateways import gateway_to
from tests.support import TestClock, enrol, person, rows
from tests.twilio_standin import AUTH_TOKEN, StandIn

EVENING = datetime(2026, 3, 3, 1, tzinfo=UTC)  # 20:00 on 2 March in New York; the window closes at 21:00


def phone(number: int) -> str:
    return f"+1415555{number:04d}"


def at_eight(runtime: Runtime, clock: TestClock, people: int = 1) -> list[int]:
    """People who are due at this very instant."""
    ids = enrol(runtime, *(person(number) for number in range(1, people + 1)))
    clock.shows = EVENING
    return ids


def twilio(standin: StandIn, *, auth_token: str = AUTH_TOKEN, api_url: str | None = None) -> TwilioGateway:
    return gateway_to(api_url or standin.url, auth_token)


@contextmanager
def standin_for(runtime: Runtime, clock: TestClock, **settings: Any) -> Iterator[tuple[StandIn, Runtime]]:
    """The stand-in on our clock, and the same installation sending through the real SDK."""
    with StandIn(now=clock, **settings) as standin:
        gateway = twilio(standin)
        try:
            yield standin, replace(runtime, gateway=gateway)
        finally:
            gateway.close()
        assert standin.violations == []


def tick(runtime: Runtime) -> dict[str, int]:
    """One pass of this room's engine: plan, dispatch, reconcile."""
    with worker(runtime) as dispatcher:
        return dict(run_once(engine_jobs(dispatcher, runtime.catalogue, runtime.keys)))


@contextmanager
def worker(runtime: Runtime, gateway: Gateway | None = None, name: str = "w", at_once: int = 4) -> Iterator[Dispatcher]:
    with ThreadPoolExecutor(at_once) as pool:
        yield Dispatcher(runtime.engine, gateway or runtime.gateway, runtime.now, name, pool, at_once)


def claim_and_die(runtime: Runtime) -> list[int]:
    """A worker that claims what is due and is never heard of again."""
    with write_transaction(runtime.engine) as connection:
        return claim(connection, "lost", runtime.now(), 500)


def messages(runtime: Runtime) -> list[Any]:
    return rows(runtime.engine, OutboxMessage)


def states(runtime: Runtime) -> list[str]:
    return [message.state for message in messages(runtime)]


class Vanishing(MemoryGateway):
    """A provider whose first requests are lost before they are taken."""

    lose: int = 1

    def send(self, text: OutgoingText) -> Outcome:
        if self.lose > 0:
            self.lose -= 1
            return Unknown("ConnectionResetError")
        return super().send(text)
