"""Find every number in a reply and classify it.

Contexts ("slept <n> hours", "legs were a <n>") are phrases of the lexicon; this module parses digits and number words,
halves, fractions, ranges and denominators. A number is a ``score`` only if nothing marks it as something else; a range,
a half, an inequality or another denominator is ``refused`` rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from coach.understanding.words.lexicon import Lexicon
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES

WORST = 10
OUT_OF_RANGE = "outside 0 to 10"
PARTS = ("half_mark", "1/2", "1/4", "3/4")
ASIDE = ("other", "story")
ANOTHER = "somebody else's, or of an earlier night"

_WHOLE = re.compile(r"(\d+)(?:[.,]0+)?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_QUARTER_HOUR = re.compile(r"\d{1,2}\.(?:00|15|30|45)")
_YEAR = re.compile(r"0\d")
_DIGITS = re.compile(r"\d+")
_FRACTION = re.compile(r"(\d+)/(\d+)")


class Mention(NamedTuple):
    """A number at tokens ``start`` to ``end``: ``kind`` is score, refused, ignored or dropped.

    ``tier`` says how explicitly it was called a score: 3 meant, 2 named ("legs 3", "3/10"), 1 hedged ("a 3"), 0 bare.
    ``beside`` describes its context, for numbers that disagree: "then" ("on the 14th I was at 9"), "now" ("tonight 4"),
    "later" ("4 after"), "weak" for one they waver about ("9, no wait") or that may count the next word
    ("1 biscuit"), "other" for one among words about something else ("game 7"), "story" if these are many, else "".
    """

    kind: str
    value: int | None
    start: int
    end: int
    tier: int
    why: str
    beside: str = ""


class Amount(NamedTuple):
    """A number as written, without context: ``kind`` is whole, clock, part (a half) or fraction."""

    kind: str
    value: int
    end: int
    of: int = WORST


def mentions(words: Sequence[str], lexicon: Lexicon) -> list[Mention]:
    """Return every number in a reply, in order."""
    if not any(w[0].isdigit() or w in lexicon.numbers or w == "half_mark" for w in words):
        return []
    contexts = _contexts(words, lexicon)
    listed = _list_marks(words)
    result, at = [], 0
    while at < len(words):
        amount = None if at in listed else _amount(words, at, lexicon)
        if amount is None:
            at += 1
            continue
        mention = _mention(words, at, amount, contexts, lexicon)
        result.append(mention)
        at = mention.end
    return result


def _list_marks(words: Sequence[str]) -> set[int]:
    """Find the 1 and the 2 of a numbered list: "1) 6 2) yes"."""
    if len(words) < 4 or words[0] != "1" or words[1] not in BOUNDARIES - {"-", "/"}:
        return set()
    second = next((i for i in range(2, len(words) - 1) if words[i] == "2" and words[i + 1] == words[1]), None)
    return set() if second is None else {0, second}


def _contexts(words: Sequence[str], lexicon: Lexicon) -> dict[int, set[str]]:
    """Map each number token to the labels of the phrases that cover it."""
    covered: dict[int, set[str]] = {}
    for found in lexicon.books["numbers"].find(words):
        for at in _numbers_of(found, words, lexicon):
            covered.setdefault(at, set()).add(found.label)
    return covered


def _numbers_of(found: PhraseMatch, words: Sequence[str], lexicon: Lexicon) -> list[int]:
    return [i for i in range(found.start, found.end) if words[i][0].isdigit() or words[i] in lexicon.numbers]


def _amount(words: Sequence[str], at: int, lexicon: Lexicon) -> Amount | None:
    word = words[at]
    if word in lexicon.numbers:
        return _spelled(words, at, lexicon)
    if not word[0].isdigit():
        return Amount("part", 0, at + 1) if word == "half_mark" else None
    whole = _WHOLE.fullmatch(word)
    if whole:
        return _with_half(words, at + 1, int(whole[1][:9]), lexicon)
    fraction = _FRACTION.fullmatch(word)
    if fraction:
        return Amount("fraction", int(fraction[1][:9]), at + 1, int(fraction[2][:9]))
    return Amount("clock" if _CLOCK.fullmatch(word) else _dotted(words, at), _leading(word), at + 1)


def _leading(word: str) -> int:
    digits = _DIGITS.match(word)
    return int(digits[0][:9]) if digits else 0


def _dotted(words: Sequence[str], at: int) -> str:
    return "quarter" if _QUARTER_HOUR.fullmatch(words[at]) else "part"


def _spelled(words: Sequence[str], at: int, lexicon: Lexicon) -> Amount:
    """Parse a number word; "twenty five" is one number."""
    value, end = lexicon.numbers[words[at]], at + 1
    if value >= 20 and end < len(words) and 0 < lexicon.numbers.get(words[end], 0) < 10:
        value, end = value + lexicon.numbers[words[end]], end + 1
    return _with_half(words, end, value, lexicon)


def _with_half(words: Sequence[str], end: int, value: int, lexicon: Lexicon) -> Amount:
    """Parse what follows a number: "and a half", ½ or 1/2 make it a part; "out of 10" a fraction."""
    if end < len(words) and words[end] in PARTS:
        return Amount("part", value, end + 1)
    for found in lexicon.books["after_number"].find(words[end : end + 5]):
        if found.start == 0 and found.label == "half":
            return Amount("part", value, end + found.end)
        if found.start == 0 and found.label == "whole":
            return Amount("whole", value, end + found.end)
        if found.start == 0 and found.label == "denominator":
            of = lexicon.value(words[end + found.end - 1])
            return Amount("fraction", value, end + found.end, of if of is not None else 0)
    return Amount("whole", value, end)


def _mention(words: Sequence[str], at: int, amount: Amount, contexts: dict[int, set[str]], lexicon: Lexicon) -> Mention:
    other = _range_end(words, amount.end, lexicon)
    if other and _apart(contexts.get(at, set()), contexts.get(other - 1, set())):
        other = None
    end = other or amount.end
    labels = set(contexts.get(at, ()))
    if other:
        labels |= contexts.get(end - 1, set()) - {"aside"}  # the "to 5" of "4 to 5" is part of the range
    if amount.kind == "part" and amount.end - at > 1:
        labels |= contexts.get(amount.end - 1, set())
    tier = 3 if "meant" in labels else 2 if "label" in labels else 1 if "hedge" in labels else 0
    kind, why = _kind(words, at, end, amount, labels, bool(other), lexicon)
    value = amount.value if kind == "score" else None
    beside = _beside(words, at, end, tier, labels, lexicon)
    if beside in ASIDE and kind == "refused" and (amount.value > WORST or amount.of != WORST):
        beside = "weak"  # "bp 120/80, legs 4": it could not be a score anyway
    if amount.kind == "fraction" and kind == "score":
        tier = max(tier, 2)
    return Mention(kind, value, at, end, tier, why, beside)


def _beside(words: Sequence[str], at: int, end: int, tier: int, labels: set[str], lexicon: Lexicon) -> str:
    """Classify a number by its clause, for choosing between numbers that disagree."""
    if "wavered" in labels:
        return "weak"
    lists, parts = lexicon.lists, BOUNDARIES | lexicon.lists["clause_joints"]
    start, stop = at, end
    while start > 0 and words[start - 1] not in parts:
        start -= 1
    while stop < len(words) and words[stop] not in parts:
        stop += 1
    following = words[end] if end < stop else ""
    thing = following.isalpha() and following not in lists["after_score"] and following not in lists["answer"]
    if thing and tier == 0 and (start < at or lexicon.value(words[at]) == 1):
        return "weak"
    around = {*words[start:at], *words[end:stop]}
    for kind in ("then", "now", "later"):
        if not around.isdisjoint(lists[f"{kind}_words"]):
            return kind
    told = lists["after_score"] | lists["answer"] | lists["range"] | lexicon.numbers.keys()
    if not any(w.isalpha() and w not in told for w in around):
        return ""
    return "story" if stop - start > STORY else "other"


STORY = 3  # words of a clause


def _apart(first: set[str], last: set[str]) -> bool:
    """Whether two numbers are not a range: "in bed at 11 and a 4", or a correction like "my 6 to a 5"."""
    if "dropped" in first and "dropped" not in last:
        return True
    return "apart" in last and bool(first & {"never", "aside"}) and not last & {"never", "aside"}


def _range_end(words: Sequence[str], at: int, lexicon: Lexicon) -> int | None:
    """Find the end of a range that continues here: "3 or 4", "3-4", "6 maybe 7", "between 6 and 7"."""
    joined = at
    while joined < min(len(words), at + 3) and words[joined] in lexicon.lists["range"]:
        joined += 1
    if joined == at or joined >= len(words):
        return None
    upper = _amount(words, joined, lexicon)
    return upper.end if upper else None


def _kind(  # noqa: PLR0911, C901 - one ordered list of reasons, read from top to bottom
    words: Sequence[str], at: int, end: int, amount: Amount, labels: set[str], ranged: bool, lexicon: Lexicon
) -> tuple[str, str]:
    if "never" in labels and not ("label" in labels and _word_of_answer(words, end + 1, lexicon)):
        return "ignored", "a time, a count or a scale, not a score"
    if "dropped" in labels:
        return "dropped", "the value they take back"
    if amount.kind == "clock" or _is_money_or_year(words, at, labels):
        return "ignored", "a clock time, an amount of money or a year"
    if "another" in labels:
        return "refused", ANOTHER
    if ranged and "spread" in labels:
        return "refused", "a range: never pick one"
    if "aside" in labels and not labels & {"label", "meant"}:
        return "ignored", "a time, a count or a date beside the answer"
    if _counts_things(words, at, end, labels, lexicon):
        return "ignored", "it counts something"
    if ranged:
        return "refused", "a range: never pick one"
    if amount.kind in ("part", "quarter"):
        return "refused", "not a whole number"
    helped = "relayed" in labels and _is_by_a_helper(words, lexicon)
    if ("refused" in labels and not helped) or _open_ended(words, at, end):
        return "refused", "more or less than a number is not that number"
    if amount.kind == "fraction" and amount.of != WORST:
        return "refused", f"out of {amount.of}, not out of 10"
    if not 0 <= amount.value <= WORST:
        return "refused", OUT_OF_RANGE
    return "score", "a whole number from 0 to 10"


def _is_money_or_year(words: Sequence[str], at: int, labels: set[str]) -> bool:
    """Whether it stands after a dollar sign, or is a year in two digits: "back in '09"."""
    year = at > 0 and _YEAR.fullmatch(words[at]) is not None and not labels & {"label", "meant"}
    return year or (at > 0 and words[at - 1] == "$")


def _is_by_a_helper(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether somebody at the participant's side says that they type, or who they are: "im his grandson"."""
    typing = not lexicon.lists["helping"].isdisjoint(words)
    return typing or any(found.label == "helper" for found in lexicon.books["rest"].find(words))


def _word_of_answer(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """Whether a yes or no stands here, as in "legs 7 stretches no": the 7 counts no stretches."""
    return at < len(words) and words[at] in lexicon.lists["bare_answers"] and lexicon.value(words[at]) is None


def _open_ended(words: Sequence[str], at: int, end: int) -> bool:
    """Whether it is "7+", a percentage, an inequality, or begins the message with a minus."""
    plus = end < len(words) and words[end] == "+" and (end + 1 == len(words) or words[end + 1] in BOUNDARIES)
    minus = at == 1 and words[0] == "-"
    return plus or minus or (end < len(words) and words[end] == "%") or (at > 0 and words[at - 1] in "<>")


def _counts_things(words: Sequence[str], at: int, end: int, labels: set[str], lexicon: Lexicon) -> bool:
    """Whether things are counted ("two cookies", "4 good stretches"), or "one" is only a pronoun."""
    if labels & {"label", "meant"}:
        return False
    following = words[end : end + 2]
    if following and _is_things(following[0], lexicon):
        return True
    described = len(following) == 2 and following[0] not in BOUNDARIES | lexicon.lists["after_score"]
    if described and _is_things(following[1], lexicon):
        return True
    return words[at] in lexicon.lists["pronoun_number"] and not _alone(words, at, end, labels, lexicon)


def _is_things(word: str, lexicon: Lexicon) -> bool:
    """Whether it is a plural, other than words listed as following a score and Spanish verbs ("un 3 digamos")."""
    plural = word[-1] == "s" and not word.endswith("mos")
    return word.isalpha() and len(word) > 3 and plural and word not in lexicon.lists["after_score"]


def _alone(words: Sequence[str], at: int, end: int, labels: set[str], lexicon: Lexicon) -> bool:
    answer = lexicon.lists["answer"]
    before = "hedge" in labels or at == 0 or words[at - 1] in BOUNDARIES or words[at - 1] in answer
    return before and (end >= len(words) or words[end] in BOUNDARIES or words[end] in answer)
