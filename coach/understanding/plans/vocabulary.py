"""The words of plans, loaded once from `content/lexicon/<language>/plans.toml`."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from coach.understanding.words.lexicon import LANGUAGES, load
from coach.understanding.words.tokens import fold

_COURTESY = re.compile(
    r"\b(?:please|thanks|thank you|actually|again|(?:can|could) you|por favor|gracias|otra vez|me puedes?|puedes?)\b"
)


@dataclass(frozen=True, slots=True)
class PlanVocabulary:
    """A language's words: patterns for parts of a plan, whole texts that ask for something, and names of steps."""

    when: re.Pattern[str]
    will: re.Pattern[str]
    before: re.Pattern[str]
    to_us: re.Pattern[str]
    unfit: Mapping[str, re.Pattern[str]]
    asks: Mapping[str, frozenset[str]]
    steps: Mapping[str, frozenset[str]]


@cache
def vocabularies() -> tuple[PlanVocabulary, ...]:
    """Return the vocabularies of all languages, English first."""
    return tuple(map(_load, LANGUAGES))


def _load(language: str) -> PlanVocabulary:
    data = tomllib.loads((files("content") / "lexicon" / language / "plans.toml").read_text("utf-8"))["plans"]
    lexicon = load(language)
    named = {id: frozenset(words.split()) for id, words in data["steps"].items()}
    return PlanVocabulary(
        _any(data["when"]),
        _any(data["will"]),
        re.compile(rf"^\W*(?:(?:{'|'.join(data['before'])})\b\W*)+"),
        _any(data["to_us"]),
        {name: _any(data[name]) for name in ("harm", "medicine", "phones")},
        {what: frozenset(map(plainly, texts)) for what, texts in data["asks"].items()},
        {id: lexicon.steps.get(id, frozenset()) | named.get(id, frozenset()) for id in {*lexicon.steps, *named}},
    )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


def plainly(text: str) -> str:
    """Fold a text to bare words in lowercase, without accents, marks and courtesy."""
    words = re.findall(r"\w+", fold(text))
    return " ".join(_COURTESY.sub(" ", " ".join(words)).split())
