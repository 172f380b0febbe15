"""The small checker of requests, against Twilio's OpenAPI file and against jsonschema."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.twilio_standin import ACCOUNT_SID, MESSAGING_SERVICE_SID, StandIn
from tests.twilio_standin.contract import FORM, OPERATIONS, TYPES, make_check, openapi, operation, resolve

from .sdk import Client, Draft202012Validator

GOOD = [("To", "+15551230001"), ("MessagingServiceSid", MESSAGING_SERVICE_SID), ("Body", "Good evening")]
ACCOUNT = [("AccountSid", ACCOUNT_SID)]


def create(*changes: tuple[str, str], content_type: str = FORM) -> list[str]:
    return operation("create").violations(ACCOUNT, [], [*GOOD, *changes], content_type)


def test_a_good_create_has_no_violations() -> None:
    everything = [
        ("StatusCallback", "https://coach.example.org/sms/status?outbox=12"),
        ("ValidityPeriod", "3600"),
        ("SmartEncoded", "true"),
        ("SendAt", "2026-11-20T20:00:00Z"),
        ("ContentRetention", "discard"),
        ("MediaUrl", "https://example.org/1.png"),
        ("MediaUrl", "https://example.org/2.png"),
    ]
    assert create(*everything, content_type="application/x-www-form-urlencoded; charset=utf-8") == []


@pytest.mark.parametrize(
    "change",
    [
        ("to", "+15551230001"),
        ("From", "+1 555"),
        ("From", "+1555123000٣"),
        ("StatusCallback", "/sms/status"),
        ("StatusCallback", "https://coach_app.example.org/"),
        ("ValidityPeriod", "soon"),
        ("SmartEncoded", "yes"),
        ("SendAt", "tonight"),
        ("ContentRetention", "forget"),
        ("ApplicationSid", "AP12"),
        ("Body", "twice"),
    ],
)
def test_a_wrong_parameter_is_a_violation(change: tuple[str, str]) -> None:
    assert len(create(change)) == 1


def test_a_json_body_is_a_violation() -> None:
    assert create(content_type="application/json") == [f"the content type is 'application/json', not {FORM}"]


def test_a_missing_required_parameter_is_a_violation() -> None:
    assert operation("create").violations(ACCOUNT, [], GOOD[1:], FORM) == ["form parameter To is missing"]
    assert operation("fetch").violations(ACCOUNT, [], [], "") == ["path parameter Sid is missing"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_of_the_file_has_checks(name: str) -> None:
    assert operation(name).violations([*ACCOUNT, ("Unheard", "of")], [], [], FORM)


VALUES = [
    "",
    "x",
    "true",
    "12",
    "-1",
    "0",
    "1001",
    "1.5",
    ACCOUNT_SID,
    MESSAGING_SERVICE_SID,
    "retain",
    "SM" + "0" * 32,
]


@pytest.mark.parametrize("value", VALUES)
def test_the_checker_agrees_with_jsonschema_on_every_schema_of_the_file(value: str) -> None:
    schemas = [one for name in OPERATIONS for one in schemas_of(name) if one["type"] != "array"]
    assert len(schemas) > 30
    for schema in schemas:
        words = {key: word for key, word in schema.items() if key != "format"}
        typed = typed_value(value, schema["type"])
        expected = typed is not None and Draft202012Validator(words).is_valid(typed)
        assert (make_check(words)(value) is None) == expected, (schema, value)


def schemas_of(name: str) -> list[dict[str, Any]]:
    path, method = OPERATIONS[name]
    described = openapi()["paths"][path][method]
    content = described.get("requestBody", {}).get("content", {FORM: {"schema": {}}})
    parameters = [resolve(one["schema"]) for one in described.get("parameters", [])]
    return parameters + [resolve(one) for one in resolve(content[FORM]["schema"]).get("properties", {}).values()]


def typed_value(value: str, kind: str) -> Any:
    """A form's string as the JSON value that it stands for; None when it stands for none of this type."""
    if not TYPES[kind](value):
        return None
    readers: dict[str, Callable[[str], Any]] = {
        "string": str,
        "integer": int,
        "number": float,
        "boolean": lambda word: word == "true",
    }
    return readers[kind](value)


def test_violations_of_real_requests_are_recorded_and_can_be_switched_off(standin: StandIn, client: Client) -> None:
    wishes = {"to": "+15551230001", "body": "x", "messaging_service_sid": MESSAGING_SERVICE_SID}
    client.messages.create(**wishes, status_callback="not a URL")
    assert standin.violations == ["create: form parameter StatusCallback is no uri: 'not a URL'"]
    standin.validate = False
    client.messages.create(**wishes, status_callback="not a URL")
    assert len(standin.violations) == 1


def test_an_unknown_resource_is_a_violation(standin: StandIn, client: Client) -> None:
    assert client.request("GET", standin.url + "/2010-04-01/Accounts.json").status_code == 404
    assert standin.violations == ["the OpenAPI file has no GET /2010-04-01/Accounts.json"]
