"""Parse and validate a clinic's settings form. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import available_timezones

from content.segments import normalise
from schedules.timing.local_time import parse_wall_time
from schedules.timing.quiet_hours import OUTER_END, OUTER_START, quiet_hours_from

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
REGIONS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
ZONES = tuple(sorted(name for name in available_timezones() if name.startswith(REGIONS)))
LONGEST_NAME, LONGEST_CONTACT = 120, 40
SHORTEST_KEEPING = 30  # days, so that the summaries of a month can still be explained
LIMITS = {  # field and column: minimum, label
    "daily_texts": (0, "Texts a day"),
    "keep_texts_days": (SHORTEST_KEEPING, "Days to keep message texts"),
    "keep_people_days": (SHORTEST_KEEPING, "Days to keep data about people who have left"),
}


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """A parsed form: `values` by column, to be stored only if there are no `problems`, by form field."""

    values: Mapping[str, Any]
    problems: Mapping[str, str]


def read_clinic(
    form: Mapping[str, str], countries: Sequence[str], programmes: Sequence[str] = (), policies: Sequence[str] = ()
) -> ClinicSettings:
    """Parse the fields name, contact, country, time_zone, from_1 … until_7, programme, policy and the limits.

    An empty program, policy or limit is none.
    """
    problems: dict[str, str] = {}
    values: dict[str, Any] = {"name": " ".join(form.get("name", "").split())}
    if not 1 <= len(values["name"]) <= LONGEST_NAME:
        problems["name"] = f"The name must have 1 to {LONGEST_NAME} characters."
    values["country"] = form.get("country", "")
    if values["country"] not in countries:
        problems["country"] = "Choose one of the countries that have crisis lines."
    values["time_zone"] = form.get("time_zone", "").strip()
    if not is_zone(values["time_zone"]):
        problems["time_zone"] = "Choose a time zone from the list, such as America/New_York."
    values["quiet_hours"] = _read_table(form, problems)
    try:
        values["contact"] = read_contact(form.get("contact", ""))
    except ValueError as error:
        problems["contact"] = str(error)
    for name, words, known in (("programme", "program", programmes), ("policy", "policy", policies)):
        values[name] = form.get(name, "") or None
        if values[name] not in (None, *known):
            problems[name] = f"Choose a {words} from the list."
    for name, (least, words) in LIMITS.items():
        values[name] = _read_limit(name, form.get(name, "").strip(), (least, words), problems)
    return ClinicSettings(values, problems)


def read_contact(typed: str) -> str | None:
    """Return the contact as texts name it, or None if empty. Raises ValueError with one sentence."""
    contact = normalise(" ".join(typed.split()))
    if len(contact) > LONGEST_CONTACT:
        raise ValueError(f"Write at most {LONGEST_CONTACT} characters, such as 'Harbor Clinic at 555-0100'.")
    return contact or None


def is_zone(name: str) -> bool:
    """Whether this is the IANA time zone of a place (not `UTC` or `Etc/…`)."""
    return name in ZONES


def _read_limit(name: str, typed: str, rule: tuple[int, str], problems: dict[str, str]) -> int | None:
    least, words = rule
    if not typed:
        return None
    if not (typed.isdecimal() and len(typed) < 8 and int(typed) >= least):
        problems[name] = f"{words}: write a whole number from {least} on, or leave it empty."
        return None
    return int(typed)


def _read_table(form: Mapping[str, str], problems: dict[str, str]) -> list[dict[str, Any]] | None:
    """Return rows that group days with the same hours; None if every day has the federal limits."""
    rows: dict[tuple[time, time], list[int]] = {}
    for day, name in enumerate(DAYS, start=1):
        hours = _read_hours(form.get(f"from_{day}", "").strip(), form.get(f"until_{day}", "").strip())
        if isinstance(hours, str):
            problems[f"from_{day}"] = f"{name}: {hours}"
        elif hours != (OUTER_START, OUTER_END):
            rows.setdefault(hours, []).append(day)
    table = [{"days": days, "start": f"{start:%H:%M}", "end": f"{end:%H:%M}"} for (start, end), days in rows.items()]
    return table or None


def _read_hours(typed_from: str, typed_until: str) -> tuple[time, time] | str:
    try:
        start, end = parse_wall_time(typed_from), parse_wall_time(typed_until)
    except ValueError:
        return "write both times as 08:00."
    if start < OUTER_START or end > OUTER_END:
        return f"federal law allows texts from {OUTER_START:%H:%M} until {OUTER_END:%H:%M} at most."
    if start >= end:
        return f"{start:%H:%M} is not before {end:%H:%M}."
    return start, end


def read_hours(typed: str) -> list[dict[str, object]]:
    """Parse hours that apply every day, such as `08:00-20:00`. Raises ValueError with one sentence."""
    hours = _read_hours(*(part.strip() for part in typed.partition("-")[::2]))
    if isinstance(hours, str):
        raise ValueError(hours)
    return [{"days": list(range(1, 8)), "start": f"{hours[0]:%H:%M}", "end": f"{hours[1]:%H:%M}"}]


def hours_of(table: Sequence[Mapping[str, object]] | None) -> list[tuple[str, str, str]]:
    """Return (day, from, until) for the seven days of a clinic's table of hours."""
    bounds = quiet_hours_from(table).by_weekday
    return [(name, f"{start:%H:%M}", f"{end:%H:%M}") for name, (start, end) in zip(DAYS, bounds, strict=True)]
