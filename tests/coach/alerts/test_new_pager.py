"""A coach corrects their own number while a page is under way: it goes to the new one, once that is confirmed."""

import pytest

from coach.alerts.acknowledging import acknowledge
from coach.alerts.pagers import confirm_pager, set_pager
from coach.alerts.paging import PagingContext, page_open_flags
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.dispatch.dispatch import dispatch_due
from schedules.gateway.protocol import MemoryGateway, NotProcessed, Outcome, Unknown
from tests.support import TestClock, enrol, person, rows, say, staff, tick

PHONE, OLD, NEW = "+14155550001", "+14155550900", "+14155550901"


def pages_to(runtime: Runtime, phone: str) -> int:
    assert isinstance(runtime.gateway, MemoryGateway)
    return sum(one.to == phone and "CRISIS" in one.body for one in runtime.gateway.taken)


def correct(runtime: Runtime, phone: str) -> None:
    with write_transaction(runtime.engine) as connection:
        set_pager(connection, runtime.catalogue, runtime.keys, 1, phone, runtime.now())


def confirm(runtime: Runtime) -> None:
    [account] = rows(runtime.engine, CoachAccount)
    with write_transaction(runtime.engine) as connection:
        confirm_pager(connection, runtime.keys, 1, account.phone_code, runtime.now())


@pytest.fixture(params=[Unknown("ReadTimeout"), NotProcessed("ConnectionRefusedError")], ids=["in doubt", "to retry"])
def paged(request: pytest.FixtureRequest, runtime: Runtime, clock: TestClock) -> Runtime:
    """A crisis whose page has not reached the coach, who then corrects the number."""
    assert isinstance(runtime.gateway, MemoryGateway)
    staff(runtime, coach=OLD)
    enrol(runtime, person(1, coach="coach@x.example"))
    say(runtime, PHONE, "i want to kill myself")
    outcome: Outcome = request.param
    runtime.gateway.answers = [outcome]
    with runtime.dispatcher() as dispatcher:
        page_open_flags(PagingContext(runtime.engine, runtime.catalogue, runtime.keys, ""), clock())
        dispatch_due(dispatcher)
    correct(runtime, NEW)
    for _ in range(3):
        clock.forward(minutes=2)
        tick(runtime)
    return runtime


def state_of_page(runtime: Runtime) -> str:
    return str(rows(runtime.engine, OutboxMessage)[0].state)


def test_a_page_under_way_waits_for_the_new_number_to_be_confirmed(paged: Runtime) -> None:
    assert pages_to(paged, NEW) == 0, "whoever has that number may not be the coach"
    assert state_of_page(paged) == "stuck", "a human sees it"
    confirm(paged)
    tick(paged)
    tick(paged)
    assert pages_to(paged, NEW) == 1
    assert state_of_page(paged) == "accepted"


def test_what_has_been_acknowledged_meanwhile_is_not_paged_again(paged: Runtime, clock: TestClock) -> None:
    with write_transaction(paged.engine) as connection:
        acknowledge(connection, 1, 1, clock())
    confirm(paged)
    tick(paged)
    assert pages_to(paged, NEW) == 0


def test_the_code_for_a_number_that_is_corrected_is_not_sent_to_the_next(runtime: Runtime) -> None:
    assert isinstance(runtime.gateway, MemoryGateway)
    staff(runtime, coach=OLD)
    correct(runtime, "+14155550902")
    correct(runtime, NEW)
    tick(runtime)
    [sent] = runtime.gateway.taken
    [account] = rows(runtime.engine, CoachAccount)
    assert (sent.to, account.phone_code in sent.body) == (NEW, True)
