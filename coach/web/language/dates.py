"""Dates and times of day by the page's language, also those inside what Python says in English."""

import re
from datetime import date, datetime, time

from babel.dates import format_date, format_time, get_timezone_location

from coach.web import template_filters as english
from coach.web.language.locale import spanish
from content.wording import zone_name as english_zone_name
from schedules.timing.local_time import zone

LOCALE = "es_US"
# How English pages write a date, and the same in Spanish.
FORMATS = {
    "%a %-d %b": "EEE d MMM",
    "%-d %b %Y": "d MMM y",
    "%b %-d, %Y": "d MMM y",
    "%A": "EEEE",
    "on %A": "'el' EEEE",
    "%a": "EEE",
    "short": "d MMM",
}
_MONTHS = {f"{date(2001, month, 1):%b}": month for month in range(1, 13)}
_WEEK = [date(2001, 1, day) for day in range(1, 8)]
_SHORT_DAYS = {f"{on:%a}": format_date(on, "EEE", LOCALE) for on in _WEEK}
_WEEKDAYS = {f"{on:%A}": format_date(on, "EEEE", LOCALE) for on in _WEEK}
_DAY, _MONTH = "|".join(_SHORT_DAYS), f"(?:{'|'.join(_MONTHS)})"
_WRITTEN = re.compile(
    rf"\b(?:(?P<day>{_DAY}),? )?"
    rf"(?:(?P<m1>{_MONTH}) (?P<d1>\d{{1,2}})(?:–(?P<last>\d{{1,2}}))?(?:, (?P<y1>\d{{4}}))?"
    rf"|(?P<d2>\d{{1,2}}) (?P<m2>{_MONTH})(?: (?P<y2>\d{{4}}))?)\b"
)
_CLOCK = re.compile(r"\b(\d{1,2}:\d{2}) ([ap])m\b")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_WEEKDAYS)})\b")


def dated(on: date, pattern: str) -> str:
    """A date by a pattern of `strftime`."""
    return format_date(on, FORMATS[pattern], LOCALE) if spanish() else on.strftime(pattern)


def clock(at: datetime | time) -> str:
    """`8:00 pm`, `8:00 p. m.`."""
    return _time(at) if spanish() else english.clock(at)


def local_clock(at: datetime, time_zone: str) -> str:
    """The same, where somebody lives."""
    return clock(at.astimezone(zone(time_zone)))


def short_date(on: date) -> str:
    """`Nov 16`, `16 nov`."""
    return dated(on, "short") if spanish() else english.short_date(on)


def local_moment(at: datetime | None, time_zone: str) -> str:
    """`Sun, Nov 22, 8:00 pm (New York)`, `dom, 22 nov, 8:00 p. m. (Nueva York)`, or nothing."""
    if at is None or not spanish():
        return english.local_moment(at, time_zone)
    local = at.astimezone(zone(time_zone))
    return f"{format_date(local, 'EEE, d MMM', LOCALE)}, {_time(local)} ({zone_name(time_zone)})"


def zone_name(time_zone: str) -> str:
    """The place that a zone is named after, in the page's language."""
    return get_timezone_location(time_zone, LOCALE, return_city=True) if spanish() else english_zone_name(time_zone)


def in_spanish(words: str) -> str:
    """What Python says in English, with its dates and times of day in Spanish."""
    words = _WRITTEN.sub(_date, words)
    words = _CLOCK.sub(lambda found: f"{found[1]} {found[2]}. m.", words)
    return _WEEKDAY.sub(lambda found: _WEEKDAYS[found[0]], words)


def _date(found: re.Match[str]) -> str:
    day, month = found["d1"] or found["d2"], _MONTHS[found["m1"] or found["m2"]]
    last, year = found["last"], found["y1"] or found["y2"]
    named = format_date(date(2000, month, 1), "MMM", LOCALE)
    weekday = f"{_SHORT_DAYS[found['day']]}, " if found["day"] else ""
    return f"{weekday}{day}{f'–{last}' if last else ''} {named}{f' {year}' if year else ''}"


def _time(at: datetime | time) -> str:
    """Without Babel's narrow space, which some fonts lack."""
    clock = at.timetz() if isinstance(at, datetime) else at
    return " ".join(format_time(clock.replace(tzinfo=None), "h:mm a", locale="es").split())
