"""One reply seen through one language: its tokens, and the same words without marks where these do not matter."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from coach.understanding.lexicon import Lexicon
from coach.understanding.normalise import BOUNDARIES, HARD, Token
from coach.understanding.patterns import Found
from coach.understanding.reading import Span


@dataclass(frozen=True)
class View:
    """Some of a reply's words, with the token each of them is."""

    words: Sequence[str]
    at: Sequence[int]


@dataclass(frozen=True)
class Lens:
    """A reply in the words of one lexicon."""

    text: str
    lexicon: Lexicon
    tokens: Sequence[Token]
    _found: dict[str, list[Found]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def words(self) -> list[str]:
        """The token texts, boundary marks and all."""
        return [t.text for t in self.tokens]

    @cached_property
    def all(self) -> View:
        """Everything, boundary marks and all."""
        return View(self.words, range(len(self.words)))

    @cached_property
    def plain(self) -> View:
        """Words only: a death wish is one whatever the punctuation."""
        return self._without(BOUNDARIES)

    @cached_property
    def sentences(self) -> View:
        """Words and the ends of sentences: "Please stop. Texts are fine" must not join up."""
        return self._without(BOUNDARIES - HARD)

    def _without(self, marks: frozenset[str]) -> View:
        kept = [i for i, w in enumerate(self.words) if w not in marks]
        return View([self.words[i] for i in kept], kept)

    def find(self, book: str, view: View, labels: Container[str] = ()) -> list[Found]:
        """Phrases of a book in its view, without those that begin inside a neutral phrase; all labels or some.

        A book is always looked for in the same view, so what it found is remembered by the book alone.
        """
        found = self._found.get(book)
        if found is None:
            found = self._found[book] = _unmasked(self.lexicon.books[book].find(view.words))
        return [f for f in found if f.label in labels] if found and labels else found

    def span(self, found: Found, view: View | None, kind: str, why: str) -> Span:
        """Where a phrase stands in the reply itself."""
        first, last = found.start, found.end - 1
        if view is not None:
            first, last = view.at[first], view.at[last]
        return self.span_of(first, last + 1, kind, why)

    def span_of(self, first: int, end: int, kind: str, why: str) -> Span:
        """The span of tokens ``first`` to ``end``."""
        start, stop = self.tokens[first].start, self.tokens[end - 1].end
        return Span(start, stop, kind, self.text[start:stop], why)

    def hide(self, hidden: Iterable[int]) -> list[str]:
        """The token texts with some of them hidden behind a mark, so that nothing reads across them."""
        words = list(self.words)
        for i in hidden:
            words[i] = ","
        return words


_MASKS = frozenset({"neutral", "denied"})


def _unmasked(every: list[Found]) -> list[Found]:
    """Without the neutral phrases and what begins inside one; "not suicidal" masks too, but is told."""
    masked = {i for f in every if f.label in _MASKS for i in range(f.start, f.end)}
    if not masked:
        return every
    return [f for f in every if f.label == "denied" or (f.label != "neutral" and f.start not in masked)]
