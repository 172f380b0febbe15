"""Every error code of the product's table can be had, as the exception that the SDK makes of it."""

import pytest

from tests.twilio_standin import ACCOUNT_SID, MESSAGING_SERVICE_SID, StandIn

from .sdk import Client, RedirectedHttpClient, TwilioException, TwilioRestException, TwilioServiceException

PERSON = "+15551230001"


def code_of(client: Client, **changes: str) -> tuple[int, int | None]:
    """HTTP status and code of a create that is refused."""
    wishes = {"to": PERSON, "body": "Good evening", "messaging_service_sid": MESSAGING_SERVICE_SID} | changes
    with pytest.raises(TwilioRestException) as error:
        client.messages.create(**wishes)
    return error.value.status, error.value.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"messaging_service_sid": ""}, 21603),
        ({"body": "a" * 1601}, 21617),
        ({"to": "5551230001"}, 21211),
        ({"to": "+1555"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
    ],
)
def test_a_wrong_create_is_refused_with_its_code(
    standin: StandIn, client: Client, changes: dict[str, str], code: int
) -> None:
    assert code_of(client, **changes) == (400, code)
    assert standin.accepted == []


def test_a_body_of_1600_characters_is_still_taken(standin: StandIn, client: Client) -> None:
    client.messages.create(to=PERSON, body="a" * 1600, messaging_service_sid=MESSAGING_SERVICE_SID)
    assert len(standin.accepted) == 1


@pytest.mark.parametrize("code", [21211, 21408, 21610, 21611, 21614, 30001, 99999])
def test_a_number_is_refused_with_the_code_that_a_test_asks_for(standin: StandIn, client: Client, code: int) -> None:
    standin.refuse(PERSON, code=code)
    assert code_of(client) == (400, code)
    standin.allow(PERSON)
    assert client.messages.create(to=PERSON, body="Again", messaging_service_sid=MESSAGING_SERVICE_SID).sid


def test_a_refusal_can_last_a_number_of_times_with_a_status_of_its_own(standin: StandIn, client: Client) -> None:
    standin.refuse("*", code=21611, status=429, times=2)
    assert [code_of(client), code_of(client)] == [(429, 21611)] * 2
    assert client.messages.create(to=PERSON, body="Third", messaging_service_sid=MESSAGING_SERVICE_SID).sid


def test_a_wrong_token_is_refused_with_20003(standin: StandIn) -> None:
    http_client = RedirectedHttpClient(standin.url)
    assert code_of(Client(ACCOUNT_SID, "wrong", http_client=http_client)) == (401, 20003)
    http_client.close()
    assert standin.accepted == []


def test_another_account_is_not_found(standin: StandIn, client: Client) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.api.v2010.accounts("AC" + "f" * 32).messages("SM" + "f" * 32).fetch()
    assert (error.value.status, error.value.code) == (404, 20404)


def test_the_sdk_tells_a_failed_list_by_its_bare_exception(standin: StandIn, client: Client) -> None:
    """So the product must catch TwilioException where it lists: there is no code to read."""
    standin.faults.next("error503", on="list")
    with pytest.raises(TwilioException) as error:
        client.messages.list()
    assert not isinstance(error.value, TwilioRestException)


def test_problem_bodies_become_service_exceptions(standin: StandIn, client: Client) -> None:
    standin.problem_bodies = True
    standin.refuse(PERSON, code=21614)
    with pytest.raises(TwilioServiceException) as error:
        client.messages.create(to=PERSON, body="Good evening", messaging_service_sid=MESSAGING_SERVICE_SID)
    assert (error.value.status, error.value.code) == (400, 21614)
    assert error.value.title == "'To' number is not a valid mobile number"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (30003, "undelivered"),
        (30005, "undelivered"),
        (30006, "undelivered"),
        (30007, "undelivered"),
        (30008, "undelivered"),
        (30034, "undelivered"),
        (21610, "failed"),
        (30036, "failed"),
    ],
)
def test_a_text_is_accepted_and_fails_by_receipt(standin: StandIn, client: Client, code: int, status: str) -> None:
    standin.fail_delivery(PERSON, code)
    sid = client.messages.create(to=PERSON, body="Good evening", messaging_service_sid=MESSAGING_SERVICE_SID).sid
    standin.deliver_callbacks()
    message = client.messages(str(sid)).fetch()
    assert (message.status, message.error_code) == (status, code)
    assert message.error_message
    assert bool(message.date_sent) == (status == "undelivered")
