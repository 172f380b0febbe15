"""A language's vocabulary, loaded once from ``content/lexicon`` and indexed for lookup."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from coach.understanding.words.patterns import Phrase, PhraseBook, compile_phrase
from coach.understanding.words.spelling import Spelling
from coach.understanding.words.tokens import BOUNDARIES, Token

LANGUAGES = ("en", "es")
PLAIN = ("explained", "common", "polite", "answer", "after_score")  # lists of words without content of their own
ALARMS = ("crisis", "opt_out", "medical")  # books in which a word matches all its inflected forms

_PARTS = re.compile(r"[^\W\d_]+|\d+")
_INSIDE = re.compile(r"[^\W\d_]+\d{1,2}[^\W\d_]+")
_LETTERS = str.maketrans("013457", "oieast")
_MEANT = {"2": "to", "4": "for"}  # in "STOP2END"


@dataclass(frozen=True)
class Lexicon:
    """One language: its spelling, its numbers, its word lists and its books of phrases.

    `steps` maps strategy ids to the words by which people name them.
    """

    language: str
    spelling: Spelling
    numbers: Mapping[str, int]
    known: frozenset[str]
    lists: Mapping[str, frozenset[str]]
    books: Mapping[str, PhraseBook]
    weekdays: Mapping[str, int]
    spoken_times: Mapping[str, str]
    day_units: Mapping[str, int]
    months: Mapping[str, int]
    holidays: Mapping[str, str]
    steps: Mapping[str, frozenset[str]]
    beginnings: Mapping[str, frozenset[str]]
    plain: frozenset[str]

    def read(self, tokens: Sequence[Token]) -> list[Token]:
        """Rewrite tokens into the words phrases are written in: "dont" becomes do, not; "8y" becomes 8, y."""
        result: list[Token] = []
        for token in tokens:
            if token.kind == "word":
                words = self.spelling.canonical(token.text)
                if words == (token.text,):
                    result.append(token)
                else:
                    result.extend([Token(w, token.start, token.end, "word") for w in words])
            elif token.kind == "mixed":
                result.extend(self._mixed(token))
            else:
                result.append(token)
        return result

    def _mixed(self, token: Token) -> list[Token]:
        variant = self.spelling.variants.get(token.text)
        if variant is None and _INSIDE.fullmatch(token.text):
            variant = self._glued(token.text)
        if variant is None and token.text[0] in "015" and token.text.translate(_LETTERS) in self.known:
            variant = (token.text.translate(_LETTERS),)  # "0pt 0ut"
        if variant is None and token.text.translate(_LETTERS) in self.spelling.swappable:
            variant = (token.text.translate(_LETTERS),)  # "d13"
        if variant is not None:
            return [Token(w, token.start, token.end, "word") for w in variant]
        result = []
        for part in _PARTS.finditer(token.text):
            start = min(token.start + part.start(), token.end)
            end = min(token.start + part.end(), token.end)
            if part.group()[0].isdigit():
                result.append(Token(part.group(), start, end, "number"))
            else:
                result.extend(Token(w, start, end, "word") for w in self.spelling.canonical(part.group()))
        return result

    def _glued(self, text: str) -> tuple[str, ...]:
        """Read letters around a digit as one word: "st0p", "k1ll", "STOP2END"; else keep the token as it is."""
        letters = text.translate(_LETTERS)
        if letters in self.known:
            return (letters,)
        before, digit, after = _PARTS.findall(text)
        if digit in _MEANT and before in self.known and after in self.known:
            return (before, _MEANT[digit], after)
        return (text,)

    def value(self, word: str) -> int | None:
        """Return the whole number a token stands for, or None."""
        if word.isdecimal():
            return int(word[:9])
        return self.numbers.get(word)

    def possible_books(self, words: Sequence[str]) -> set[str]:
        """Return the books with a phrase that can begin with one of the words."""
        beginnings, found = self.beginnings, set[str]()
        for word in words:
            books = beginnings.get(word)
            if books is not None:
                found |= books
            elif word[0].isdigit():
                found |= beginnings["0"]
        return found

    def share_known(self, tokens: Sequence[Token]) -> float:
        """Return the share of words this language knows, 0 to 1, used to detect the language."""
        words = [t.text for t in tokens if t.kind == "word" and t.text not in BOUNDARIES]
        if not words:
            return 1.0
        return sum(map(self.known.__contains__, words)) / len(words)


@cache
def load(language: str) -> Lexicon:
    """Load a language's lexicon, cached.

    Raises:
        KeyError: the language has no lexicon.
        coach.understanding.words.patterns.PhraseError: a line is not a valid phrase.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    return _build(language, _read_files(language))


def _read_files(language: str) -> dict[str, object]:
    """Merge a language's files; each has tables of its own and phrases on its subject."""
    data: dict[str, object] = {"phrases": {}}
    for file in (files("content") / "lexicon" / language).iterdir():
        if file.name.endswith(".toml"):
            found = tomllib.loads(file.read_text("utf-8"))
            data["phrases"] |= found.pop("phrases", {})
            data |= found
    return data


def _build(language: str, data: Mapping[str, Any]) -> Lexicon:
    sets = {name: frozenset(words.split()) for name, words in data["sets"].items()}
    steps = {id: frozenset(words.split()) for id, words in (data["step_words"] | data["avoided_words"]).items()}
    sets["step"] = frozenset().union(*steps.values())
    sets["doing"] = frozenset().union(*(steps[id] for id in data["step_words"]))
    lists = {name: frozenset(words.split()) for name, words in data["lists"].items()}
    forms = {word: frozenset([word, *others.split()]) for word, others in data["forms"].items()}
    numbers = {word: int(value) for word, value in data["numbers"].items()}
    number_words = frozenset(numbers)
    books = {
        name: PhraseBook(
            {label: _phrases(text, lists | sets, forms if name in ALARMS else {}) for label, text in book.items()},
            number_words,
            barriers=lists["negations"] if name == "habit" else frozenset(),
        )
        for name, book in data["phrases"].items()
    }
    known = number_words.union(
        data["times"]["weekdays"],
        data["times"]["months"],
        data["times"]["spoken"],
        " ".join(data["times"]["holidays"]).split(),
        *lists.values(),
        *sets.values(),
        *(book.words for book in books.values()),
    )
    spelling = Spelling(
        variants={k: tuple(v.split()) for k, v in data["spelling"]["variants"].items()},
        known=known,
        correctable=frozenset(data["spelling"]["correctable"].split()),
        false_friends=frozenset(data["spelling"]["false_friends"].split()),
        stems=number_words,
        suffixes=tuple(data["spelling"]["suffixes"].split()),
        swappable=frozenset(data["spelling"]["swappable"].split()),
        endings=data["spelling"]["endings"],
    )
    days = data["times"]
    return Lexicon(
        language,
        spelling,
        numbers,
        known,
        lists,
        books,
        days["weekdays"],
        days["spoken"],
        days["units"],
        days["months"],
        days["holidays"],
        steps,
        _beginnings(books),
        frozenset().union(*(lists[name] for name in PLAIN)),
    )


def _beginnings(books: Mapping[str, PhraseBook]) -> dict[str, frozenset[str]]:
    """Map each word that can begin a phrase to its books; "0" stands for any number."""
    heads = {word for book in books.values() for word in book.heads}
    numeric = frozenset(name for name, book in books.items() if book.begins_with_number)
    result = {word: frozenset(name for name, book in books.items() if word in book.heads) for word in heads | {"0"}}
    return {word: found | numeric if word[0].isdigit() else found for word, found in result.items()}


def _phrases(text: str, sets: Mapping[str, frozenset[str]], forms: Mapping[str, frozenset[str]]) -> list[Phrase]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [compile_phrase(line, sets, forms) for line in lines if line]


@cache
def every() -> tuple[Lexicon, ...]:
    """Return all lexicons, English first."""
    return tuple(load(language) for language in LANGUAGES)
