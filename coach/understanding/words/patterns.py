"""A small language for phrases, and a matcher that looks only where a phrase can begin.

A phrase is a line of words: ``want|wish to? die``. ``a|b`` is a choice, ``?`` makes a word optional, ``$name`` is a
word list of the lexicon, ``*3`` skips up to three words (never a boundary), ``<n>`` is any number, ``^`` is the start
of a clause and ``.`` its end (also as a choice: ``now|.``).

Every phrase is filed under each of its possible first words, with the rarest other word it needs, so a reply pays only
for the phrases that could be in it. Skips are bounded, so time stays linear in the length of the reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from coach.understanding.words.tokens import BOUNDARIES


class Element(NamedTuple):
    """One place in a phrase."""

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
    """A phrase as filed: ``needs`` are words of which one must be in the reply, empty when nothing is certain."""

    label: str
    phrase: Phrase
    needs: frozenset[str]


class Drawer(NamedTuple):
    """The phrases under one first word, each with its place among them: ``sure`` need no other, ``by_need`` one."""

    sure: tuple[tuple[int, FiledPhrase], ...]
    by_need: Mapping[str, tuple[tuple[int, FiledPhrase], ...]]

    def possible(self, present: frozenset[str]) -> list[FiledPhrase]:
        """Those whose needed word is among the present ones, in their order."""
        needed = self.by_need.keys() & present
        if not needed:
            return [entry for _, entry in self.sure]
        found = dict(self.sure)
        for word in needed:
            found.update(self.by_need[word])
        return [found[place] for place in sorted(found)]


class PhraseError(ValueError):
    """A line of the lexicon that is no phrase."""


def compile_phrase(
    line: str, sets: Mapping[str, frozenset[str]], forms: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> Phrase:
    """Read one line of the phrase language; a word with ``forms`` stands for each of them.

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
    """Labelled phrases of one purpose, ready to look for."""

    def __init__(
        self,
        phrases: Mapping[str, Sequence[Phrase]],
        number_words: frozenset[str],
        barriers: frozenset[str] = frozenset(),
    ) -> None:
        """Index the phrases; ``barriers`` are words a skip never crosses, beside the boundary marks."""
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
        """File a phrase under each first word, with the second where that is certain.

        An optional first word files the rest as well.
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
        """Every phrase found in a sequence of token texts, for each start and phrase its longest match."""
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
        """The phrases that can begin with the word at a place."""
        drawer = self._drawers.get(word) or (self._number_drawer if word[0].isdigit() else None)
        entries = drawer.possible(present) if drawer else []
        followed = self._pairs.get(word)
        pairs = followed.get(seq[at + 1]) if followed and at + 1 < len(seq) else None
        return entries + pairs if pairs else entries

    def scan(self, seq: Sequence[str]) -> list[PhraseMatch]:
        """Leftmost, longest, non-overlapping; between equals the label listed first wins."""
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
        """Where the rest of a phrase, matched from here, ends at the latest; -1 when it does not match."""
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
    """The fewest words of which one must follow the first word of a phrase."""
    certain = (e for e in phrase if e is not head and e.words and not (e.optional or e.or_end or e.number))
    return min((e.words for e in certain), key=len, default=frozenset())


def _second(phrase: Phrase, head: Element) -> frozenset[str]:
    """The words of which one must stand right after the first word of a phrase."""
    after = phrase[phrase.index(head) + 1 :][:1]
    certain = [e.words for e in after if e.words and not (e.optional or e.or_end or e.number)]
    return certain[0] if certain else frozenset()


def _anchored(seq: Sequence[str], at: int, anchor: str) -> bool:
    if anchor == "^":
        return at == 0 or seq[at - 1] in BOUNDARIES
    return at >= len(seq) or seq[at] in BOUNDARIES
