"""Map words as typed to the words of the lexicon, by explicit rules only.

In order: a listed variant ("plz", "dont", "gr8"); a known word as it is; a drawn-out word ("yesss", "siix"); a number
word with a listed suffix ("sevenish"); a spoken ending ("nothin", "cansao"); two letters swapped in a short
word listed for it ("lief"); one typing error (a letter missing, added, changed or swapped) in a word listed as
correctable, unless the word is a listed false friend ("then" is not ten, "fine" is not nine). Anything else is
left unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_RUN = re.compile(r"(.)\1{2,}")
_LAST_RUN = re.compile(r"(.)\1+$")
_DOUBLE = re.compile(r"(.)\1")
_CACHE_LIMIT = 20_000  # bounds memory, whatever arrives


@dataclass(frozen=True)
class Spelling:
    """The spelling rules of one language. ``canonical`` caches its results."""

    variants: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    correctable: frozenset[str]
    false_friends: frozenset[str]
    stems: frozenset[str]
    suffixes: tuple[str, ...]
    swappable: frozenset[str] = frozenset()
    endings: Mapping[str, str] = field(default_factory=dict)
    _swapped: dict[str, str] = field(init=False, repr=False)
    _near: dict[str, set[str]] = field(init=False, repr=False)
    _seen: dict[str, tuple[str, ...]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        near: dict[str, set[str]] = {}
        for word in self.correctable:
            for shorter in _without_one(word):
                near.setdefault(shorter, set()).add(word)
        object.__setattr__(self, "_near", near)
        object.__setattr__(self, "_swapped", {typed: word for word in self.swappable for typed in _swaps(word)})

    def canonical(self, word: str) -> tuple[str, ...]:
        """Return the words a folded word stands for: one or more."""
        seen = self._seen.get(word)
        if seen is None:
            seen = self._work_out(word)
            if len(self._seen) < _CACHE_LIMIT and len(word) < 30:
                self._seen[word] = seen
        return seen

    def _work_out(self, word: str) -> tuple[str, ...]:
        for form in (word, *_shortened(word)):
            if form in self.variants:
                return self.variants[form]
            if form in self.known:
                return (form,)
        ended = self._by_ending(word)
        if ended is not None:
            return ended
        undoubled = _DOUBLE.sub(r"\1", word)
        if word not in self.false_friends and (undoubled in self.stems or undoubled in self.swappable):
            return (undoubled,)
        corrected = self._corrected(word)
        return self.variants.get(corrected, (corrected,))

    def _by_ending(self, word: str) -> tuple[str, ...] | None:
        for suffix in self.suffixes:
            if word.endswith(suffix) and word.removesuffix(suffix) in self.stems:
                return (word.removesuffix(suffix), suffix)
        for spoken, written in self.endings.items():
            if word.endswith(spoken) and word.removesuffix(spoken) + written in self.known:
                return (word.removesuffix(spoken) + written,)
        return None

    def _corrected(self, word: str) -> str:
        """Return the one correctable word a single error away, or the word itself."""
        if word in self.false_friends:
            return word
        if word in self._swapped or len(word) < 4 or len(word) > 20:
            return self._swapped.get(word, word)
        forms = (word, *_without_one(word))
        near = {w for form in forms for w in self._near.get(form, ())} | self.correctable.intersection(forms)
        near = {w for w in near if _one_slip(w, word)}
        return near.pop() if len(near) == 1 else word


def _shortened(word: str) -> Iterator[str]:
    """Yield a drawn-out word with its runs shortened: "yessss", "noo", "sooo"."""
    if _RUN.search(word):
        yield _RUN.sub(r"\1", word)
        yield _RUN.sub(r"\1\1", word)
    if _LAST_RUN.search(word):
        yield _LAST_RUN.sub(r"\1", _RUN.sub(r"\1", word))


def _swaps(word: str) -> set[str]:
    return {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)} - {word}


def _without_one(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


def _one_slip(intended: str, typed: str) -> bool:
    """Whether the words differ by one letter missing, added or changed, or by two swapped neighbors."""
    if abs(len(intended) - len(typed)) > 1:
        return False
    at = 0
    while at < min(len(intended), len(typed)) and intended[at] == typed[at]:
        at += 1
    a, b = intended[at:], typed[at:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and len(b) > 1 and a[2:] == b[2:])
