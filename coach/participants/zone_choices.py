"""Time zones as a choice in plain words, the common ones of the US first: `Eastern, New York, now 14:05`."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from schedules.enrolment.zone_words import COMMON_ZONES, zone_in_words
from schedules.timing.local_time import local_time_of, zone_names


@lru_cache(maxsize=1)
def _places() -> tuple[str, ...]:
    """Return the zones of the world's places, without the old names kept for other programs."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    names = (line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#"))
    return tuple(sorted(name for name in names if name in zone_names()))


def zone_choices(now: datetime, *more: str) -> Sequence[tuple[str, str]]:
    """Return every choice as a zone's name and its words; `more` are names that must be among them."""
    common = tuple(COMMON_ZONES.values())
    others = sorted({*_places(), *filter(None, more)} - {*common}, key=zone_in_words)
    return [(name, f"{zone_in_words(name)}, now {local_time_of(now, name):%H:%M}") for name in (*common, *others)]
