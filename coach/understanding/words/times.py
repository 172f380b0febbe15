"""Parse clock times and numbers of days in a command. The grammar is strict and never guesses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, groupby, pairwise
from typing import NamedTuple

from coach.understanding.words.lexicon import Lexicon
from coach.understanding.words.tokens import BOUNDARIES

_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
_DIGITS = re.compile(r"(\d{1,2})([0-5]\d)")  # "730"
_TELEPHONE = re.compile(r"(?<!\d)(?:\+?1[-. ]?)?(?:\(?\d{3}\)?[-. ]?)?\d{3}[-. ]?\d{4}(?!\d)")


class Clock(NamedTuple):
    """A wall time "HH:MM"; ``ambiguous``: neither am nor pm was given, so the likely half was taken."""

    time: str
    ambiguous: bool


def telephone(text: str) -> tuple[int, int] | None:
    """Find a phone number, which is no time."""
    found = _TELEPHONE.search(text)
    return found.span() if found else None


def clock(words: Sequence[str], lexicon: Lexicon, bedtime: bool = False) -> Clock | None:
    """Return the only clock time in some words; None if there is none or more than one."""
    places = [(i, c) for i, c in ((i, _at(words, i, lexicon, bedtime)) for i in range(len(words))) if c is not None]
    places = [(i, c) for i, c in places if not _is_refused(words, i, lexicon)]
    found = {c for _, c in places}
    return found.pop() if len(found) == 1 else None


def refuses_an_hour(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether an hour is called too late or early, so that what follows is another one: "8 is too late. make it 7"."""
    return any(lexicon.value(w) is not None and _is_refused(words, i, lexicon) for i, w in enumerate(words))


def _is_refused(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """Whether a time is called too late or early: "9 is too late, do 7:30", but not "a las 6 de la tarde"."""
    refused, articles = lexicon.lists["refused_times"], lexicon.lists["day_articles"]
    near = range(at + 1, min(at + 4, len(words)))
    return any(words[i] in refused and words[i - 1] not in articles for i in near)


def _at(words: Sequence[str], at: int, lexicon: Lexicon, bedtime: bool) -> Clock | None:
    word = words[at]
    if word in lexicon.spoken_times:
        return Clock(lexicon.spoken_times[word], False)
    written = _CLOCK.fullmatch(word)
    digits = _DIGITS.fullmatch(word)
    hour = int(written[1]) if written else int(digits[1]) if digits else lexicon.value(word)
    minute = int(written[2]) if written else int(digits[2]) if digits else 0
    if hour is None or hour > 24 or minute > 59 or _is_count(words, at, lexicon):
        return None
    hour, minute, end = _spoken_minutes(words, at, hour, minute, lexicon)
    return _in_half(hour % 24, minute, _half(words, end, lexicon), bedtime, bool(written))


def _is_count(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    joined = lexicon.lists["past"] | lexicon.lists["to"] | lexicon.lists["minutes_joined"]
    after_hour = at > 1 and words[at - 1] in joined and lexicon.value(words[at - 2]) is not None
    before_hour = at + 1 < len(words) and words[at + 1] in lexicon.lists["past"] | lexicon.lists["to"]
    after_minutes = at > 0 and lexicon.value(words[at - 1]) is not None
    if after_minutes or (
        after_hour and _minutes(words[at], lexicon) and words[at - 1] in lexicon.lists["minutes_joined"]
    ):
        return True
    if before_hour and _minutes(words[at], lexicon):
        return True
    return at + 1 < len(words) and words[at + 1] in lexicon.lists["day_units"]


def _spoken_minutes(words: Sequence[str], at: int, hour: int, minute: int, lexicon: Lexicon) -> tuple[int, int, int]:
    """Add minutes spoken after or before the hour: "eight thirty", "quarter to nine", "las ocho y media"."""
    following = words[at + 1 : at + 3]
    if following and lexicon.value(following[0]) in (15, 30, 45):
        return hour, lexicon.value(following[0]) or 0, at + 2
    if len(following) == 2 and following[0] in lexicon.lists["minutes_joined"] and _minutes(following[1], lexicon):
        return *_counted(hour, _minutes(following[1], lexicon), following[0] in lexicon.lists["to"]), at + 3
    for k, word in enumerate(following):
        if word in lexicon.lists["half_past_after"]:
            return hour, 30, at + 2 + k
    before = _minutes(words[at - 2], lexicon) if at >= 2 else 0
    if before and words[at - 1] in lexicon.lists["past"] | lexicon.lists["to"]:
        return *_counted(hour, before, words[at - 1] in lexicon.lists["to"]), at + 1
    return hour, minute, at + 1


def _minutes(word: str, lexicon: Lexicon) -> int:
    """Return minutes as spoken beside an hour: a quarter, a half, twenty; 0 for anything else."""
    if word in lexicon.lists["quarters"]:
        return 15
    if word in lexicon.lists["half_past_before"] | lexicon.lists["half_past_after"]:
        return 30
    value = lexicon.value(word) or 0
    return value if value in (5, 10, 15, 20, 25) else 0


def _counted(hour: int, minutes: int, to: bool) -> tuple[int, int]:
    return ((hour - 1) % 24, 60 - minutes) if to else (hour, minutes)


def _half(words: Sequence[str], at: int, lexicon: Lexicon) -> str | None:
    """Return the half of the day the next words name: "am", "pm" or None."""
    for word in words[at : at + 4]:
        if word in lexicon.lists["am"]:
            return "am"
        if word in lexicon.lists["pm"]:
            return "pm"
    return None


def _in_half(hour: int, minute: int, half: str | None, bedtime: bool, written: bool) -> Clock:
    """Convert to 24 hours. Without am or pm assume the evening, or for a bedtime of 12 to 4 the night."""
    if hour > 12 or (hour == 0 and written):
        return Clock(f"{hour:02d}:{minute:02d}", False)
    small = hour % 12
    if half is not None:
        night = half == "pm" and bedtime and (small == 0 or small < 5)  # "12 at night" is midnight
        return Clock(f"{small + (12 if half == 'pm' and not night else 0):02d}:{minute:02d}", False)
    late = not (bedtime and small < 5)
    return Clock(f"{small + (12 if late else 0):02d}:{minute:02d}", True)


def days(words: Sequence[str], lexicon: Lexicon) -> int | None:
    """Return how many evenings: "3 days", "a week", "two weeks", "pause 3"."""
    for at, word in enumerate(words):
        unit = lexicon.day_units.get(word)
        if unit is not None and (at == 0 or words[at - 1] not in lexicon.lists["since"]):
            before = words[max(0, at - 2) : at][::-1]
            count = next((c for c in (_count(w, lexicon) for w in before) if c), 1)
            return unit * count if count is not None and 0 < unit * count <= 366 else None
    numbers = [lexicon.value(w) for w in words if lexicon.value(w) is not None]
    return numbers[0] if len(numbers) == 1 and numbers[0] is not None and 0 < numbers[0] <= 366 else None


def day_of_month(words: Sequence[str], lexicon: Lexicon) -> tuple[int, int | None] | None:
    """Return the only date named, as (day, month or None), as in "the 14th", "3rd of May", "May 3", "el dia 14"."""
    found = set()
    for at, word in enumerate(words):
        if not word.isdecimal() or not 1 <= int(word) <= 31:
            continue
        before, after = words[max(0, at - 2) : at], words[at + 1 : at + 4]
        month = next((lexicon.months[w] for w in (*before, *after) if w in lexicon.months), None)
        ordinal = bool(after) and after[0] in lexicon.lists["ordinal_endings"]
        introduced = bool(before) and before[-1] in lexicon.lists["date_words"]
        if month is not None or ordinal or introduced:
            found.add((int(word), month))
    return found.pop() if len(found) == 1 else _month_alone(words, lexicon) if not found else None


def holiday(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return the first holiday named, as a key of `holidays`; Christmas and New Year are dates."""
    said = f" {' '.join(words)} "
    return next((name for spoken, name in lexicon.holidays.items() if f" {spoken} " in said), None)


def is_after(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether the date named is the last of a pause, as in "until after the 15th"."""
    after = [at for at, word in enumerate(words) if word in lexicon.lists["after_day"]]
    return any(word.isdecimal() for at in after for word in words[at + 1 : at + NEAR])


NEAR = 4  # words from "after" to the day


def _month_alone(words: Sequence[str], lexicon: Lexicon) -> tuple[int, int | None] | None:
    """Return the first of a month ("until February"), or Christmas, New Year or the day after it."""
    months = {
        lexicon.months[w] for at, w in enumerate(words) if w in lexicon.months and _introduced(words, at, lexicon)
    }
    if _is_new_year(words, lexicon):
        return 1 + (not lexicon.lists["after_day"].isdisjoint(words)), 1
    if not lexicon.lists["christmas"].isdisjoint(words):
        return 25 + (not lexicon.lists["after_day"].isdisjoint(words)), 12
    return (1, months.pop()) if len(months) == 1 else None


def _is_new_year(words: Sequence[str], lexicon: Lexicon) -> bool:
    new, year = lexicon.lists["new_year"], lexicon.lists["year"]
    return any((one in new and other in year) or (one in year and other in new) for one, other in pairwise(words))


def _introduced(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    return at > 0 and words[at - 1] in lexicon.lists["before_month"]


def _count(word: str, lexicon: Lexicon) -> int | None:
    """Return the count a word states; "a few" counts as three, "a couple" as two."""
    if word in lexicon.lists["few"]:
        return 3
    return 2 if word in lexicon.lists["couple"] else lexicon.value(word)


def weekday(words: Sequence[str], lexicon: Lexicon) -> int | None:
    """Return the only weekday named, 1 Monday to 7 Sunday."""
    found = {lexicon.weekdays[w] for w in words if w in lexicon.weekdays}
    return found.pop() if len(found) == 1 else None


def without_bedtime(words: Sequence[str], lexicon: Lexicon) -> Sequence[str]:
    """Leave out of a wish for another time the clause that names bedtime: "earlier please, 9 is bedtime"."""
    bedtime = lexicon.lists["bedtimes"]
    clauses = [list(group) for end, group in groupby(words, lambda word: word in BOUNDARIES) if not end]
    others = [clause for clause in clauses if bedtime.isdisjoint(clause)]
    return [*chain.from_iterable(others)] if others and len(others) < len(clauses) else words


def is_no_rule(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a time is not for every evening: for once ("at 9 tonight"), or for some days ("at 6 on Sundays")."""
    lists = lexicon.lists
    some_days = weekday(words, lexicon) is not None or not lists["some_days"].isdisjoint(words)
    if some_days and lists["since"].isdisjoint(words):
        return True
    return not lists["once_days"].isdisjoint(words) and lists["for_good"].isdisjoint(words)
