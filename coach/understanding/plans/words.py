"""Find a plan of one's own in a text ("4 yes. After I brush my teeth I will stretch"), and what it is for. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from coach.understanding.plans.vocabulary import PlanVocabulary, plainly, vocabularies
from coach.understanding.words.lexicon import LANGUAGES, load
from coach.understanding.words.tokens import fold
from content.segments import normalise

SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
SHORTEST = 4  # words
ENDS = " \t.,;:!-"
CLAUSE = re.compile(r"[,.;:!?\n]")


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """A plan as they wrote it, on one line; `beside` is the rest of the text, `steps` what its deed may be."""

    words: str
    beside: str
    steps: frozenset[str]


def read_wish(text: str) -> str | None:
    """Return what a text asks for about plans: on, read, change, off or private; None if it does not.

    It asks in all its words but those of courtesy; a wish to change the plan may come before the new one.
    """
    said, begun = plainly(text), plainly(CLAUSE.split(text, maxsplit=1)[0])
    wish = next((what for one in vocabularies() for what, texts in one.asks.items() if said in texts), None)
    return wish or ("change" if any(begun in one.asks["change"] for one in vocabularies()) else None)


def find_plan(text: str) -> FoundPlan | None:
    """Return the first sentence that says when and what, without the answer that may stand before it."""
    sentences = [one for one in SENTENCE.split(normalise(text)) if one.strip()]
    for at, sentence in enumerate(sentences):
        for vocabulary in vocabularies():
            start = _start(sentence, vocabulary)
            if start is not None:
                rest = [*sentences[:at], sentence[:start], *sentences[at + 1 :]]
                words = as_kept(sentence[start:])
                return FoundPlan(words, " ".join(rest).strip(), _steps_of(words, vocabulary))
    return None


def as_kept(words: str) -> str:
    """Return a plan on one line as it is kept: without pictures, and without marks around it."""
    plain = "".join(one for one in normalise(words) if one.isspace() or not _is_picture(one))
    return " ".join(plain.split()).strip(ENDS)


def steps_in(text: str) -> frozenset[str]:
    """Return the steps that words name, in any language."""
    return frozenset().union(*(_named(plainly(text), one.steps) for one in vocabularies()))


def steps_of(words: str) -> frozenset[str]:
    """Return the steps that the deed of a plan names."""
    return frozenset().union(*(_steps_of(words, one) for one in vocabularies()))


def weekday_in(text: str) -> int | None:
    """Return the one ISO weekday that a text names."""
    said = plainly(text).split()
    named = {
        load(language).weekdays[word] for language in LANGUAGES for word in said if word in load(language).weekdays
    }
    return named.pop() if len(named) == 1 else None


def _is_picture(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk", "Cs", "Co", "Cn", "Mn", "Cf")


def _flat(text: str) -> str:
    """Fold letter by letter, so that places stay the same."""
    return "".join(fold(one) if one.isalpha() and len(fold(one)) == 1 else one for one in text)


def _start(sentence: str, vocabulary: PlanVocabulary) -> int | None:
    """Return where a plan begins in a sentence, or None. What stands before it and says nothing belongs to neither."""
    flat = _flat(sentence)
    when, will = vocabulary.when.search(flat), vocabulary.will.search(flat)
    if sentence.rstrip().endswith("?") or vocabulary.to_us.search(flat) or when is None:
        return None
    if will is None:
        deed = flat[when.end() :]
        if when.start() > 0 or not _named(plainly(deed), vocabulary.steps):
            return None
    start = min(one.start() for one in (when, will) if one is not None)
    return start if len(flat[start:].split()) >= SHORTEST else None


def _steps_of(words: str, vocabulary: PlanVocabulary) -> frozenset[str]:
    """Return the steps that the deed of a plan names, or those of all its words if the deed cannot be told apart."""
    flat = _flat(words)
    will = vocabulary.will.search(flat)
    if will is None:
        return _named(plainly(flat.rpartition(",")[2]), vocabulary.steps)
    deed = flat[will.start() :]
    when = vocabulary.when.search(deed)
    return _named(plainly(deed[: when.start()] if when else deed), vocabulary.steps)


def _named(words: str, steps: Mapping[str, frozenset[str]]) -> frozenset[str]:
    said = set(words.split())
    return frozenset(id for id, names in steps.items() if not said.isdisjoint(names))
