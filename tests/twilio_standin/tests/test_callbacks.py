"""Status callbacks: what they carry, their signature, and the disorders they can come in."""

import threading
import time

import pytest

from tests.twilio_standin import ACCOUNT_SID, MESSAGING_SERVICE_SID, SERVICE_NUMBER, Plan, StandIn

from .conftest import PUBLIC_URL, App
from .sdk import Client

PERSON = "+15551230001"
PATH = "/sms/status?outbox=12&token=a%2Fb"


def send(client: Client, app: App, to: str = PERSON) -> str:
    message = client.messages.create(
        to=to, body="Good evening", messaging_service_sid=MESSAGING_SERVICE_SID, status_callback=app.url + PATH
    )
    return str(message.sid)


def test_nothing_is_posted_until_asked_and_then_everything_in_order(standin: StandIn, client: Client, app: App) -> None:
    sid = send(client, app)
    assert app.received == []
    assert [(one.sid, one.status, one.answer) for one in standin.deliver_callbacks()] == [
        (sid, "queued", 200),
        (sid, "sent", 200),
        (sid, "delivered", 200),
    ]
    assert app.statuses() == ["queued", "sent", "delivered"]
    assert standin.deliver_callbacks() == []


def test_a_callback_carries_twilios_fields_and_a_true_signature(standin: StandIn, client: Client, app: App) -> None:
    sid = send(client, app)
    standin.deliver_callbacks()
    last = app.received[-1]
    done = last.form.pop("RawDlrDoneDate")
    assert len(done) == 10
    assert done.isdigit()
    assert last.form == {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "AccountSid": ACCOUNT_SID,
        "MessagingServiceSid": MESSAGING_SERVICE_SID,
        "From": SERVICE_NUMBER,
        "To": PERSON,
        "ApiVersion": "2010-04-01",
    }
    assert last.path == PATH
    assert app.received[0].is_signed_for(app.url)
    assert not app.received[0].is_signed_for("http://elsewhere")


def test_delivery_can_stop_half_way_and_go_on(standin: StandIn, client: Client, app: App) -> None:
    sid = send(client, app)
    standin.deliver_callbacks(until="sent")
    assert standin.accepted[0].status == "sent"
    standin.deliver_callbacks([sid])
    assert app.statuses() == ["queued", "sent", "delivered"]


def test_a_failed_delivery_tells_its_error_code(standin: StandIn, client: Client, app: App) -> None:
    standin.fail_delivery(PERSON, 30007)
    send(client, app)
    standin.deliver_callbacks()
    assert app.statuses() == ["queued", "sent", "undelivered"]
    assert [one.form.get("ErrorCode") for one in app.received] == [None, None, "30007"]


def test_a_text_that_failed_was_never_sent(standin: StandIn, client: Client, app: App) -> None:
    standin.fail_delivery(PERSON, 21610)
    send(client, app)
    standin.deliver_callbacks()
    assert app.statuses() == ["queued", "failed"]


def test_callbacks_are_signed_for_the_public_url_and_posted_to_the_target(client: Client, app: App) -> None:
    with StandIn(public_url=PUBLIC_URL, target_url=app.url) as standin:
        client.http_client.url = standin.url
        client.messages.create(
            to=PERSON, body="x", messaging_service_sid=MESSAGING_SERVICE_SID, status_callback=PUBLIC_URL + PATH
        )
        standin.deliver_callbacks()
    assert app.received[0].is_signed_for(PUBLIC_URL)
    assert app.received[0].headers["Host"] == "coach.example.org"


def test_nothing_is_ever_posted_to_another_machine(standin: StandIn, client: Client) -> None:
    client.messages.create(
        to=PERSON, body="x", messaging_service_sid=MESSAGING_SERVICE_SID, status_callback=PUBLIC_URL + PATH
    )
    posted = standin.deliver_callbacks()
    assert {one.answer for one in posted} == {None}
    assert "this machine only" in posted[0].error
    assert standin.accepted[0].status == "delivered"


def test_immediate_callbacks_come_by_themselves(standin: StandIn, client: Client, app: App) -> None:
    standin.plan_callbacks("immediate")
    send(client, app)
    standin.wait_for_callbacks()
    assert app.statuses() == ["queued", "sent", "delivered"]


def test_delayed_callbacks_come_after_their_delay(standin: StandIn, client: Client, app: App) -> None:
    standin.plan_callbacks("delayed=1")
    begun = time.monotonic()
    send(client, app)
    assert app.received == []
    standin.wait_for_callbacks()
    assert time.monotonic() - begun >= 1
    assert len(app.received) == 3


def test_off_posts_nothing_yet_texts_can_be_moved_on(standin: StandIn, client: Client, app: App) -> None:
    standin.plan_callbacks("off")
    send(client, app)
    assert standin.deliver_callbacks() == []
    assert (app.received, standin.accepted[0].status) == ([], "delivered")


def test_early_callbacks_come_before_the_create_is_answered(standin: StandIn, client: Client, app: App) -> None:
    standin.plan_callbacks("on_demand+early")
    sid = send(client, app)
    assert [one.form["MessageSid"] for one in app.received] == [sid] * 3
    assert standin.deliver_callbacks() == []


def test_doubled_callbacks_come_twice(standin: StandIn, client: Client, app: App) -> None:
    standin.plan_callbacks("doubled")
    send(client, app)
    standin.deliver_callbacks()
    assert app.statuses() == ["queued", "queued", "sent", "sent", "delivered", "delivered"]


def test_shuffled_callbacks_come_in_an_order_that_the_seed_repeats(client: Client, app: App) -> None:
    orders = []
    for seed in (1, 1, 2):
        app.received.clear()
        with StandIn(callbacks="shuffled", seed=seed) as standin:
            client.http_client.url = standin.url
            for number in range(4):
                send(client, app, to=f"+1555123000{number}")
            standin.deliver_callbacks()
            assert {one.status for one in standin.accepted} == {"delivered"}
        orders.append([(one.form["To"], one.form["MessageStatus"]) for one in app.received])
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])
    assert orders[0] != sorted(orders[0])


def test_an_app_that_is_away_is_recorded_and_tried_again_when_asked_to(client: Client) -> None:
    with StandIn(webhook_retries=1) as standin:
        client.http_client.url = standin.url
        client.messages.create(
            to=PERSON, body="x", messaging_service_sid=MESSAGING_SERVICE_SID, status_callback="http://127.0.0.1:9/x"
        )
        assert {one.answer for one in standin.deliver_callbacks()} == {None}


def test_many_texts_at_once_all_get_their_callbacks(standin: StandIn, client: Client, app: App) -> None:
    standin.plan_callbacks("immediate+doubled=0.5+shuffled+early=0.3")
    threads = [threading.Thread(target=send, args=(client, app, f"+1555123{n:04}")) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    standin.wait_for_callbacks()
    delivered = {one.form["To"] for one in app.received if one.form["MessageStatus"] == "delivered"}
    assert len(delivered) == 20
    assert all(one.is_signed_for(app.url) for one in app.received)


@pytest.mark.parametrize("words", ["sometimes", "immediate+mixed", ""])
def test_an_unknown_callback_mode_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="no callback mode"):
        Plan.read(words)
