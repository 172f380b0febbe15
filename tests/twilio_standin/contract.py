"""Checks requests against Twilio's own OpenAPI file (Message resource), with a small checker made once.

Source of twilio_oai_messages.json: github.com/twilio/twilio-oai, spec/json/twilio_api_v2010.json at commit
d50069b44ea8cd23141385bdb6db48f16ff75bb5, MIT (c) 2023 Twilio, Inc.; only the Message resource is kept.
The checker knows the few schema words that the file uses; tests/standin compares it with jsonschema.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

OPENAPI_FILE = Path(__file__).with_name("twilio_oai_messages.json")
FORM = "application/x-www-form-urlencoded"
OPERATIONS = {
    "create": ("/2010-04-01/Accounts/{AccountSid}/Messages.json", "post"),
    "list": ("/2010-04-01/Accounts/{AccountSid}/Messages.json", "get"),
    "fetch": ("/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "get"),
    "update": ("/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "post"),
    "delete": ("/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "delete"),
}

Pairs = list[tuple[str, str]]
# A check says what is wrong with a value, or nothing.
Check = Callable[[str], str | None]

# E.164, a short code, an alphanumeric sender, or a channel address: what the file's descriptions allow.
_PHONE = re.compile(r"(?:[a-z]+:)?(?:\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})", re.ASCII)


def is_date_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_url(value: str) -> bool:
    """Absolute, with a host name, and without underscores in it, as the file says of StatusCallback."""
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "")


FORMATS: dict[str, Callable[[str], bool]] = {
    "phone-number": lambda value: _PHONE.fullmatch(value) is not None,
    "date-time": is_date_time,
    "uri": is_url,
}


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


TYPES: dict[str, Callable[[str], bool]] = {
    "string": lambda value: True,
    "integer": lambda value: re.fullmatch(r"-?\d+", value) is not None,
    "number": _is_number,
    "boolean": lambda value: value.lower() in ("true", "false"),
}


@cache
def openapi() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(OPENAPI_FILE.read_text(encoding="utf-8"))
    return loaded


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = openapi()
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return resolve(found)


def make_check(schema: dict[str, Any]) -> Check:
    """One function for one schema, so that a request costs a call and no reading of the schema."""
    schema = resolve(schema)
    rules: list[tuple[Callable[[str], bool], str]] = [(TYPES[schema["type"]], f"is no {schema['type']}")]
    if "enum" in schema:
        rules.append((frozenset(schema["enum"]).__contains__, f"is none of {schema['enum']}"))
    if "pattern" in schema:
        rules.append((_matches(schema["pattern"]), f"does not match {schema['pattern']}"))
    if schema.get("format") in FORMATS:
        rules.append((FORMATS[schema["format"]], f"is no {schema['format']}"))
    rules += _bounds(schema)

    def check(value: str) -> str | None:
        for holds, otherwise in rules:
            if not holds(value):
                return otherwise
        return None

    return check


def _matches(pattern: str) -> Callable[[str], bool]:
    search = re.compile(pattern).search
    return lambda value: search(value) is not None


def _bounds(schema: dict[str, Any]) -> Iterable[tuple[Callable[[str], bool], str]]:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 10**9)
    if shortest or "maxLength" in schema:
        yield (lambda value: shortest <= len(value) <= longest), f"is not {shortest} to {longest} characters long"
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None:
        yield (lambda value: int(value) >= least), f"is less than {least}"
    if most is not None:
        yield (lambda value: int(value) <= most), f"is more than {most}"


class Section:
    """The parameters of one place (path, query or form) of one operation."""

    def __init__(self, name: str, schemas: dict[str, dict[str, Any]], required: Iterable[str]) -> None:
        self._name = name
        self._required = frozenset(required)
        self._many = {key for key, schema in schemas.items() if resolve(schema)["type"] == "array"}
        self._checks = {
            key: make_check(schema["items"] if key in self._many else schema)
            for key, schema in ((key, resolve(schema)) for key, schema in schemas.items())
        }

    def violations(self, pairs: Pairs) -> list[str]:
        found, seen = [], set()
        for key, value in pairs:
            check = self._checks.get(key)
            wrong = check(value) if check else "is unknown to the OpenAPI file"
            if wrong is None and key in seen and key not in self._many:
                wrong = "is given twice"
            if wrong:
                found.append(f"{self._name} parameter {key} {wrong}: {value[:80]!r}")
            seen.add(key)
        found += [f"{self._name} parameter {key} is missing" for key in sorted(self._required - seen)]
        return found


class Operation:
    """One operation of the file: the checks of its path, query and form."""

    def __init__(self, path: str, method: str) -> None:
        described = openapi()["paths"][path][method]
        parameters = described.get("parameters", []) + openapi()["paths"][path].get("parameters", [])
        content = described.get("requestBody", {}).get("content", {})
        form = resolve(content[FORM]["schema"]) if FORM in content else {}
        self._takes_form = FORM in content
        self._path, self._query = (_section(place, parameters) for place in ("path", "query"))
        self._form = Section("form", form.get("properties", {}), form.get("required", []))

    def violations(self, path: Pairs, query: Pairs, form: Pairs, content_type: str) -> list[str]:
        found = self._path.violations(path) + self._query.violations(query) + self._form.violations(form)
        if self._takes_form and content_type.partition(";")[0] != FORM:
            found.append(f"the content type is {content_type!r}, not {FORM}")
        return found


def _section(place: str, parameters: list[dict[str, Any]]) -> Section:
    here = [one for one in parameters if one["in"] == place]
    schemas = {one["name"]: one["schema"] for one in here}
    return Section(place, schemas, (one["name"] for one in here if one.get("required")))


@cache
def operation(name: str) -> Operation:
    return Operation(*OPERATIONS[name])
