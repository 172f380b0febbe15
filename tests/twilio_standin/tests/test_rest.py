"""The REST API as the real SDK sees it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.twilio_standin import ACCOUNT_SID, MESSAGING_SERVICE_SID, SERVICE_NUMBER, StandIn
from tests.twilio_standin.contract import openapi
from tests.twilio_standin.messages import count_segments, show

from .sdk import Client, Draft202012Validator, TwilioRestException

PERSON = "+15551230001"


def send(client: Client, to: str = PERSON, body: str = "Good evening") -> str:
    return str(client.messages.create(to=to, body=body, messaging_service_sid=MESSAGING_SERVICE_SID).sid)


def test_a_create_through_a_messaging_service_is_accepted_without_a_sender_or_segments(
    standin: StandIn, client: Client
) -> None:
    message = client.messages.create(to=PERSON, body="Good evening", messaging_service_sid=MESSAGING_SERVICE_SID)
    assert (message.status, message.from_, message.num_segments, message.num_media) == ("accepted", None, "0", "0")
    assert (message.date_sent, message.error_code, message.price) == (None, None, None)
    assert message.date_created
    assert message.date_created.tzinfo
    assert [one.body for one in standin.accepted_to(PERSON)] == ["Good evening"]
    assert standin.violations == []


def test_a_create_with_a_sender_is_queued_with_its_segments(standin: StandIn, client: Client) -> None:
    message = client.messages.create(to=PERSON, body="á" * 71, from_=SERVICE_NUMBER)
    assert (message.status, message.from_, message.num_segments) == ("queued", SERVICE_NUMBER, "2")


def test_what_was_created_is_fetched_and_shows_its_delivery(standin: StandIn, client: Client) -> None:
    sid = send(client)
    standin.deliver_callbacks()
    message = client.messages(sid).fetch()
    assert (message.status, message.from_, message.num_segments) == ("delivered", SERVICE_NUMBER, "1")
    assert message.date_sent


def test_a_moving_clock_gives_consistent_dates(client: Client, standin: StandIn) -> None:
    evening = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    standin.now = lambda: evening
    sid = send(client)
    standin.now = lambda: evening + timedelta(minutes=5)
    standin.deliver_callbacks()
    message = client.messages(sid).fetch()
    assert (message.date_created, message.date_sent) == (evening, evening + timedelta(minutes=5))
    assert standin.accepted[0].accepted_at == evening


def test_a_naive_clock_is_refused() -> None:
    standin = StandIn(now=lambda: datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        standin.instant()


def test_a_list_is_newest_first_and_filtered_by_recipient(standin: StandIn, client: Client) -> None:
    first, _, last = send(client), send(client, to="+15551230002"), send(client)
    assert [message.sid for message in client.messages.list(to=PERSON)] == [last, first]
    assert standin.violations == []


def test_a_list_pages_through_everything_once(standin: StandIn, client: Client) -> None:
    sids = [send(client, body=f"Text {number}") for number in range(7)]
    assert [message.sid for message in client.messages.list(page_size=3)] == sids[::-1]
    assert standin.violations == []


def test_texts_that_come_between_two_pages_shift_nothing(client: Client, standin: StandIn) -> None:
    sids = [send(client) for _ in range(4)]
    page = client.messages.page(page_size=2)
    send(client)
    following = page.next_page()
    assert following is not None
    assert [message.sid for message in following] == sids[1::-1]
    assert following.next_page() is None


def test_a_list_by_date_sent_leaves_out_what_was_not_sent(standin: StandIn, client: Client) -> None:
    evening = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    standin.now = lambda: evening
    sent, _ = send(client), send(client)
    standin.deliver_callbacks([sent])

    def sids(**dates: datetime) -> list[str | None]:
        return [message.sid for message in client.messages.list(**dates)]

    second = timedelta(seconds=1)
    assert sids(date_sent=evening) == [sent]
    assert sids(date_sent_after=evening, date_sent_before=evening) == [sent]
    assert sids(date_sent_after=evening + second) == []
    assert sids(date_sent_before=evening - second) == []
    assert len(sids()) == 2


def test_a_whole_day_is_a_date_sent_too(standin: StandIn, client: Client) -> None:
    standin.now = lambda: datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    send(client)
    standin.deliver_callbacks()
    found = [client.messages.list(date_sent=day) for day in ("2026-11-20", "2026-11-21")]
    assert [len(one) for one in found] == [1, 0]


@pytest.mark.parametrize("query", ["PageSize=1001", "PageSize=x", "PageToken=PAnone", "DateSent=yesterday"])
def test_a_wrong_list_is_refused(standin: StandIn, client: Client, query: str) -> None:
    response = client.request("GET", f"{standin.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json?{query}")
    assert response.status_code == 400


def test_redacting_empties_the_body_that_is_shown_but_not_the_record(standin: StandIn, client: Client) -> None:
    sid = send(client)
    standin.deliver_callbacks()
    assert client.messages(sid).update(body="").body == ""
    assert client.messages(sid).fetch().body == ""
    assert [(one.body, one.redacted) for one in standin.accepted] == [("Good evening", True)]


def test_a_deleted_message_is_gone_but_stays_on_record(standin: StandIn, client: Client) -> None:
    sid = send(client)
    standin.deliver_callbacks()
    assert client.messages(sid).delete()
    with pytest.raises(TwilioRestException) as error:
        client.messages(sid).fetch()
    assert error.value.code == 20404
    assert client.messages.list() == []
    assert standin.accepted[0].deleted


def test_a_message_on_its_way_is_neither_redacted_nor_deleted(client: Client, standin: StandIn) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.messages(send(client)).update(body="")
    assert error.value.code == 20009


def test_every_message_shown_fits_twilios_own_schema(standin: StandIn, client: Client) -> None:
    standin.fail_delivery(PERSON, 30003)
    send(client)
    send(client, to="+15551230002")
    standin.text(PERSON, "7", url="http://127.0.0.1:9/refused")
    shown = [show(message, ACCOUNT_SID) for message in standin.messages.all()]
    standin.deliver_callbacks()
    shown += [show(message, ACCOUNT_SID) for message in standin.messages.all()]
    validator = Draft202012Validator(
        nullable(openapi() | openapi()["components"]["schemas"]["api.v2010.account.message"])
    )
    assert [error.message for one in shown for error in validator.iter_errors(one)] == []


def nullable(schema: object) -> object:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(schema, list):
        return [nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: nullable(value) for key, value in schema.items()}
    return inner | {"type": [schema["type"], "null"]} if schema.get("nullable") is True else inner


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ё" * 70, 1),
        ("ё" * 71, 2),
        ("😀" * 35, 1),
        ("", 1),
    ],
)
def test_segments_are_counted_as_billed(body: str, segments: int) -> None:
    assert count_segments(body) == segments
