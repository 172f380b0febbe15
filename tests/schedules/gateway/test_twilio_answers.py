"""Whatever a provider, or a proxy before it, answers: one of four outcomes, never an exception, never a second POST."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from twilio.base.page import Page

from schedules.gateway.protocol import GatewayDownError, NotProcessed, Outcome, OutgoingText, Refused, Unknown
from schedules.gateway.twilio import SignatureCheck, TwilioGateway
from tests.schedules.canned import canned, http
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN

TEXT = OutgoingText("+14155550001", "Good evening + more", "ab" * 16, 1800)
PROBLEM = '{"type": "about:blank", "title": "Down", "status": "503", "code": "20503"}'


def gateway_to(url: str, **sender: str) -> TwilioGateway:
    named: dict[str, str | None] = {"messaging_service_sid": None, "from_number": "+15005550006"}
    named |= sender
    return TwilioGateway(
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        api_url=url,
        status_url="https://coach.test/sms/status",
        messaging_service_sid=named["messaging_service_sid"],
        from_number=named["from_number"],
    )


def unknown(outcome: Outcome) -> bool:
    return isinstance(outcome, Unknown)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (http("201 Created", "null"), None),
        (http("201 Created", "[]"), None),
        (http("201 Created", "{}"), None),
        (http("201 Created", "17"), None),
        (http("201 Created", "<html>"), None),
        (http("201 Created", ""), None),
        (http("201 Created", '{"sid": "SM1"', length=900), None),  # cut short
        (http("200 OK", "<html>a captive portal</html>"), None),
        (b"not http at all\r\n\r\n", None),
        (b"", None),
        (http("500 Oops", "<html>"), Unknown("HTTP 500")),
        (http("502 Bad Gateway", ""), Unknown("HTTP 502")),
        (http("503 Down", PROBLEM), Unknown("HTTP 503")),
        (http("302 Found", "", "Location: http://127.0.0.1:1/"), NotProcessed("HTTP 302")),
        (http("401 Unauthorized", "{}"), Refused(20003, "HTTP 401")),
        (http("403 Forbidden", "<html>"), NotProcessed("HTTP 403")),
        (http("400 Bad Request", '{"code": "21211", "message": "no"}'), Refused(21211, "code 21211")),
        (http("400 Bad Request", '{"code": "abc", "message": "no"}'), NotProcessed("HTTP 400")),
        (http("400 Bad Request", '{"code": null, "message": "no"}'), NotProcessed("HTTP 400")),
        (http("400 Bad Request", '{"code": true, "message": "no"}'), NotProcessed("HTTP 400")),
        (http("400 Bad Request", '{"code": -21211, "message": "no"}'), NotProcessed("HTTP 400")),
        (http("400 Bad Request", '{"code": 9e99, "message": "no"}'), NotProcessed("HTTP 400")),
        (http("400 Bad Request", '{"code": [21211], "message": "no"}'), NotProcessed("HTTP 400")),
        (http("400 Bad Request", '["code", "message"]'), NotProcessed("HTTP 400")),
        (http("400 Bad Request", '{"code": 99999, "message": "new"}'), NotProcessed("code 99999", code=99999)),
        (http("400 Bad Request", '{"code": 21611}'), NotProcessed("code 21611", slow_down=True)),
        (http("400 Bad Request", "7"), NotProcessed("HTTP 400")),
        (http("400 Bad Request", '{"code": 21211, "mes', length=900), None),  # cut short
        (http("404 Not Found", '{"code": 20404}'), Refused(20404, "code 20404")),
        (http("404 Not Found", "<html>"), NotProcessed("HTTP 404")),
        (http("500 Oops", '{"code": 21211}'), Unknown("HTTP 500")),
        (http("503 Down", '{"code": 20003}'), Unknown("HTTP 503")),
        (http("408 Request Timeout", "<html>"), Unknown("HTTP 408")),
        (http("409 Conflict", '{"code": 20409}'), Unknown("HTTP 409")),
        (http("409 Conflict", "{}"), Unknown("HTTP 409")),
        (http("423 Locked", "<html>"), NotProcessed("HTTP 423")),
        (http("425 Too Early", ""), NotProcessed("HTTP 425")),
        (http("451 Unavailable", "<html>"), NotProcessed("HTTP 451")),
        (http("499 Gone Away", "<html>"), Unknown("HTTP 499")),
        (http("600 Odd", ""), Unknown("HTTP 600")),
        (http("429 Slow", '{"code": 63038}'), Refused(63038, "code 63038")),
        (http("429 Slow", '{"code": 20429}'), NotProcessed("HTTP 429", slow_down=True)),
        (http("429 Slow", '{"code": 21211}'), NotProcessed("HTTP 429", slow_down=True)),
        (http("200 OK", '{"sid": null}'), None),
        (http("200 OK", '{"sid": ""}'), None),
        (http("204 No Content", ""), None),
        (http("429 Slow", "", "Retry-After: 9"), NotProcessed("HTTP 429", 9.0, slow_down=True)),
        (http("429 Slow", "", "Retry-After: 1.5"), NotProcessed("HTTP 429", 1.5, slow_down=True)),
        (http("429 Slow", "", "Retry-After: 99999"), NotProcessed("HTTP 429", 300.0, slow_down=True)),
        (http("429 Slow", "", "Retry-After: -5"), NotProcessed("HTTP 429", slow_down=True)),
        (
            http("429 Slow", "", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "Date: Wed, 21 Oct 2026 07:27:18 GMT"),
            NotProcessed("HTTP 429", 42.0, slow_down=True),
        ),
        (http("429 Slow"), NotProcessed("HTTP 429", slow_down=True)),
    ],
)
def test_every_answer_is_one_of_four_outcomes(answer: bytes, outcome: Outcome | None) -> None:
    with canned(answer) as server:
        gateway = gateway_to(server.url)
        try:
            found = gateway.send(TEXT)
        finally:
            gateway.close()
    assert unknown(found) if outcome is None else found == outcome
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", "null"),
        http("200 OK", "[]"),
        http("200 OK", "{}"),
        http("200 OK", "<html>"),
        http("200 OK", '{"messages": [null]}'),
        http("200 OK", '{"messages": [{"sid": "SM1", "error_code": "x"}]}'),
        http("404 Not Found", "{}"),
        http("500 Oops", '{"to": "+14155550001"}'),
        b"",
    ],
)
def test_a_list_that_cannot_be_read_is_a_gateway_down(answer: bytes) -> None:
    with canned(answer) as server:
        gateway = gateway_to(server.url)
        with pytest.raises(GatewayDownError) as down:
            list(gateway.messages_to("+14155550001", datetime(2026, 3, 3, tzinfo=UTC)))
        gateway.close()
    assert "555" not in str(down.value)


@pytest.mark.parametrize(
    ("sender", "named"),
    [({}, ("From", "+15005550006")), ({"messaging_service_sid": "MG1"}, ("MessagingServiceSid", "MG1"))],
)
def test_a_request_carries_the_text_its_callback_and_how_long_it_is_valid(
    sender: dict[str, str], named: tuple[str, str]
) -> None:
    with canned(http("500 Oops")) as server:
        gateway = gateway_to(server.url + "/behind/a/proxy/", **sender)
        gateway.send(TEXT)
        gateway.close()
    head, _, form = server.asked[0].partition("\r\n\r\n")
    assert head.startswith(f"POST /behind/a/proxy/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json HTTP/1.1")
    assert "Authorization: Basic " in head
    assert dict(parse_qsl(form)) == dict(
        [
            ("To", "+14155550001"),
            ("Body", "Good evening + more"),
            ("StatusCallback", "https://coach.test/sms/status?token=" + "ab" * 16),
            ("ValidityPeriod", "1800"),
            named,
        ]
    )


# Twilio's own examples, from its documentation.
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}


@pytest.mark.parametrize(
    ("public_url", "path", "query", "form", "holds"),
    [
        ("https://mycompany.com", "/myapp.php", "foo=1&bar=2", FORM, True),
        ("https://mycompany.com/", "/myapp.php", "foo=1&bar=2", FORM, True),
        ("https://mycompany.com:1234", "/myapp.php", "foo=1&bar=2", FORM, True),
        ("https://mycompany.com", "/myapp.php", "foo=1&bar=3", FORM, False),
        ("https://mycompany.com", "/myapp.php", "", FORM, False),
        ("https://elsewhere.com", "/myapp.php", "foo=1&bar=2", FORM, False),
        ("https://mycompany.com", "/myapp.php", "foo=1&bar=2", FORM | {"Digits": "1235"}, False),
    ],
)
def test_signatures_are_checked_against_twilios_own_examples(
    public_url: str, path: str, query: str, form: dict[str, str], holds: bool
) -> None:
    check = SignatureCheck("12345", public_url)
    assert check.holds(path, query, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=") is holds
    assert not check.holds(path, query, form, "")


def test_what_we_sign_ourselves_holds() -> None:
    check = SignatureCheck("12345", "https://coach.test")
    assert check.holds("/sms/inbound", "", FORM, check.sign("/sms/inbound", FORM))


MESSAGE = {
    "sid": "SM1",
    "to": "+14155550001",
    "body": "x",
    "status": "sent",
    "direction": "outbound-api",
    "date_created": "Tue, 03 Mar 2026 01:00:00 +0000",
}


LISTED = {"messages": [MESSAGE], "page": 0, "page_size": 50, "next_page_uri": "/2010-04-01/Messages.json?Page=0"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_list_whose_next_page_is_itself_is_not_read_for_ever_and_proves_nothing() -> None:
    with canned(http("200 OK", json.dumps(LISTED)), stays=True) as server:
        gateway = gateway_to(server.url)
        for read in (gateway.messages_to("+14155550001", LONG_AGO), gateway.ids_with("+14155550001")):
            with pytest.raises(GatewayDownError):
                list(read)
        gateway.close()
    assert len(server.asked) == 4


def test_a_list_of_new_pages_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = iter(range(10_000))
    monkeypatch.setattr(Page, "next_page_url", property(lambda _: f"https://api.twilio.com/{next(pages)}"))
    with canned(http("200 OK", json.dumps(LISTED)), stays=True) as server:
        gateway = gateway_to(server.url)
        with pytest.raises(GatewayDownError):
            list(gateway.messages_to("+14155550001", LONG_AGO))
        gateway.close()
    assert len(server.asked) == 50
