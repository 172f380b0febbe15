"""Reads a time zone as people write it: a place, or one of the names used in the US. Pure.

Abbreviations such as EST and fixed offsets such as UTC ignore daylight saving time: they are refused with the likely
place.
"""

from collections.abc import Mapping
from functools import lru_cache

from schedules.timing.local_time import zone, zone_names

# The zones most people of a US clinic live in, as people call them.
COMMON_ZONES: Mapping[str, str] = {
    "Eastern": "America/New_York",
    "Central": "America/Chicago",
    "Mountain": "America/Denver",
    "Arizona": "America/Phoenix",
    "Pacific": "America/Los_Angeles",
    "Alaska": "America/Anchorage",
    "Hawaii": "Pacific/Honolulu",
    "Atlantic": "America/Puerto_Rico",
}
# Abbreviations and fixed offsets, with the place they most likely mean.
LIKELY_ZONES: Mapping[str, str] = {
    **dict.fromkeys(("EST", "EDT", "ET", "EST5EDT", "ETC/GMT+5"), "America/New_York"),
    **dict.fromkeys(("CST", "CDT", "CT", "CST6CDT", "ETC/GMT+6"), "America/Chicago"),
    **dict.fromkeys(("MST", "MDT", "MT", "MST7MDT", "ETC/GMT+7"), "America/Denver"),
    **dict.fromkeys(("PST", "PDT", "PT", "PST8PDT", "ETC/GMT+8"), "America/Los_Angeles"),
    **dict.fromkeys(("AKST", "AKDT", "ETC/GMT+9"), "America/Anchorage"),
    **dict.fromkeys(("HST", "HAST", "ETC/GMT+10"), "Pacific/Honolulu"),
    **dict.fromkeys(("AST", "ADT", "ETC/GMT+4"), "America/Halifax"),
    **dict.fromkeys(("GMT", "BST", "UTC", "UCT", "ZULU", "ETC/GMT", "ETC/UTC", "WET", "GMT0"), "Europe/London"),
    **dict.fromkeys(("CET", "CEST", "MET", "MEZ", "ETC/GMT-1"), "Europe/Madrid"),
    **dict.fromkeys(("EET", "EEST", "ETC/GMT-2"), "Europe/Athens"),
}
_CONTINENTS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
# IANA names without a continent that still name a place.
_PLACES = frozenset(
    (
        *("Cuba", "Egypt", "Eire", "GB", "GB-Eire", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan"),
        *("Kwajalein", "Libya", "NZ", "NZ-CHAT", "Navajo", "PRC", "Poland", "Portugal", "ROC", "ROK", "Singapore"),
        *("Turkey", "W-SU"),
    )
)
_ENDINGS = (" standard time", " daylight time", " time", " zone")


def read_zone_name(raw: str) -> str:
    """Return the IANA name of a place's zone: `Chicago`, `Pacific time` and `America/Chicago` are understood.

    Raises ValueError with one sentence that suggests the likely place.
    """
    known = _zones_by_words().get(_plain(raw))
    if known:
        return known
    likely = LIKELY_ZONES.get(raw.upper()) or LIKELY_ZONES.get(raw.upper().partition(" ")[0])
    if raw in zone_names():
        likely = likely or "America/New_York"
        raise ValueError(
            f"'{raw}' is not a place and ignores daylight saving time: write the place, most likely {likely}"
        )
    if likely:
        raise ValueError(f"'{raw}' is not a time zone: write the place, most likely {likely}")
    names = ", ".join(COMMON_ZONES)
    raise ValueError(f"'{raw}' is not a time zone: write {names}, or a place such as America/New_York")


@lru_cache(maxsize=1)
def _zones_by_words() -> Mapping[str, str]:
    """Map what people write to IANA names: whole names, their cities, and the common names."""
    places = [name for name in zone_names() if name in _PLACES or ("/" in name and not name.startswith("Etc/"))]
    in_order = sorted(places, key=lambda name: (-len(name), name))  # of two with a city, the shorter counts
    cities = {_plain(name.rpartition("/")[2]): name for name in in_order if name.partition("/")[0] in _CONTINENTS}
    whole = {_plain(name): name for name in places}
    return cities | whole | {_plain(words): name for words, name in COMMON_ZONES.items()}


def _plain(raw: str) -> str:
    words = " ".join(raw.casefold().replace("_", " ").split())
    for ending in _ENDINGS:
        words = words.removesuffix(ending)
    return words.removeprefix("us ")


def zone_in_words(name: str) -> str:
    """Return a zone as a choice: `Eastern, New York` or `Europe, Madrid`."""
    zone(name)  # raises ValueError for what is none
    first, _, place = name.partition("/")
    common = next((words for words, of in COMMON_ZONES.items() if of == name), first)
    city = ", ".join(part.replace("_", " ") for part in reversed(place.split("/"))) if place else ""
    return ", ".join(filter(None, (common, city)))
