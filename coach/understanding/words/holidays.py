"""When the holidays are by which people date a pause: those of a fixed date, and those that float. Pure.

Their names are in ``content/lexicon``; a name there is a key here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

FIXED: Mapping[str, tuple[int, int]] = MappingProxyType(
    {  # month and day
        "new_years_eve": (12, 31),
        "epiphany": (1, 6),
        "candlemas": (2, 2),
        "valentines": (2, 14),
        "st_patricks": (3, 17),
        "cinco_de_mayo": (5, 5),
        "mothers_day_mexico": (5, 10),
        "juneteenth": (6, 19),
        "independence_day": (7, 4),
        "mexican_independence": (9, 16),
        "dia_de_la_hispanidad": (10, 12),
        "halloween": (10, 31),
        "all_saints": (11, 1),
        "day_of_the_dead": (11, 2),
        "veterans_day": (11, 11),
        "guadalupe": (12, 12),
        "christmas_eve": (12, 24),
        "boxing_day": (12, 26),
    }
)


def _nth(month: int, weekday: int, count: int) -> Callable[[int], date]:
    """Return the rule of "the fourth Thursday of November"; the weekday is ISO, a negative count is from the end."""

    def of(year: int) -> date:
        if count > 0:
            first = date(year, month, 1)
            return first + timedelta(days=(weekday - first.isoweekday()) % 7 + 7 * (count - 1))
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.isoweekday() - weekday) % 7)

    return of


def easter(year: int) -> date:
    """Return Easter Sunday, by the rule of Gauss for the Gregorian calendar (Meeus, Jones and Butcher)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - shift + 15) % 30
    days = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * days) // 451
    month, day = divmod(epact + days - 7 * late + 114, 31)
    return date(year, month, day + 1)


FLOATING: Mapping[str, Callable[[int], date]] = MappingProxyType(
    {
        "mlk_day": _nth(1, 1, 3),
        "presidents_day": _nth(2, 1, 3),
        "easter": easter,
        "mothers_day": _nth(5, 7, 2),
        "memorial_day": _nth(5, 1, -1),
        "fathers_day": _nth(6, 7, 3),
        "labor_day": _nth(9, 1, 1),
        "columbus_day": _nth(10, 1, 2),
        "thanksgiving": _nth(11, 4, 4),
    }
)
NAMES = frozenset({*FIXED, *FLOATING})


def next_on(name: str, after: date) -> date:
    """Return the next date of a holiday after another date."""
    return next(on for year in (after.year, after.year + 1) if (on := _in_year(name, year)) > after)


def _in_year(name: str, year: int) -> date:
    return date(year, *FIXED[name]) if name in FIXED else FLOATING[name](year)
