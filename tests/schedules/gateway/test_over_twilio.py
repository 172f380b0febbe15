"""The evening through Twilio's real SDK and the stand-in, with everything that goes wrong, on both databases."""

from dataclasses import replace

import pytest

from coach.runtime import Runtime
from schedules.database.tables.messages import DeliveryReceipt
from schedules.database.tables.people import Enrolment, Suppression
from tests.schedules.sending import at_eight, messages, phone, standin_for, states, tick, twilio
from tests.served import served
from tests.support import PUBLIC_URL, TestClock, eventually, rows, settings_for
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, StandIn

NOT_PROCESSED = ["429", "refusing"]
IN_DOUBT = ["drop_before", "500", "503"]
TAKEN_BUT_NOT_TOLD = ["drop_after", "error500_after", "error503_after"]


def bodies_to(standin: StandIn, number: int) -> list[str]:
    return [one.body for one in standin.accepted_to(phone(number))]


def test_everyone_due_hears_once_and_the_requests_are_what_twilio_takes(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 20)
    with standin_for(runtime, clock) as (standin, there):
        assert tick(there)["sent"] == 20
        tick(there)
        assert sorted(one.to for one in standin.accepted) == [phone(number) for number in range(1, 21)]
        by_sid = {one.sid: one for one in standin.accepted}
    for message in messages(runtime):
        taken = by_sid[message.provider_sid]
        assert (message.state, taken.body) == ("accepted", message.body)
        assert taken.status_callback == f"{PUBLIC_URL}/sms/status?token={message.token}"


@pytest.mark.parametrize("fault", TAKEN_BUT_NOT_TOLD)
def test_what_was_taken_but_not_told_is_found_and_not_sent_again(
    runtime: Runtime, clock: TestClock, fault: str
) -> None:
    at_eight(runtime, clock, 3)
    with standin_for(runtime, clock) as (standin, there):
        standin.faults.next(fault)
        totals = tick(there)
        assert (totals["sent"], totals["unknown"], totals["reconciled"]) == (2, 1, 1)
        for _ in range(5):
            clock.forward(minutes=2)
            tick(there)
        assert [len(bodies_to(standin, number)) for number in (1, 2, 3)] == [1, 1, 1]
    assert states(runtime) == ["accepted"] * 3


@pytest.mark.parametrize("fault", IN_DOUBT)
def test_what_was_not_taken_is_sent_again_only_after_the_grace(runtime: Runtime, clock: TestClock, fault: str) -> None:
    at_eight(runtime, clock)
    with standin_for(runtime, clock) as (standin, there):
        standin.faults.next(fault)
        tick(there)
        clock.forward(seconds=50)
        tick(there)
        assert (states(runtime), standin.accepted) == (["unknown"], [])
        clock.forward(seconds=10)
        tick(there)
        tick(there)
        assert (states(runtime), len(standin.accepted)) == (["accepted"], 1)


def test_a_request_that_surfaces_late_is_waited_for(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    with standin_for(runtime, clock) as (standin, there):
        standin.faults.next("drop_late", seconds=0.4)
        tick(there)
        assert states(runtime) == ["unknown"]
        eventually(lambda: standin.accepted)
        tick(there)
        clock.forward(minutes=5)
        tick(there)
        assert (states(runtime), len(standin.accepted)) == (["accepted"], 1)


def test_too_many_requests_are_tried_again_when_the_provider_said(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    with standin_for(runtime, clock) as (standin, there):
        standin.faults.next("429", retry_after=42)
        assert tick(there)["retried"] == 1
        clock.forward(seconds=41)
        tick(there)
        assert standin.accepted == []
        clock.forward(seconds=1 + 42 / 5)
        assert tick(there)["sent"] == 1


def test_a_provider_that_refuses_connections_was_not_reached(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 3)
    with standin_for(runtime, clock) as (standin, there):
        with standin.refusing_connections():
            assert tick(there)["retried"] == 3
            assert states(runtime) == ["queued"] * 3
        clock.forward(seconds=6)
        assert tick(there)["sent"] == 3
        assert len(standin.accepted) == 3


def test_a_provider_down_until_the_window_closed_is_a_missed_evening_and_no_night_text(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock)
    with standin_for(runtime, clock) as (standin, there):
        with standin.refusing_connections():
            for _ in range(7):
                tick(there)
                clock.forward(minutes=10)
        tick(there)
        assert (states(runtime), standin.accepted) == (["expired"], [])


def test_a_wrong_key_halts_sending_and_the_right_one_goes_on(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 3)
    with standin_for(runtime, clock) as (standin, there):
        wrong = twilio(standin, auth_token="wrong")
        assert tick(replace(there, gateway=wrong))["halted"] == 1
        wrong.close()
        assert states(runtime) == ["queued"] * 3
        clock.forward(minutes=5)
        assert tick(there)["sent"] == 3


@pytest.mark.parametrize(
    ("code", "state", "stopped"),
    [(21610, "suppressed", True), (21211, "failed", False), (21614, "failed", False), (21617, "failed", False)],
)
@pytest.mark.parametrize("problem_bodies", [False, True])
def test_a_refused_create_is_settled_with_its_code(
    sqlite_runtime: Runtime, clock: TestClock, code: int, state: str, stopped: bool, problem_bodies: bool
) -> None:
    at_eight(sqlite_runtime, clock)
    with standin_for(sqlite_runtime, clock, problem_bodies=problem_bodies) as (standin, there):
        standin.refuse(phone(1), code)
        tick(there)
        clock.forward(minutes=5)
        tick(there)
        assert standin.accepted == []
    [message] = messages(sqlite_runtime)
    assert (message.state, message.error_code, message.attempts) == (state, code, 1)
    assert bool(rows(sqlite_runtime.engine, Suppression)) is stopped


def test_a_full_queue_is_tried_again(sqlite_runtime: Runtime, clock: TestClock) -> None:
    at_eight(sqlite_runtime, clock)
    with standin_for(sqlite_runtime, clock) as (standin, there):
        standin.refuse(phone(1), 21611, times=1)
        assert tick(there)["retried"] == 1
        clock.forward(seconds=6)
        assert tick(there)["sent"] == 1


def with_webhooks(runtime: Runtime) -> Runtime:
    """The installation set up for the stand-in's account, so that its signatures hold."""
    set_up = settings_for(
        runtime.settings.database_url,
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        twilio_messaging_service_sid=MESSAGING_SERVICE_SID,
    )
    return replace(runtime, settings=set_up)


@pytest.mark.parametrize("disorder", ["early", "shuffled", "doubled"])
def test_signed_callbacks_in_disorder_end_where_the_carrier_ended(
    runtime: Runtime, clock: TestClock, disorder: str
) -> None:
    at_eight(runtime, clock, 4)
    runtime = with_webhooks(runtime)
    with (
        served(runtime) as address,
        standin_for(runtime, clock, callbacks=f"immediate+{disorder}", public_url=PUBLIC_URL, target_url=address) as (
            standin,
            there,
        ),
    ):
        standin.faults.next("drop_after")
        tick(there)
        standin.wait_for_callbacks()
        assert {one.answer for one in standin.posted} == {200}
        clock.forward(minutes=3)
        tick(there)
        assert len(standin.accepted) == 4
    assert states(runtime) == ["delivered"] * 4
    assert len(rows(runtime.engine, DeliveryReceipt)) >= 12


def test_unsubscribed_by_receipt_is_an_opt_out(sqlite_runtime: Runtime, clock: TestClock) -> None:
    at_eight(sqlite_runtime, clock, 2)
    runtime = with_webhooks(sqlite_runtime)
    with (
        served(runtime) as address,
        standin_for(runtime, clock, public_url=PUBLIC_URL, target_url=address) as (standin, there),
    ):
        standin.fail_delivery(phone(2), 21610)
        tick(there)
        standin.deliver_callbacks()
        clock.forward(days=1)
        tick(there)
        assert [len(bodies_to(standin, number)) for number in (1, 2)] == [2, 1]
    assert [one.status for one in rows(runtime.engine, Enrolment)] == ["active", "stopped"]
