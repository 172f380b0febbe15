"""Reads and checks a roster of people to enroll as a whole. Pure: rows in, entries or errors out.

Every invalid cell is reported by row and column, in one sentence that says what to do; row 1 is the header.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import phonenumbers
from phonenumbers import ValidationResult

from content.catalogue import Catalogue
from schedules.enrolment.policy_choice import POLICY_NAMES, tags_that_allow, tags_that_bar
from schedules.enrolment.roster_cells import (
    strip_invisible,
    why_no_consent,
    why_no_evening,
    why_nobodys_telephone,
)
from schedules.enrolment.zone_words import read_zone_name
from schedules.timing.local_time import parse_wall_time, zone
from schedules.timing.quiet_hours import QuietHours, why_not_an_evening_time

REQUIRED = ("phone", "time_zone", "consent_source", "consent_at")
OPTIONAL = (
    *("first_name", "evening_time", "bedtime", "language", "programme", "exclude", "coach"),
    *("tags", "policy", "randomised_consent"),
)
COLUMNS = (*REQUIRED, *OPTIONAL)
LONGEST_NAME, LONGEST_SOURCE = 60, 120
# So many can be applied in one write transaction (`roster_apply.apply_staged`) without blocking others for long.
MOST_PEOPLE, MOST_COLUMNS = 10_000, 100


@dataclass(frozen=True, slots=True)
class RosterError:
    """One invalid cell. `column` is empty if the row or the file as a whole is invalid."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One person as given by the roster; None where a column is absent or empty."""

    row: int
    phone: str
    time_zone: str
    consent_source: str
    consent_at: datetime
    first_name: str | None
    evening_at: time | None
    bedtime_at: time | None
    language: str | None
    programme: str | None
    exclude: tuple[str, ...] | None
    coach: str | None
    tags: tuple[str, ...] | None = None
    policy: str | None = None
    randomised_consent: str | None = None


@dataclass(frozen=True, slots=True)
class RosterRules:
    """What a roster is checked against. `coaches` are the e-mail addresses of the clinic's coaches."""

    catalogue: Catalogue
    coaches: Collection[str]
    country: str
    quiet: QuietHours
    now: datetime

    def exclusions(self) -> frozenset[str]:
        """Return every valid strategy id and exclusion tag."""
        return frozenset(self.catalogue.strategies) | self.catalogue.exclusion_tags()


def read_roster(
    heading: Sequence[str], rows: Sequence[Sequence[str]], rules: RosterRules, heading_row: int = 1
) -> tuple[list[RosterEntry], list[RosterError]]:
    """Return entries and errors; the entries may be used only if there are no errors."""
    columns = [strip_invisible(name).strip().lower() for name in heading]
    errors = _heading_errors(columns, rows, heading_row)
    if errors:
        return [], errors
    named = max(index for index, name in enumerate(columns, 1) if name)
    nameless = [index for index, name in enumerate(columns[:named]) if not name]
    entries: list[RosterEntry] = []
    first_row_of: dict[str, int] = {}
    for number, cells in enumerate(rows, start=heading_row + 1):
        if not any(map(str.strip, cells)):
            continue
        reason = _layout_error(cells, named, nameless)
        if reason:
            errors.append(RosterError(number, "", reason))
            continue
        values, wrong = read_cells(number, dict(zip(columns, cells, strict=False)), rules)
        first = first_row_of.setdefault(values.get("phone", ""), number) if "phone" in values else number
        if first != number:
            wrong.append(RosterError(number, "phone", f"the same number as in row {first}: keep one of the two"))
        errors += wrong
        if not wrong:
            entries.append(_entry(number, values))
    return entries, errors


def _layout_error(cells: Sequence[str], named: int, nameless: Sequence[int]) -> str | None:
    """Return why a row does not fit the header. Columns without a name may be present if they are empty."""
    if any(map(str.strip, cells[named:])):
        return f"{len(cells)} cells under {named} headings: check the commas"
    if any(cells[index].strip() for index in nameless if index < len(cells)):
        return "something stands in a column without a name: name it in the heading, or empty it"
    return None


def _heading_errors(columns: Sequence[str], rows: Sequence[Sequence[str]], row: int) -> list[RosterError]:
    if len(columns) > MOST_COLUMNS:
        return [RosterError(row, "", f"{len(columns)} columns are no roster: check what separates them")]
    if len(rows) > MOST_PEOPLE and sum(1 for cells in rows if any(map(str.strip, cells))) > MOST_PEOPLE:
        return [RosterError(row, "", f"more than {MOST_PEOPLE:,} people in one file: split it")]
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name and name not in COLUMNS]
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    return (
        [RosterError(row, name, "this required column is missing: add it to the heading") for name in missing]
        + [RosterError(row, name, f"there is no such column: use {', '.join(COLUMNS)}") for name in unknown]
        + [RosterError(row, name, "this column is there twice: remove one") for name in twice]
    )


def read_cells(number: int, cells: Mapping[str, str], rules: RosterRules) -> tuple[dict[str, Any], list[RosterError]]:
    """Return the readable cells of a row by column, and an error for every other one."""
    values: dict[str, object] = {}
    errors: list[RosterError] = []
    for column, read in READERS.items():
        raw = " ".join(strip_invisible(cells.get(column, "")).split())
        try:
            if raw:
                values[column] = read(raw, rules)
            elif column in REQUIRED:
                raise ValueError("empty: every row needs it")
        except ValueError as error:
            errors.append(RosterError(number, column, str(error)))
    errors += [RosterError(number, column, reason) for column, reason in _cross_cell_errors(values, rules)]
    return values, errors


def _entry(number: int, values: Mapping[str, Any]) -> RosterEntry:
    return RosterEntry(
        row=number,
        phone=values["phone"],
        time_zone=values["time_zone"],
        consent_source=values["consent_source"],
        consent_at=_in_zone(values["consent_at"], values["time_zone"]),
        first_name=values.get("first_name"),
        evening_at=values.get("evening_time"),
        bedtime_at=values.get("bedtime"),
        language=values.get("language"),
        programme=values.get("programme"),
        exclude=values.get("exclude"),
        coach=values.get("coach"),
        tags=values.get("tags"),
        policy=values.get("policy"),
        randomised_consent=values.get("randomised_consent"),
    )


def _cross_cell_errors(values: Mapping[str, Any], rules: RosterRules) -> Iterator[tuple[str, str]]:
    """Yield what is wrong between cells that are valid by themselves."""
    if "evening_time" in values:
        reason = why_no_evening(values["evening_time"], rules.quiet) or why_not_an_evening_time(
            values["evening_time"], values.get("bedtime"), rules.quiet
        )
        if reason:
            yield "evening_time", reason
    if "consent_at" in values and "time_zone" in values:
        reason = why_no_consent(_in_zone(values["consent_at"], values["time_zone"]), rules.now)
        if reason:
            yield "consent_at", reason


def _in_zone(given: datetime, zone_name: str) -> datetime:
    return (given if given.tzinfo else given.replace(tzinfo=zone(zone_name))).astimezone(UTC)


def read_phone(raw: str, country: str) -> str:
    """Parse a number in any usual format to E.164. Raises ValueError with one clear sentence."""
    reason = "this is not a phone number: write it as +1 415 555 0134"  # does not quote the input: personal data
    try:
        number = phonenumbers.parse(raw, country.upper())
    except phonenumbers.NumberParseException:
        raise ValueError(reason) from None
    # A number without its area code is also "possible", but only locally.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE or number.extension:
        raise ValueError(reason)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def read_telephone(raw: str, country: str) -> str:
    """Parse a number that can be a person's own. Raises ValueError with one clear sentence."""
    number = read_phone(raw, country)
    reason = why_nobodys_telephone(number)
    if reason:
        raise ValueError(reason)
    return number


def _read_own_number(raw: str, rules: RosterRules) -> str:
    return read_telephone(raw, rules.country)


def _read_zone(raw: str, _rules: RosterRules) -> str:
    return read_zone_name(raw)


def _read_instant(raw: str, _rules: RosterRules) -> datetime:
    reason = f"'{raw}' is not a date and time: write it as 2026-11-01T10:30:00Z"
    try:
        given = datetime.fromisoformat(raw)
    except ValueError:
        raise ValueError(reason) from None
    if not 1900 <= given.year <= 9000:  # dates near the limits of the calendar overflow when converted to UTC
        raise ValueError(reason)
    return given


def _read_language(raw: str, rules: RosterRules) -> str:
    known = {language.lower(): language for language in rules.catalogue.languages}
    return _one_of("language", known.get(raw.lower(), raw), rules.catalogue.languages)


def _read_programme(raw: str, rules: RosterRules) -> str:
    return _one_of("programme", raw, tuple(rules.catalogue.programmes))


def _read_exclusions(raw: str, rules: RosterRules) -> tuple[str, ...]:
    tags = [tag.strip() for tag in raw.split(";") if tag.strip()]
    known = rules.exclusions()
    return tuple(_one_of("strategy or exclusion tag", tag, sorted(known)) for tag in tags)


def _read_tags(raw: str, rules: RosterRules) -> tuple[str, ...]:
    known = sorted({*tags_that_allow(rules.catalogue), *tags_that_bar(rules.catalogue)})
    return tuple(_one_of("tag", tag.strip(), known) for tag in raw.split(";") if tag.strip())


def _read_policy(raw: str, _rules: RosterRules) -> str:
    return _one_of("policy", raw.lower(), POLICY_NAMES)


def _read_coach(raw: str, rules: RosterRules) -> str:
    return _one_of("coach of this clinic", raw.lower(), sorted(rules.coaches))


def _one_of(what: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"'{value}' is not a {what}: choose from {', '.join(known) or 'none yet'}")
    return value


def _read_text(longest: int) -> Callable[[str, RosterRules], str]:
    def read(raw: str, _rules: RosterRules) -> str:
        if len(raw) > longest:
            raise ValueError(f"longer than {longest} characters: shorten it")
        return raw

    return read


def _read_time(raw: str, _rules: RosterRules) -> time:
    return parse_wall_time(raw)


READERS: Mapping[str, Callable[[str, RosterRules], object]] = {
    "phone": _read_own_number,
    "time_zone": _read_zone,
    "consent_source": _read_text(LONGEST_SOURCE),
    "consent_at": _read_instant,
    "first_name": _read_text(LONGEST_NAME),
    "evening_time": _read_time,
    "bedtime": _read_time,
    "language": _read_language,
    "programme": _read_programme,
    "exclude": _read_exclusions,
    "coach": _read_coach,
    "tags": _read_tags,
    "policy": _read_policy,
    "randomised_consent": _read_text(LONGEST_SOURCE),
}
