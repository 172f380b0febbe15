"""Events arrive signed, in order, at least once; an endpoint that fails is tried again and delays no other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from coach.events.decide import PAUSES, REST
from coach.events.deliver import Courier, DeliveryContext
from coach.events.endpoints import list_endpoints, replay
from coach.jobs import cron_jobs
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.events import WebhookEvent
from schedules.events.record import record_event
from schedules.worker.clock import run_once
from tests.coach.events.receiving import NOWHERE, deliver, listen, receiver
from tests.served import free_port
from tests.support import TestClock, enrol, eventually, person, rows, tick


def happen(runtime: Runtime, participant: int, *scores: int) -> None:
    """Nights become known."""
    for score in scores:
        with write_transaction(runtime.engine) as connection:
            record_event(connection, "night.known", participant, runtime.now(), score=score)


def hang_until(released: threading.Event, handler: BaseHTTPRequestHandler) -> None:
    released.wait(60)
    handler.send_response(204)
    handler.end_headers()


def scores(got: list[dict[str, object]]) -> list[object]:
    return [one["score"] for one in got]


def states(runtime: Runtime) -> list[str]:
    return [one.state for one in rows(runtime.engine, WebhookEvent)]


def test_a_foreign_library_verifies_what_arrives_and_refuses_what_was_changed(
    runtime: Runtime, clock: TestClock
) -> None:
    clock.shows = datetime.now(UTC)
    with receiver() as hook:
        _, secret = listen(runtime, hook.url)
        [id] = enrol(runtime, person(1, first_name="Maria"), confirmed=False)
        assert tick(runtime)["delivered"] == 1
    [one] = hook.got
    told = Webhook(secret).verify(one.body, one.headers)
    assert told == {
        "type": "participant.enrolled",
        "timestamp": clock().isoformat().replace("+00:00", "Z"),
        "data": {"participant": id},
    }
    for changed in (one.body.replace(b"1", b"2"), one.body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(changed, one.headers)
    assert one.headers["content-type"] == "application/json"
    assert "Maria" not in one.body.decode()
    assert "415555" not in one.body.decode()


def test_nothing_is_written_where_nobody_listens_and_only_what_was_asked_for_where_somebody_does(
    runtime: Runtime,
) -> None:
    enrol(runtime, person(1))
    assert rows(runtime.engine, WebhookEvent) == []
    listen(runtime, NOWHERE, "participant.confirmed")
    listen(runtime, NOWHERE, clinic="Another clinic")
    enrol(runtime, person(2))
    assert [one.type for one in rows(runtime.engine, WebhookEvent)] == ["participant.confirmed"]


def test_what_is_refused_is_tried_again_within_ten_minutes_under_the_same_id(
    runtime: Runtime, clock: TestClock
) -> None:
    with receiver() as hook:
        _, secret = listen(runtime, hook.url, "night.known")
        [id] = enrol(runtime, person(1))
        happen(runtime, id, 4)
        hook.status = 500
        assert deliver(runtime) == 0
        assert deliver(runtime) == 0, "a pause is kept"
        assert len(hook.got) == 1
        hook.status = 200
        clock.forward(minutes=10)
        assert deliver(runtime) == 1
        clock.forward(hours=1)
        assert deliver(runtime) == 0
    first, second = hook.got
    assert first.id == second.id
    assert first.body == second.body
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 600
    assert second.is_signed_with(secret)
    [row] = rows(runtime.engine, WebhookEvent)
    assert (row.state, row.attempts, row.http_status, row.trouble) == ("delivered", 2, 200, None)


def test_a_receiver_that_is_down_for_an_hour_gets_everything_in_order_of_each_participant(
    runtime: Runtime, clock: TestClock
) -> None:
    port = free_port()
    _, secret = listen(runtime, f"http://127.0.0.1:{port}/hook", "night.known")
    people = enrol(runtime, person(1), person(2))
    for minute in range(60):
        if minute % 20 == 0:
            for id in people:
                happen(runtime, id, minute // 20)
        assert deliver(runtime) == 0
        clock.forward(minutes=1)
    with read_transaction(runtime.engine) as connection:
        [endpoint] = list_endpoints(connection)
    assert (endpoint.trouble, endpoint.waiting) == ("connection refused", 6)
    with receiver(port) as hook:
        for _ in range(31):
            deliver(runtime)
            clock.forward(minutes=1)
    assert all(one.is_signed_with(secret) for one in hook.got)
    for id in people:
        assert scores([one.told["data"] for one in hook.got if one.told["data"]["participant"] == id]) == [0, 1, 2]
    with read_transaction(runtime.engine) as connection:
        [endpoint] = list_endpoints(connection)
    assert (endpoint.trouble, endpoint.failing_since_at, endpoint.waiting) == (None, None, 0)


def test_what_one_participant_waits_for_does_not_hold_up_another(runtime: Runtime, clock: TestClock) -> None:
    with receiver() as hook:

        def refuse_the_first(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(400 if hook.got[-1].told["data"]["participant"] == 1 else 200)
            handler.end_headers()

        listen(runtime, hook.url, "night.known")
        first, second = enrol(runtime, person(1), person(2))
        happen(runtime, first, 1, 2)
        happen(runtime, second, 3, 4)
        hook.behave = refuse_the_first
        assert deliver(runtime) == 2
        assert scores([one.told["data"] for one in hook.got]) == [1, 3, 4]


def test_after_three_days_it_is_kept_as_failed_the_next_one_has_its_turn_and_a_replay_sends_it(
    runtime: Runtime, clock: TestClock
) -> None:
    with receiver() as hook:
        hook.status = 503
        id, _ = listen(runtime, hook.url, "night.known")
        [participant] = enrol(runtime, person(1))
        happen(runtime, participant, 5, 6)
        began = clock()
        tried_at = []
        while "failed" not in states(runtime):
            deliver(runtime)
            tried_at.append(clock())
            clock.shows = rows(runtime.engine, WebhookEvent)[0].due_at
        assert (tried_at[-1] - began).total_seconds() == 3 * 86400
        pauses = [after - before for before, after in pairwise(tried_at)]
        assert pauses[: len(PAUSES)] == list(PAUSES)
        hook.status = 200
        clock.forward(minutes=10)
        deliver(runtime)
        assert states(runtime) == ["failed", "delivered"]
        with write_transaction(runtime.engine) as connection:
            assert replay(connection, id, "lead@example.org", clock()) == 1
        assert deliver(runtime) == 1
        assert states(runtime) == ["delivered", "delivered"]
        with write_transaction(runtime.engine) as connection:
            assert replay(connection, id, "lead@example.org", clock(), since=began) == 2
        assert deliver(runtime) == 2
    assert scores([one.told["data"] for one in hook.got[-4:]]) == [6, 5, 5, 6]
    assert hook.got[-2].id == hook.got[-3].id


def test_an_answer_that_is_lost_brings_the_same_event_twice(runtime: Runtime, clock: TestClock) -> None:
    with receiver() as hook:
        listen(runtime, hook.url, "night.known")
        [id] = enrol(runtime, person(1))
        happen(runtime, id, 4)
        hook.behave = lambda handler: handler.connection.close()
        assert deliver(runtime) == 0
        hook.behave = None
        clock.forward(minutes=10)
        assert deliver(runtime) == 1
    assert len(hook.got) == 2
    assert len({one.id for one in hook.got}) == 1


def test_a_receiver_that_hangs_is_cut_off_and_delays_neither_another_nor_a_text(
    runtime: Runtime, clock: TestClock
) -> None:
    released = threading.Event()
    with receiver() as slow, receiver() as good:
        slow.behave = lambda handler: hang_until(released, handler)
        listen(runtime, slow.url, "participant.confirmed")
        listen(runtime, good.url, "participant.confirmed")
        enrol(runtime, person(1), person(2))
        courier = Courier(DeliveryContext(runtime.engine, clock, public_only=False, seconds=30.0))
        courier.run()
        eventually(lambda: len(good.got) == 2 and slow.got)  # while the other hangs
        released.set()
        courier.run_to_end()


def test_a_run_from_cron_sends_its_texts_while_a_receiver_hangs(runtime: Runtime, clock: TestClock) -> None:
    released = threading.Event()
    with receiver() as slow:
        slow.behave = lambda handler: hang_until(released, handler)
        listen(runtime, slow.url, "participant.confirmed")
        enrol(runtime, person(1))
        clock.forward(hours=10)
        with runtime.dispatcher() as dispatcher:
            *others, last = cron_jobs(runtime, dispatcher, long=False)
            totals = run_once(others)
            assert (totals["sent"], totals["delivered"]) == (1, 0), "nothing waits for the receiver"
            released.set()
            assert run_once([last])["delivered"] == 1
    assert last.name == "last events"


@pytest.mark.parametrize("drips", [False, True])
def test_a_request_ends_whether_nothing_comes_or_a_byte_now_and_then(
    runtime: Runtime, clock: TestClock, drips: bool
) -> None:
    ended = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        if drips:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not ended.wait(0.05):
            if drips:
                handler.wfile.write(b"x")

    with receiver() as hook:
        hook.behave = hang
        listen(runtime, hook.url, "participant.confirmed")
        enrol(runtime, person(1))
        assert deliver(runtime, seconds=0.5) == 0
        ended.set()
    [row] = rows(runtime.engine, WebhookEvent)
    assert (row.state, row.trouble) == ("waiting", "no answer in time")


def test_a_redirect_is_not_followed(runtime: Runtime) -> None:
    with receiver() as other, receiver() as hook:
        listen(runtime, hook.url, "participant.confirmed")
        enrol(runtime, person(1))
        hook.status, hook.url = 307, other.url
        assert deliver(runtime) == 0
    assert other.got == []
    [row] = rows(runtime.engine, WebhookEvent)
    assert row.trouble == "HTTP 307"


def test_an_endpoint_that_gives_no_answer_is_left_alone_for_a_minute(runtime: Runtime, clock: TestClock) -> None:
    listen(runtime, NOWHERE, "participant.confirmed")
    enrol(runtime, *(person(number) for number in range(1, 6)))
    tried = []
    for _ in range(3):
        deliver(runtime)
        deliver(runtime)
        tried.append(sum(one.attempts for one in rows(runtime.engine, WebhookEvent)))
        clock.forward(seconds=REST.total_seconds())
    assert tried == [1, 2, 3]


def test_a_flag_does_not_wait_behind_other_peoples_summaries(runtime: Runtime) -> None:
    with receiver() as hook:
        listen(runtime, hook.url, "summary.stored", "flag.opened")
        people = enrol(runtime, person(1), person(2), person(3))
        with write_transaction(runtime.engine) as connection:
            for id in people:
                record_event(connection, "summary.stored", id, runtime.now(), week="2026-W09")
            record_event(connection, "flag.opened", people[2], runtime.now(), flag=1, kind="crisis")
        deliver(runtime)
    told = [(one.told["data"]["participant"], one.told["type"]) for one in hook.got]
    assert told[0] == (people[2], "summary.stored")
    assert told.index((people[2], "flag.opened")) <= 3


def test_two_workers_deliver_each_event_once_and_in_order(runtime: Runtime) -> None:
    with receiver() as hook:
        listen(runtime, hook.url, "night.known")
        [id] = enrol(runtime, person(1))
        happen(runtime, id, *range(10))
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda _: deliver(runtime), range(4)))
    assert scores([one.told["data"] for one in hook.got]) == list(range(10))
