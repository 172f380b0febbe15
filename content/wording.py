"""Times, days and zones as participants read them, and the values of a reply's placeholders. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time

from content.catalogue import Catalogue, Text, language_of, render

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}


AT_NUMBER = re.compile(r" at (?=[+(]?\d)")
OR_WORD = {"en": "or", "es": "o"}


def clock_time(at: time, language: str) -> str:
    """Format a time: `8:30pm` in English, `20:30` elsewhere."""
    if language != "en":
        return f"{at.hour}:{at.minute:02d}"
    return f"{(at.hour - 1) % 12 + 1}:{at.minute:02d}{'am' if at.hour < 12 else 'pm'}"


def day_name(day: date, language: str) -> str:
    """Format a date: `Sunday 29 Nov`."""
    spoken = language_of(language)
    return f"{DAYS[spoken][day.weekday()]} {day.day} {MONTHS[spoken][day.month - 1]}"


def zone_name(iana: str) -> str:
    """Return a zone's city: `New York` for America/New_York."""
    return iana.rpartition("/")[2].replace("_", " ")


def contact_in(contact: str, language: str) -> str:
    """Say a clinic's contact in a language: `Harbor Clinic at 555-0100` is `Harbor Clinic al 555-0100` in Spanish."""
    return AT_NUMBER.sub(" al ", contact) if language_of(language) == "es" else contact


def _clock(value: str, language: str) -> str:
    return clock_time(time.fromisoformat(value), language)


SAID: Mapping[str, Callable[[str, str], str]] = {
    **dict.fromkeys(("time", "latest", "earliest", "example"), _clock),
    "day": lambda value, language: day_name(date.fromisoformat(value), language),
    "zone": lambda value, _: zone_name(value),
    "contact": contact_in,
    "weekday": lambda value, language: DAYS[language_of(language)][int(value) - 1],
    "choice": lambda value, language: value.replace("|", f" {OR_WORD[language_of(language)]} "),
}


def fill(catalogue: Catalogue, text: Text, values: Mapping[str, str]) -> str:
    """Render a reply with those of `values` that the text uses, putting times and dates into words.

    `time`, `latest`, `earliest` and `example` are HH:MM, `day` is an ISO date, `weekday` an ISO weekday, `zone`,
    `cadence` and `step` are ids, `choice` is two numbers separated by a bar. Values with a default may be missing.
    """
    wanted = {one.name: values[one.name] for one in text.placeholders if one.name in values or one.default is None}
    for name, value in wanted.items():
        if name in SAID:
            wanted[name] = SAID[name](value, text.language)
        elif name == "step":
            wanted[name] = catalogue.strategies[value].title[text.language]
        elif name == "cadence":
            wanted[name] = catalogue.cadence_titles[value][text.language]
    return render(text, **wanted)
