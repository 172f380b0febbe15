"""A small phrase language, and a matcher that looks only where a phrase can begin.

A phrase is a line of words: ``want|wish to? die``. ``a|b`` is a choice, ``?`` makes a word optional, ``$name`` is a
word list of the lexicon, ``*3`` skips up to three words (never a boundary), ``<n>`` is any number, ``^`` is the start
of a clause and ``.`` its end (also as a choice: ``now|.``).

Phrases are indexed by possible first words and matched together, word by word, like a finite automaton. Its states are
built when a reply first needs them, and cached. Skips are bounded, so time is linear in the length of the reply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

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


class Place(NamedTuple):
    """An element of a phrase that the next word is matched with; ``skipped`` counts the words a ``*3`` has skipped."""

    phrase: int
    element: int
    skipped: int


class State:
    """The places that can be reached at the same word, and a cache of its moves."""

    __slots__ = ("after_mark", "expected", "moves", "places")

    def __init__(self, places: frozenset[Place], *, after_mark: bool) -> None:
        """``after_mark``: the previous token is a boundary, or there is none."""
        self.places = places
        self.after_mark = after_mark
        self.expected: frozenset[str] | None = None  # words named at one of the places
        self.moves: dict[str | None, Move] = {}


class Move(NamedTuple):
    """The phrases that end before a word, and the state after it; None if no phrase continues."""

    ended: tuple[int, ...]
    after: State | None


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
        self.words = frozenset(w for group in phrases.values() for p in group for e in p for w in e.words)
        self._vocabulary = self.words | number_words | self._barriers
        self._rank = {label: rank for rank, label in enumerate(phrases)}
        begun = [one for label, group in phrases.items() for phrase in group for one in _begun(label, phrase)]
        numeric = [one for one in begun if one.head.number]
        # The order of matches that begin at the same word.
        order = [one for one in begun if not one.in_pair], numeric, [one for one in begun if one.in_pair]
        self._phrases = [(one.label, one.phrase) for group in order for one in group]
        self._first: dict[str, list[int]] = {}
        numbers = number_words | {_NUMBER} | {word for word in self._vocabulary if word[0].isdigit()}
        at = 0
        for group in order:
            for one in group:
                for word in numbers if group is numeric else one.head.words:
                    self._first.setdefault(word, []).append(at)
                at += 1
        self.begins_with_number = bool(numeric)
        self.heads = frozenset(self._first)
        self._named: dict[tuple[str, ...], frozenset[str]] = {}
        self._states: dict[tuple[frozenset[Place], bool], State] = {}
        self._begun: tuple[dict[str, State | None], dict[str, State | None]] = {}, {}  # by whether after a mark

    def named(self, *labels: str) -> frozenset[str]:
        """Return the words that the phrases with these labels name."""
        kept = self._named.get(labels)
        if kept is None:
            of_these = (phrase for label, phrase in self._phrases if label in labels)
            kept = self._named[labels] = frozenset(word for phrase in of_these for e in phrase for word in e.words)
        return kept

    def find(self, seq: Sequence[str]) -> list[PhraseMatch]:
        """Return all matches in a sequence of words; for each start and phrase the longest."""
        known = self._vocabulary
        words: list[Any] = [w if w in known else _NUMBER if w[0].isdigit() else _OTHER for w in seq]
        words.append(None)
        result = list[PhraseMatch]()
        for at in [at for at, word in enumerate(words) if word in self.heads]:
            begun = self._begun[at == 0 or words[at - 1] in BOUNDARIES]
            state = begun[words[at]] if words[at] in begun else self._begin(words[at], begun)
            place, ends = at + 1, dict[int, int]()
            while state is not None:
                move = state.moves.get(words[place]) or self._move(state, words[place])
                for phrase in move.ended:
                    ends[phrase] = place
                state = move.after
                place += 1
            if ends:
                result += [PhraseMatch(at, ends[phrase], self._phrases[phrase][0]) for phrase in sorted(ends)]
        return result

    def _begin(self, word: str, begun: dict[str, State | None]) -> State | None:
        """Build and cache the state after a first word."""
        places = frozenset(Place(phrase, 0, 0) for phrase in self._first[word])
        state = begun[word] = self._build_move(State(places, after_mark=begun is self._begun[True]), word).after
        return state

    def _move(self, state: State, word: str | None) -> Move:
        """Build and cache the move of a word in a state; None stands for the end of the reply."""
        if state.expected is None:
            state.expected = self._expected(state)
        if word is None or word in self._barriers or word in state.expected:
            move = self._build_move(state, word)
        else:  # the same move as for any other word, or any other number
            other = _NUMBER if word[0].isdigit() or word in self._numbers else _OTHER
            move = state.moves.get(other) or state.moves.setdefault(other, self._build_move(state, other))
        state.moves[word] = move
        return move

    def _expected(self, state: State) -> frozenset[str]:
        """Return the words that a phrase names at one of its places in a state."""
        expected = set[str]()
        for phrase, first, _ in state.places:
            for element in self._phrases[phrase][1][first:]:
                expected |= element.words
                if (element.words or element.number) and not (element.optional or element.or_end):
                    break
        return frozenset(expected)

    def _build_move(self, state: State, word: str | None) -> Move:
        at_mark = word is None or word in BOUNDARIES
        ended: set[int] = set()
        after: set[Place] = set()
        left = list(state.places)
        while left:
            place = left.pop()
            phrase = self._phrases[place.phrase][1]
            if place.element == len(phrase):
                ended.add(place.phrase)
                continue
            element, following = phrase[place.element], Place(place.phrase, place.element + 1, 0)
            if element.gap:
                goes_on = True
                if word is not None and word not in self._barriers and place.skipped < element.gap:
                    after.add(place._replace(skipped=place.skipped + 1))
            elif element.anchor:
                goes_on = state.after_mark if element.anchor == "^" else at_mark
            elif word is not None and self._is(word, element):
                after.add(following)
                goes_on = element.optional
            else:
                goes_on = element.optional or (element.or_end and at_mark)
            if goes_on:
                left.append(following)
        return Move(tuple(ended), self._state(frozenset(after), at_mark) if after else None)

    def _state(self, places: frozenset[Place], after_mark: bool) -> State:
        """Return the state of some places; the cache is cleared at a limit, to bound memory whatever arrives."""
        state = self._states.get((places, after_mark))
        if state is None:
            if len(self._states) >= MOST_STATES:
                for kept in (self._states, *self._begun):
                    kept.clear()
            state = self._states[places, after_mark] = State(places, after_mark=after_mark)
        return state

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

    def _is(self, word: str, element: Element) -> bool:
        return word in element.words or (element.number and (word[0].isdigit() or word in self._numbers))


class Begun(NamedTuple):
    """A phrase whose first element is required; ``in_pair``: so is the second."""

    label: str
    phrase: Phrase
    head: Element
    in_pair: bool


def _begun(label: str, phrase: Phrase) -> Iterator[Begun]:
    """Yield a phrase; if its first word is optional, yield it with and without that word."""
    head = phrase[1] if phrase[0].anchor else phrase[0]
    if head.optional:
        yield from _begun(label, phrase[:1] + phrase[2:] if phrase[0].anchor else phrase[1:])
        yield from _begun(label, tuple(e._replace(optional=False) if e is head else e for e in phrase))
        return
    if head.gap or head.anchor:
        raise PhraseError(f"a phrase must begin with a word: {phrase!r}")
    yield Begun(label, phrase, head, _is_certain(phrase[phrase.index(head) + 1 :][:1]))


def _is_certain(after: Phrase) -> bool:
    return any(e.words and not (e.optional or e.or_end or e.number) for e in after)


MOST_STATES = 20_000
_NUMBER, _OTHER = "0\t", "\t"  # stand for any number and any word that no phrase names
