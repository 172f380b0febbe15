"""A small phrase language, and a matcher that looks only where a phrase can begin.

A phrase is a line of words: ``want|wish to? die``. ``a|b`` is a choice, ``?`` makes a word optional, ``$name`` is a
word list of the lexicon, ``*3`` skips up to three words (never a boundary), ``<n>`` is any number, ``^`` is the start
of a clause and ``.`` its end (also as a choice: ``now|.``).

Phrases are indexed by possible first words, together with another word they need, so that only phrases that could
match are tried. Skips are bounded, so time is linear in the length of the reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from coach.understanding.words.tokens import BOUNDARIES


class Element(NamedTuple):
    """One element of a phrase."""

    words: frozenset[str]
    optional: bool = False
    gap: int = 0
    anchor: str = ""
    number: bool = False
    or_end: bool = False


class PhraseMatch(NamedTuple):
    """A phrase found at tokens ``start`` to ``end`` (exclusive)."""

    start: int
    end: int
    label: str


Phrase = tuple[Element, ...]


class FiledPhrase(NamedTuple):
    """An indexed phrase; the reply must contain one of ``needs`` unless it is empty."""

    label: str
    phrase: Phrase
    needs: frozenset[str]


class Drawer(NamedTuple):
    """The phrases under one first word, with their positions: ``by_need`` require another word, ``sure`` do not."""

    sure: tuple[tuple[int, FiledPhrase], ...]
    by_need: Mapping[str, tuple[tuple[int, FiledPhrase], ...]]

    def possible(self, present: frozenset[str]) -> list[FiledPhrase]:
        """Return the phrases whose needed word is present, in order."""
        needed = self.by_need.keys() & present
        if not needed:
            return [entry for _, entry in self.sure]
        found = dict(self.sure)
        for word in needed:
            found.update(self.by_need[word])
        return [found[place] for place in sorted(found)]


class PhraseError(ValueError):
    """A line of the lexicon is not a valid phrase."""


def compile_phrase(
    line: str, sets: Mapping[str, frozenset[str]], forms: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> Phrase:
    """Compile one line of the phrase language; a word with ``forms`` matches any of them.

    Raises:
        PhraseError: on an unknown word list, or a phrase that could match nothing.
    """
    phrase = tuple(_element(part, sets, forms) for part in line.split())
    if all(e.optional or e.gap or e.anchor for e in phrase):
        raise PhraseError(f"this phrase would match nothing: {line!r}")
    return phrase


def _element(part: str, sets: Mapping[str, frozenset[str]], forms: Mapping[str, frozenset[str]]) -> Element:
    if part in ("^", "."):
        return Element(frozenset(), anchor=part)
    if part[0] == "*" and len(part) > 1:
        if not part[1:].isdecimal() or part == "*0":
            raise PhraseError(f"no number of words to skip: {part!r}")
        return Element(frozenset(), gap=int(part[1:]))
    optional = part.endswith("?") and len(part) > 1
    words: set[str] = set()
    for choice in part.removesuffix("?").split("|"):
        if choice.startswith("$"):
            if choice[1:] not in sets:
                raise PhraseError(f"no word list {choice!r}")
            words |= sets[choice[1:]]
        elif not choice:
            raise PhraseError(f"an empty choice in {part!r}")
        else:
            words |= forms.get(choice, {choice})
    return Element(frozenset(words - {"<n>", "."}), optional, number="<n>" in words, or_end="." in words)


class PhraseBook:
    """Labeled phrases on one subject, indexed for matching."""

    def __init__(
        self,
        phrases: Mapping[str, Sequence[Phrase]],
        number_words: frozenset[str],
        barriers: frozenset[str] = frozenset(),
    ) -> None:
        """Index the phrases; ``barriers`` are words that a skip never crosses, besides boundary marks."""
        self._numbers = number_words
        self._barriers = BOUNDARIES | barriers
        self._first: dict[str, list[FiledPhrase]] = {}
        self._pairs: dict[str, dict[str, list[FiledPhrase]]] = {}
        self._number_first: list[FiledPhrase] = []
        self.words = frozenset(w for group in phrases.values() for p in group for e in p for w in e.words)
        self._rank = {label: rank for rank, label in enumerate(phrases)}
        for label, group in phrases.items():
            for phrase in group:
                self._index(label, phrase)
        for word in self._first.keys() | number_words:  # a number word also begins what any number begins
            if self._number_first and (word[0].isdigit() or word in number_words):
                self._first.setdefault(word, []).extend(self._number_first)
        self.heads = frozenset(self._first.keys() | self._pairs.keys())
        self._drawers = {word: _drawer(entries) for word, entries in self._first.items()}
        self._number_drawer = _drawer(self._number_first)
        self.begins_with_number = bool(self._number_first)

    def _index(self, label: str, phrase: Phrase) -> None:
        """Index a phrase by each first word, and by the second where it is certain.

        If the first word is optional, also index the phrase without it.
        """
        head = phrase[1] if phrase[0].anchor else phrase[0]
        if head.optional:
            rest = phrase[:1] + phrase[2:] if phrase[0].anchor else phrase[1:]
            self._index(label, rest)
            whole = tuple(e._replace(optional=False) if e is head else e for e in phrase)
            self._index(label, whole)
            return
        if head.gap or head.anchor:
            raise PhraseError(f"a phrase must begin with a word: {phrase!r}")
        entry = FiledPhrase(label, phrase, _needs(phrase, head))
        second = _second(phrase, head)
        for word in head.words:
            for following in second:
                self._pairs.setdefault(word, {}).setdefault(following, []).append(entry)
            if not second:
                self._first.setdefault(word, []).append(entry)
        if head.number:
            self._number_first.append(entry)

    def find(self, seq: Sequence[str]) -> list[PhraseMatch]:
        """Return all matches in a sequence of words; for each start and phrase the longest."""
        present = frozenset(seq)
        if not self._number_first and self.heads.isdisjoint(present):
            return []
        result, heads = [], self.heads
        for at, word in enumerate(seq):
            if word not in heads and not (self._number_first and word[0].isdigit()):
                continue
            for label, phrase, needs in self._filed(word, seq, at, present):
                if not needs or not needs.isdisjoint(present):
                    end = self._end(seq, at, phrase, 0)
                    if end > at:
                        result.append(PhraseMatch(at, end, label))
        return result

    def _filed(self, word: str, seq: Sequence[str], at: int, present: frozenset[str]) -> list[FiledPhrase]:
        """Return the phrases that can begin at this position."""
        drawer = self._drawers.get(word) or (self._number_drawer if word[0].isdigit() else None)
        entries = drawer.possible(present) if drawer else []
        followed = self._pairs.get(word)
        pairs = followed.get(seq[at + 1]) if followed and at + 1 < len(seq) else None
        return entries + pairs if pairs else entries

    def scan(self, seq: Sequence[str]) -> list[PhraseMatch]:
        """Return the leftmost, longest, non-overlapping matches; on a tie the label listed first wins."""
        best: dict[int, PhraseMatch] = {}
        for found in self.find(seq):
            other = best.get(found.start)
            if other is None or (found.end, -self._rank[found.label]) > (other.end, -self._rank[other.label]):
                best[found.start] = found
        chosen, reach = [], 0
        for start in sorted(best):
            if start >= reach:
                chosen.append(best[start])
                reach = best[start].end
        return chosen

    def _end(self, seq: Sequence[str], at: int, phrase: Phrase, k: int) -> int:
        """Match the rest of a phrase from here; return its latest end, or -1."""
        while k < len(phrase):
            element = phrase[k]
            if element.gap:
                return self._after_gap(seq, at, phrase, k)
            if element.anchor:
                if not _anchored(seq, at, element.anchor):
                    return -1
            elif at < len(seq) and self._is(seq[at], element):
                if element.optional:
                    return max(self._end(seq, at + 1, phrase, k + 1), self._end(seq, at, phrase, k + 1))
                at += 1
            elif not element.optional and not (element.or_end and _anchored(seq, at, ".")):
                return -1
            k += 1
        return at

    def _after_gap(self, seq: Sequence[str], at: int, phrase: Phrase, k: int) -> int:
        best = -1
        for skipped in range(phrase[k].gap + 1):
            best = max(best, self._end(seq, at + skipped, phrase, k + 1))
            if at + skipped >= len(seq) or seq[at + skipped] in self._barriers:
                break
        return best

    def _is(self, word: str, element: Element) -> bool:
        return word in element.words or (element.number and (word[0].isdigit() or word in self._numbers))


def _drawer(entries: Sequence[FiledPhrase]) -> Drawer:
    by_need: dict[str, list[tuple[int, FiledPhrase]]] = {}
    for place, entry in enumerate(entries):
        for word in entry.needs:
            by_need.setdefault(word, []).append((place, entry))
    sure = tuple((place, entry) for place, entry in enumerate(entries) if not entry.needs)
    return Drawer(sure, {word: tuple(found) for word, found in by_need.items()})


def _needs(phrase: Phrase, head: Element) -> frozenset[str]:
    """Return the smallest set of words of which a match must contain one."""
    certain = (e for e in phrase if e is not head and e.words and not (e.optional or e.or_end or e.number))
    return min((e.words for e in certain), key=len, default=frozenset())


def _second(phrase: Phrase, head: Element) -> frozenset[str]:
    """Return the words of which one must directly follow the first word."""
    after = phrase[phrase.index(head) + 1 :][:1]
    certain = [e.words for e in after if e.words and not (e.optional or e.or_end or e.number)]
    return certain[0] if certain else frozenset()


def _anchored(seq: Sequence[str], at: int, anchor: str) -> bool:
    if anchor == "^":
        return at == 0 or seq[at - 1] in BOUNDARIES
    return at >= len(seq) or seq[at] in BOUNDARIES
