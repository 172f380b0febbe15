"""Read the TOML file that says which REDCap field is what. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from coach.adherence.counts import STEP_ANSWERED
from schedules.enrolment.roster_file import COLUMNS, REQUIRED

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NIGHT_VALUES = ("date", "score", "step_done")
WEEK_VALUES = ("week", "prompted", "answered", "steps_asked", *STEP_ANSWERED, "score_n", "score_mean")


class FieldMapError(ValueError):
    """What is wrong with the file, in one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A repeating instrument, and its field for each value that is written to it."""

    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Where REDCap is, and which of its fields is what.

    `enrol` maps import columns to fields, `constant` import columns to what everybody has; `only_if` is logic in
    REDCap's own language that records must meet. `night` and `week` are None where nothing is written back.
    """

    url: str
    record: str
    enrol: Mapping[str, str]
    constant: Mapping[str, str]
    only_if: str | None
    night: Instrument | None
    week: Instrument | None


def read_field_map(text: str) -> FieldMap:
    """Read the file. Raises FieldMapError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FieldMapError(f"This is not valid TOML ({error}).") from None
    unknown = table.keys() - {"url", "record", "only_if", "enrol", "constant", "night", "week"}
    if unknown:
        raise FieldMapError(f"'{min(unknown)}' is not known here: see docs/how-to/exchange-with-redcap.md.")
    found = FieldMap(
        url=_address(_words(table, "url")),
        record=_words(table, "record"),
        enrol=_texts(table, "enrol"),
        constant=_texts(table, "constant"),
        only_if=_words(table, "only_if") if "only_if" in table else None,
        night=_instrument(table, "night", NIGHT_VALUES),
        week=_instrument(table, "week", WEEK_VALUES),
    )
    given = found.enrol.keys() | found.constant.keys()
    for name in sorted(given - set(COLUMNS)):
        raise FieldMapError(f"'{name}' is no column of a roster: choose from {', '.join(COLUMNS)}.")
    for name in REQUIRED:
        if name not in given:
            raise FieldMapError(f"Say in [enrol] which field is '{name}', or in [constant] what everybody has.")
    if "phone" not in found.enrol:
        raise FieldMapError("Say in [enrol] which field is 'phone': people are found by it.")
    return found


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return url
    raise FieldMapError("'url' must be the https address of REDCap's API, such as https://redcap.example.edu/api/.")


def _words(table: Mapping[str, object], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value.strip():
        raise FieldMapError(f"'{name}' must be a text in quotes.")
    return value


def _texts(table: Mapping[str, object], name: str) -> Mapping[str, str]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise FieldMapError(f"[{name}] must be a table.")
    return {key: _words(found, key) for key in found}


def _instrument(table: Mapping[str, object], name: str, values: tuple[str, ...]) -> Instrument | None:
    if name not in table:
        return None
    texts = dict(_texts(table, name))
    instrument = texts.pop("instrument", None)
    if instrument is None:
        raise FieldMapError(f'Say in [{name}] which repeating instrument it is: instrument = "…".')
    for key in texts:
        if key not in values:
            raise FieldMapError(f"[{name}] has no '{key}': choose from {', '.join(values)}.")
    if not texts:
        raise FieldMapError(f"Say in [{name}] which field gets what: choose from {', '.join(values)}.")
    return Instrument(instrument, texts)
