"""One reply in one language: its words, with and without punctuation."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from coach.understanding.result import TextSpan
from coach.understanding.words.lexicon import Lexicon
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES, HARD, Token

OWN_NAME = "ownname"  # stands for the participant's name in the lexicon

_SOFT = BOUNDARIES - HARD
_KEPT = frozenset({"denied", "good_news", "go_on", "aftermath"})
_EXPLAINED = _KEPT | {"neutral"}
_MASKS = _KEPT | {"neutral", "idiom"}


class WordView(NamedTuple):
    """Some of a reply's words, with the index of each one's token."""

    words: Sequence[str]
    at: Sequence[int]


@dataclass(frozen=True)
class Lens:
    """A reply in the spelling of one lexicon.

    ``all`` has all punctuation; ``plain`` has words only, because a death wish is one whatever the punctuation;
    ``sentences`` keeps the ends of sentences, so that "Please stop. Texts are fine" does not join up. ``share_known``
    is the share of its words the lexicon knows; ``possible`` names the books with a phrase that could begin in it.
    """

    text: str
    lexicon: Lexicon
    tokens: Sequence[Token]
    words: Sequence[str]
    all: WordView
    plain: WordView
    sentences: WordView
    share_known: float
    possible: Container[str]
    _matched: dict[str, list[PhraseMatch]] = field(default_factory=dict, repr=False, compare=False)
    _found: dict[str, list[PhraseMatch]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, book: str, view: WordView, labels: Container[str] = ()) -> list[PhraseMatch]:
        """Find phrases of a book, except those that begin inside a neutral phrase; optionally only some labels.

        A book is always searched in the same view, so results are cached by book.
        """
        if book not in self.possible:
            return []
        found = self._found.get(book)
        if found is None:
            found = self._found[book] = _unmasked(self._matches(book, view), view, self.lexicon.lists["body"])
        return [f for f in found if f.label in labels] if found and labels else found

    def has_neutral(self, book: str, view: WordView) -> bool:
        """Whether a phrase uses a book's words for something else: an idiom, a denial."""
        return book in self.possible and any(f.label in _EXPLAINED for f in self._matches(book, view))

    def about_else(self, book: str, view: WordView) -> list[TextSpan]:
        """Find the phrases that use a book's words for something else, or deny them."""
        found = self._matches(book, view) if book in self.possible else []
        return [self.span(f, view, "else", "about something else") for f in found if f.label in _EXPLAINED]

    def _matches(self, book: str, view: WordView) -> list[PhraseMatch]:
        found = self._matched.get(book)
        if found is None:
            negations = self.lexicon.lists["negations"]
            every = self.lexicon.books[book].find(view.words)
            found = self._matched[book] = [f for f in every if not _cut_off(f, view, negations)]
        return found

    def idioms(self) -> list[TextSpan]:
        """Find whole idioms ("do it or die trying"), whose words alarm nobody: what they leave out is judged alone."""
        views = {"crisis": self.plain, "medical": self.sentences}
        found = [(f, view) for book, view in views.items() if book in self.possible for f in self._matches(book, view)]
        return [self.span(f, view, "idiom", "an idiom") for f, view in found if f.label == "idiom"]

    def span(self, found: PhraseMatch, view: WordView, kind: str, why: str) -> TextSpan:
        """Locate a phrase found in a view in the reply itself."""
        return self.span_of(view.at[found.start], view.at[found.end - 1] + 1, kind, why)

    def span_of(self, first: int, end: int, kind: str, why: str) -> TextSpan:
        """Return the span of tokens ``first`` to ``end`` (exclusive)."""
        start, stop = self.tokens[first].start, self.tokens[end - 1].end
        return TextSpan(start, stop, kind, self.text[start:stop], why)

    def hide(self, hidden: Iterable[int]) -> list[str]:
        """Return the token texts with some replaced by commas, so that no phrase matches across them."""
        words = list(self.words)
        for i in hidden:
            words[i] = ","
        return words


def look(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Lens:
    """Build the view of a tokenized reply in one lexicon."""
    tokens = lexicon.read(tokens)
    words = [t.text for t in tokens]
    everything, share = WordView(words, range(len(words))), lexicon.share_known(tokens)
    possible = lexicon.possible_books(words)
    if BOUNDARIES.isdisjoint(words):
        return Lens(text, lexicon, tokens, words, everything, everything, everything, share, possible)
    plain, sentences = _without(words, BOUNDARIES), _without(words, _SOFT)
    return Lens(text, lexicon, tokens, words, everything, plain, sentences, share, possible)


def _without(words: Sequence[str], marks: frozenset[str]) -> WordView:
    kept = [i for i, w in enumerate(words) if w not in marks]
    return WordView([words[i] for i in kept], kept)


def _cut_off(found: PhraseMatch, view: WordView, negations: Container[str]) -> bool:
    """Whether punctuation separates a seeming denial: "no, me quiero morir" denies nothing."""
    if found.label != "denied" and not (found.label == "neutral" and view.words[found.start] in negations):
        return False
    return found.end - found.start > 1 and view.at[found.start + 1] > view.at[found.start] + 1


def _unmasked(every: list[PhraseMatch], view: WordView, body: frozenset[str]) -> list[PhraseMatch]:
    """Drop neutral phrases and what begins inside one; "not suicidal" and "keep them coming" mask too, but are kept.

    A sure stop that begins a clause is never masked ("don't pause it, stop the texts"), unless it addresses the body
    ("legs, stop it!").
    """
    masked = {i for f in every if f.label in _MASKS for i in range(f.start, f.end)}
    if not masked:
        return every
    return [
        f
        for f in every
        if f.label in _KEPT
        or (f.label not in _MASKS and f.start not in masked)
        or (f.label == "sure" and _begins_a_clause(f, view) and body.isdisjoint(view.words[f.start : f.end]))
    ]


def _begins_a_clause(found: PhraseMatch, view: WordView) -> bool:
    return found.start > 0 and view.at[found.start] > view.at[found.start - 1] + 1
