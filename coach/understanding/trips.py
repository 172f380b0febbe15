"""Read when a break begins that is told ahead: "away 3 to 17 March", "in Japan from Friday for 2 weeks"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from coach.understanding.result import Command
from coach.understanding.words import times
from coach.understanding.words.lexicon import Lexicon

BETWEEN = 6  # words from one day of a range to the other
NEAR = 3  # words from "from" to the day


def told_ahead(words: Sequence[str], lexicon: Lexicon) -> Command | None:
    """Return a pause that is told with its beginning and its end; None if it lacks one of them."""
    return _range(words, lexicon) or _from_a_day(words, lexicon)


def _range(words: Sequence[str], lexicon: Lexicon) -> Command | None:
    """Read "the 3rd to the 17th of March", "March 30 to April 4", "del 3 al 17 de marzo"."""
    for first, last in _pairs(words):
        between = words[first + 1 : last]
        joined = not lexicon.lists["range_joins"].isdisjoint(between)
        if not joined or not all(_may_stand_between(word, lexicon) for word in between):
            continue
        ends = lexicon.lists["range_joins"]
        break_at = next(at for at in range(first, last) if words[at] in ends)
        begins = _month((*words[max(0, first - 1) : first], *words[first + 1 : break_at]), lexicon)
        until = _month((*words[break_at:last], *words[last + 1 : last + NEAR + 1]), lexicon) or begins
        dated = until is not None or not lexicon.lists["ordinal_endings"].isdisjoint(words[first : last + 2])
        if dated or not lexicon.lists["date_words"].isdisjoint(between) or "del" in words[max(0, first - 1) : first]:
            from_day, until_day = int(words[first]), int(words[last])
            begins = begins or until
            return Command("pause", from_day=from_day, from_month=begins, until_day=until_day, until_month=until)
    return None


def _pairs(words: Sequence[str]) -> list[tuple[int, int]]:
    days = [at for at, word in enumerate(words) if word.isdecimal() and 1 <= int(word) <= 31]
    return [(one, other) for one, other in pairwise(days) if other - one <= BETWEEN]


def _may_stand_between(word: str, lexicon: Lexicon) -> bool:
    lists = lexicon.lists
    known = lists["range_joins"] | lists["ordinal_endings"] | lists["date_words"] | lists["range_words"]
    return word in known or word in lexicon.months


def _month(words: Sequence[str], lexicon: Lexicon) -> int | None:
    return next((lexicon.months[word] for word in words if word in lexicon.months), None)


def _from_a_day(words: Sequence[str], lexicon: Lexicon) -> Command | None:
    """Read "from Friday for two weeks", "from the 12th for 5 days"."""
    for at, word in enumerate(words):
        if word not in lexicon.lists["since"]:
            continue
        near, after = words[at + 1 : at + 1 + NEAR], words[at + 1 :]
        place = next((one for one, other in enumerate(after) if other in lexicon.lists["for_words"]), None)
        days = times.days(after[place:], lexicon) if place is not None else None
        weekday, day = times.weekday(near, lexicon), times.day_of_month(near, lexicon)
        if days is not None and (weekday is not None or day is not None):
            from_day, from_month = day or (None, None)
            return Command("pause", days=days, from_weekday=weekday, from_day=from_day, from_month=from_month)
    return None
