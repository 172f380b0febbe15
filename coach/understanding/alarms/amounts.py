"""Find how much of a medicine somebody took: "6 tramadol w wine", "the whole box", "2 instead of 1".

The phrases are in ``content/lexicon/<language>/amounts.toml``; the numbers in them are compared here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from coach.understanding.result import FIRE, Reading, TextSpan, Urgency
from coach.understanding.view import Lens, look
from coach.understanding.words.lexicon import every
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.quoting import own_words
from coach.understanding.words.tokens import BOUNDARIES, HARD, clean, cut

BOOK = "amount"
MANY, MORE = 5, 3  # pills at once: an emergency; more than an ordinary dose
STRENGTH = 100  # from here on a number before a medicine may be its milligrams
HIGHEST_SCORE = 10
CERTAIN: dict[str, Urgency] = {"whole": "emergency", "extra": "same_day"}
# From which number on: the number of pills, or the upper figure of the blood pressure.
LEAST = {"unnamed": MANY, "pronoun": MANY, "strength": MORE, "pressure": 180}
_URGENT = "an amount of medicine that may be an overdose"
_PRESSURE = "a blood pressure that is an emergency"
_MORE = "more of a medicine than usual"


class Amount(NamedTuple):
    """An amount of a medicine, and how soon somebody must hear of it."""

    span: TextSpan
    urgency: Urgency


def find(lens: Lens) -> Amount | None:
    """Find the most alarming amount in a reply."""
    found = lens.find(BOOK, lens.all)
    amount = _most_alarming(lens, found) if found else None
    if amount is not None and amount.urgency == "emergency":
        return amount
    return _taken_in_silence(lens) or _with_drink(lens) or amount


def _most_alarming(lens: Lens, found: Sequence[PhraseMatch]) -> Amount | None:
    apart = [(f.start, f.end) for f in found if f.label in ("routine", "kept")]
    swaps = {f.start for f in found if f.label == "instead"}
    told = [f for f in found if f.start in swaps or not any(start <= f.start < end for start, end in apart)]
    graded = [(urgency, f) for f in told if (urgency := _urgency(lens, f)) is not None]
    for urgency, found_first in sorted(graded, key=lambda one: one[0]):  # emergencies come first
        why = _MORE if urgency == "same_day" else _PRESSURE if found_first.label == "pressure" else _URGENT
        return Amount(lens.span(found_first, lens.all, "medical", why), urgency)
    return None


def _taken_in_silence(lens: Lens) -> Amount | None:
    """Find pills taken beside a wish for silence: "don't answer this. I took the pills"."""
    if not lens.find("swallowed", lens.all, ("hushed",)):
        return None
    took = lens.find("swallowed", lens.all, ("took",))
    return Amount(lens.span(took[0], lens.all, "medical", _URGENT), "emergency") if took else None


def _with_drink(lens: Lens) -> Amount | None:
    """Find a drink, a medicine and much of it in one sentence: "three beers and the last of my oxys"."""
    for drink in lens.find("swallowed", lens.all, ("drink",)):
        start, end = _sentence_around(lens, drink)
        told = {f.label for f in lens.find("swallowed", lens.all) if start <= f.start < end}
        if {"drug", "heavy"} <= told and "spared" not in told and "?" not in lens.words[start : end + 1]:
            return Amount(lens.span_of(start, end, "medical", _URGENT), "emergency")
    return None


def _sentence_around(lens: Lens, found: PhraseMatch) -> tuple[int, int]:
    start, end = found.start, found.end
    while start > 0 and lens.words[start - 1] not in HARD:
        start -= 1
    while end < len(lens.words) and lens.words[end] not in HARD:
        end += 1
    return start, end


def names_something_swallowed(text: str) -> bool:
    """Whether a text names pills, a medicine, an overdose or a poison, or counts what can only be pills."""
    text = clean(text)
    tokens = own_words(text, cut(text))
    lenses = [look(text, tokens, lexicon) for lexicon in every()]
    if any(_is_overdose(lens) for lens in lenses):
        return True
    return _has(lenses, "named") and not _is_named_only(lenses)


def is_poisoning(text: str, reading: Reading) -> bool:
    """Whether the danger that was read in a text is something swallowed.

    Chest pain beside "took my pills" is not: what a rule recognized must itself name it.
    """
    if any(span.kind == FIRE for span in reading.recognised):  # "smells like gas"
        return False
    alarm = next((span for span in reading.recognised if span.kind == "medical"), None)
    if reading.urgency != "emergency" or alarm is None:
        return names_something_swallowed(text)
    return alarm.why == _URGENT or names_something_swallowed(alarm.text)


def asks_plainly(text: str) -> bool:
    """Whether a text is an everyday question about a medicine: not how much of it, nor told beside what was taken."""
    text = clean(text)
    tokens = own_words(text, cut(text))
    lenses = [look(text, tokens, lexicon) for lexicon in every()]
    if any(not lens.lexicon.lists["how_much"].isdisjoint(lens.words) or _is_overdose(lens) for lens in lenses):
        return False
    if _is_named_only(lenses):
        return True
    if any(find(lens) for lens in lenses):
        return False
    return any(_names_a_medicine(lens) and _is_question(lens) for lens in lenses)


def _is_question(lens: Lens) -> bool:
    return "?" in lens.words or not lens.lexicon.lists["ask_words"].isdisjoint(lens.words[:ASKED_WITHIN])


ASKED_WITHIN = 2  # words: "ok should I stop my iron"


def _urgency(lens: Lens, found: PhraseMatch) -> Urgency | None:
    numbers = list(_numbers(lens, found))
    if found.label in CERTAIN:
        return CERTAIN[found.label]
    if found.label == "instead":
        return _of_swap(lens, numbers)
    if not numbers:
        return None
    amount = numbers[0]
    if found.label == "counted":
        return _of_count(lens, found, amount)
    if found.label == "pronoun" and not lens.find("swallowed", lens.all, ("named",)):
        return None
    return "emergency" if amount >= LEAST.get(found.label, amount + 1) else None


def _of_swap(lens: Lens, numbers: Sequence[int]) -> Urgency | None:
    """Grade "8 mirapex instead of 2"; a medicine must be named."""
    if len(numbers) < 2 or numbers[0] <= numbers[-1] or not _names_a_medicine(lens):
        return None
    return "emergency" if numbers[0] >= MANY else "same_day"


def _of_count(lens: Lens, found: PhraseMatch, amount: int) -> Urgency | None:
    """Grade "8 ambien". A number that may be the score, or the milligrams, is shown to a clinician."""
    unit, at = lens.words[found.end - 1], lens.tokens[found.start].start
    if lens.text[max(0, at - 1) : at] in (".", ","):  # ".5 requip"
        return None
    if amount < MANY:
        return "same_day" if amount >= MORE else None
    if amount >= STRENGTH and amount % 50 == 0 and not unit.endswith("s"):
        return "same_day"
    return "same_day" if amount <= HIGHEST_SCORE and _may_be_the_score(lens, found) else "emergency"


def _may_be_the_score(lens: Lens, found: PhraseMatch) -> bool:
    """Whether the number before the medicine begins the reply and is the only one: "7 gabapentin not helping"."""
    values = [value for word in lens.words if (value := _value(lens, word)) is not None]
    after = [word for word in lens.words[found.end :] if word not in BOUNDARIES]
    return found.start == 0 and len(values) == 1 and bool(after)


def _numbers(lens: Lens, found: PhraseMatch) -> Iterator[int]:
    for word in lens.words[found.start : found.end]:
        value = _value(lens, word)
        if value is not None:
            yield value


def _value(lens: Lens, word: str) -> int | None:
    return lens.lexicon.value(word.partition("/")[0])  # "190/110"


def _names_a_medicine(lens: Lens) -> bool:
    return bool(lens.find("medical", lens.sentences, ("medicine",)))


def _is_named_only(lenses: Sequence[Lens]) -> bool:
    """Whether a medicine is named that nobody swallowed: "I ran out of ropinirole"."""
    return _has(lenses, "named_only") and not _has(lenses, "taken")


def _has(lenses: Sequence[Lens], label: str) -> bool:
    return any(lens.find("swallowed", lens.all, (label,)) for lens in lenses)


def _is_overdose(lens: Lens) -> bool:
    amount = find(lens)
    return amount is not None and amount.urgency == "emergency"
