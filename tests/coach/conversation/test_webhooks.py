"""The Twilio webhooks: unsigned requests are refused, repeated ones are idempotent, and nothing raises."""

import threading
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from twilio.request_validator import RequestValidator

from coach.database.tables import InboundReply
from coach.runtime import Runtime
from coach.web.app import create_app
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Suppression
from tests.coach.conversation.posting import TOKEN, post, text
from tests.support import PUBLIC_URL, TestClock, enrol, person, rows, say, tick


@pytest.mark.parametrize("signature", ["", "nonsense", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
@pytest.mark.parametrize("path", ["/sms/inbound", "/sms/status"])
def test_an_unsigned_or_forged_post_is_403_and_stored_nowhere(
    client: FlaskClient, signed: Runtime, path: str, signature: str
) -> None:
    assert post(client, path, text("4 yes", MessageStatus="sent"), signature=signature)[0] == 403
    assert rows(signed.engine, InboundReply) == rows(signed.engine, DeliveryReceipt) == []


def test_a_changed_body_breaks_the_signature(client: FlaskClient, signed: Runtime) -> None:
    good = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + "/sms/inbound", text("4 yes"))
    assert post(client, "/sms/inbound", text("9 yes"), signature=good)[0] == 403
    assert rows(signed.engine, InboundReply) == []


def test_only_post_is_taken(client: FlaskClient) -> None:
    assert client.get("/sms/inbound").status_code == 405
    assert client.get("/sms/status").status_code == 405


def test_without_twilio_settings_no_webhook_is_taken(runtime: Runtime) -> None:
    assert post(create_app(runtime).test_client(), "/sms/inbound", text("4 yes"))[0] == 403


def test_the_query_is_part_of_what_is_signed(client: FlaskClient, signed: Runtime) -> None:
    enrol(signed, person(1), confirmed=False)
    tick(signed)
    [message] = rows(signed.engine, OutboxMessage)
    path = f"/sms/status?token={message.token}&x=a%2Fb"
    form = {"MessageSid": message.provider_sid, "MessageStatus": "delivered"}
    assert post(client, path, form)[0] == 200
    assert rows(signed.engine, OutboxMessage)[0].state == "delivered"


def test_the_same_message_again_gets_the_same_answer_and_changes_nothing(client: FlaskClient, signed: Runtime) -> None:
    enrol(signed, person(1), confirmed=False)
    first = post(client, "/sms/inbound", text("YES"))
    assert "<Message>" in first[1]
    before = rows(signed.engine, Enrolment), rows(signed.engine, ConsentEvent)
    assert post(client, "/sms/inbound", text("YES")) == first
    assert (rows(signed.engine, Enrolment), rows(signed.engine, ConsentEvent)) == before
    assert len(rows(signed.engine, InboundReply)) == 1


def test_the_same_message_eight_times_at_once_is_recorded_once(app: Flask, signed: Runtime) -> None:
    enrol(signed, person(1), confirmed=False)
    answers: list[tuple[int, str]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(app.test_client(), "/sms/inbound", text("YES"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert answers[0][0] == 200
    assert len(rows(signed.engine, InboundReply)) == 1
    assert len([event for event in rows(signed.engine, ConsentEvent) if event.kind == "confirmed"]) == 1


def test_a_no_just_after_a_crisis_ends_no_hold(runtime: Runtime, clock: TestClock) -> None:
    """Asked "shall we stop?" they write that they want to die, and then NO: a coach must look first."""
    enrol(runtime, person())
    hold_for(runtime, "stop_or_not")
    say(runtime, person()["phone"], "i want to die")
    say(runtime, person()["phone"], "no")
    clock.forward(days=1)
    assert tick(runtime)["sent"] == 0
    assert all(reply.for_coach for reply in rows(runtime.engine, InboundReply))


def hold_for(runtime: Runtime, reason: str) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).values(held_for=reason))


def test_nothing_counts_before_yes(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    enrol(signed, person(1), confirmed=False)
    post(client, "/sms/inbound", text("hello?"))
    clock.forward(days=2)
    assert tick(signed)["planned"] == 0
    assert {message.kind for message in rows(signed.engine, OutboxMessage)} == {"welcome"}


def test_stop_is_confirmed_once_and_then_there_is_silence(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    enrol(signed, person(1))
    assert "<Message>" in post(client, "/sms/inbound", text("stop texting me pls", "SM1"))[1]
    assert "<Message>" not in post(client, "/sms/inbound", text("STOP", "SM2"))[1]
    assert "<Message>" not in post(client, "/sms/inbound", text("4 yes", "SM3"))[1]
    clock.forward(days=2)
    tick(signed)
    assert rows(signed.engine, OutboxMessage) == []
    assert len(rows(signed.engine, Suppression)) == 1


def test_a_crisis_is_answered_even_after_a_stop(client: FlaskClient, signed: Runtime) -> None:
    enrol(signed, person(1))
    post(client, "/sms/inbound", text("STOP", "SM1"))
    assert "988" in post(client, "/sms/inbound", text("i want to kill myself", "SM2"))[1]


def test_what_cannot_be_answered_for_a_fault_of_ours_is_kept_for_a_coach(signed: Runtime) -> None:
    enrol(signed, person(1))
    broken = replace(signed, catalogue=replace(signed.catalogue, messages={}))
    assert post(create_app(broken).test_client(), "/sms/inbound", text("4 yes"))[0] == 200
    [reply] = rows(signed.engine, InboundReply)
    assert (reply.body, reply.for_coach) == ("4 yes", True)


def test_answers_are_escaped_and_odd_texts_are_stored(client: FlaskClient, signed: Runtime) -> None:
    enrol(signed, person(1))
    for number, body in enumerate(["", "\x00\x07", "<b>&", "א" * 1700, "🦵" * 800]):
        assert post(client, "/sms/inbound", text(body, f"SM{number}"))[0] == 200
    assert len(rows(signed.engine, InboundReply)) == 5


def test_receipts_in_any_order_twice_and_early_only_move_forward(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    enrol(signed, person(1))
    clock.forward(hours=10)
    tick(signed)
    [message] = rows(signed.engine, OutboxMessage)
    for status in ("delivered", "sent", "queued", "delivered"):
        form = {"MessageSid": message.provider_sid, "MessageStatus": status}
        assert post(client, f"/sms/status?token={message.token}", form)[0] == 200
    assert rows(signed.engine, OutboxMessage)[0].state == "delivered"
    assert len(rows(signed.engine, DeliveryReceipt)) == 4


def test_a_receipt_with_21610_is_an_opt_out(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    enrol(signed, person(1))
    clock.forward(hours=10)
    tick(signed)
    [message] = rows(signed.engine, OutboxMessage)
    form = {"MessageSid": message.provider_sid, "MessageStatus": "failed", "ErrorCode": "21610"}
    post(client, f"/sms/status?token={message.token}", form)
    assert len(rows(signed.engine, Suppression)) == 1
    assert rows(signed.engine, Enrolment)[0].status == "stopped"


def test_an_answer_at_half_past_one_belongs_to_the_evening_before(
    client: FlaskClient, signed: Runtime, clock: TestClock
) -> None:
    enrol(signed, person(1))
    clock.forward(hours=10)  # 20:00 in New York
    tick(signed)
    clock.forward(hours=5, minutes=30)
    post(client, "/sms/inbound", text("7"))
    [check_in] = rows(signed.engine, CheckIn)
    assert (check_in.asked_on.isoformat(), check_in.score) == ("2026-03-02", 7)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/sms/inbound", {"AccountSid": "AC" + "9" * 32}),
        ("/sms/status", {"AccountSid": "AC" + "9" * 32, "MessageStatus": "delivered"}),
        ("/sms/inbound", {"To": "+15005550007"}),
    ],
    ids=["account", "account of a receipt", "number"],
)
def test_what_is_signed_for_another_account_or_number_is_refused(
    client: FlaskClient, signed: Runtime, path: str, more: dict[str, str]
) -> None:
    assert post(client, path, text("I want to die") | more)[0] == 403
    assert rows(signed.engine, InboundReply) == []
    ours = {"AccountSid": signed.settings.twilio_account_sid}
    assert post(client, "/sms/inbound", text("I want to die") | ours)[0] == 200


def test_a_service_takes_texts_to_any_of_its_numbers_and_of_no_other_service(signed: Runtime) -> None:
    service = {"twilio_messaging_service_sid": "MG" + "1" * 32}
    client = create_app(replace(signed, settings=signed.settings.model_copy(update=service))).test_client()
    one, other = ({"To": "+15005550009", "MessagingServiceSid": "MG" + digit * 32} for digit in "12")
    assert post(client, "/sms/inbound", text("hello", "SM1") | one)[0] == 200
    assert post(client, "/sms/inbound", text("hello", "SM2") | other)[0] == 403
