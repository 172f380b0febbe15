"""Replies by a machine, and what a person says beside words that phones send too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from coach.understanding import second_reader, small_intents
from coach.understanding.coach_review import BESIDE, sounds_like
from coach.understanding.languages import Lenses, first
from coach.understanding.result import Intent, Reading, TextSpan
from coach.understanding.second_reader import Impression
from coach.understanding.view import Lens
from coach.understanding.words.quoting import as_written
from coach.understanding.words.tokens import BOUNDARIES, Token

_BY_MACHINES = ("auto_reply", "auto_soft")  # nobody writes these by hand
_PROMISE = "auto_promise"  # phones send it and people write it: "can't talk now, I'll text you later"
SHORTEST_OWN = 4  # words besides those of the automatic reply


def find(lenses: Lenses) -> TextSpan | None:
    """Find the words of an automatic reply; a promise to answer later is one only if nothing is told beside it."""
    certain = first(partial(small_intents.find, label="auto_reply"), lenses)
    promised = certain or first(partial(small_intents.find, label=_PROMISE), lenses)
    return promised if certain or (promised is not None and not told_beside(lenses)) else None


def told_beside(lenses: Lenses) -> list[Token]:
    """Return the words beside a promise to answer later, or nothing if they are what a machine may say too.

    One word that no machine is known to send is enough: a person sees it then, instead of nobody.
    """
    if not any(lens.find("rest", lens.all, (_PROMISE,)) for lens in lenses):
        return []
    if any(lens.find("rest", lens.all, _BY_MACHINES) for lens in lenses):
        return []
    beside = _beside(lenses, (_PROMISE,))
    known = frozenset().union(*(lens.lexicon.lists["automatic_words"] for lens in lenses))
    told = any(token.text not in known for token in beside if token.kind == "word")
    return beside if told or any(_stands_apart(token, lenses[0]) for token in beside) else []


def _stands_apart(token: Token, lens: Lens) -> bool:
    """Whether it is a number that may be a score: "can't talk now, 7", but not "I'll text you at 7"."""
    at = lens.tokens.index(token)
    return token.kind == "number" and (at == 0 or lens.tokens[at - 1].text in BOUNDARIES)


def _beside(lenses: Lenses, labels: Sequence[str]) -> list[Token]:
    spans = [span for lens in lenses for span in _spans(lens, labels)]
    return [
        token
        for token in lenses[0].tokens
        if token.text not in BOUNDARIES and not any(span.start <= token.start < span.end for span in spans)
    ]


def _spans(lens: Lens, labels: Sequence[str]) -> list[TextSpan]:
    return [lens.span(found, lens.all, found.label, "") for found in lens.find("rest", lens.all, labels)]


def listen(whole: Impression, lenses: Lenses) -> Impression:
    """Score for danger also the words beside a promise to answer later, which could mask it."""
    own = told_beside(lenses)
    if not own:
        return whole
    beside = second_reader.impression(as_written(lenses[0].text, own))
    return second_reader.louder(whole, beside, ("crisis", "urgent", "medical"))


def read(machine: TextSpan, lenses: Lenses) -> Reading:
    """Read an automatic reply; danger in its other sentences is still acted on."""
    own = _beside(lenses, (*_BY_MACHINES, _PROMISE))
    beside = second_reader.impression(as_written(lenses[0].text, own)) if len(own) > SHORTEST_OWN else None
    if beside is not None:
        if sounds_like("crisis", beside, BESIDE):
            return Reading(Intent.CRISIS, why="Crisis: it sounds like one, beside what a machine wrote.")
        if sounds_like("urgent", beside, BESIDE):
            why = "It sounds like an emergency, beside what a machine wrote."
            return Reading(Intent.MEDICAL, urgency="emergency", why=why)
    return Reading(Intent.AUTO_REPLY, recognised=(machine,), why=f"Not an answer: {machine.why}.")
