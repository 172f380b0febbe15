"""What must never be missed: a wish to be dead, a sign of an emergency, a word about medicine or the body.

Each rule returns what it found, with the place in the reply, or None. The order between them is in ``understand``.
"""

from __future__ import annotations

from dataclasses import dataclass

from coach.understanding.result import TextSpan, Urgency
from coach.understanding.view import Lens, WordView
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES


@dataclass(frozen=True)
class Alarm:
    """A safety rule that matched. ``bars`` is the tag of the steps that it speaks against."""

    span: TextSpan
    urgency: Urgency | None = None
    bars: str | None = None


def crisis(lens: Lens) -> Alarm | None:
    """A death wish or self-harm, whatever stands beside it; idioms ("dead tired") are neutral phrases."""
    found = lens.find("crisis", lens.plain, ("crisis",)) or _grave(lens)
    if not found:
        return None
    return Alarm(lens.span(found[0], lens.plain, "crisis", "words of self-harm or of wishing to be dead"))


def _grave(lens: Lens) -> list[PhraseMatch]:
    """A word of death that no idiom and nobody else owns, said of oneself (or of nobody, in a few words) and
    beside no score: heard, not weighed."""
    found = lens.find("crisis", lens.plain, ("grave",))
    words, lexicon = lens.plain.words, lens.lexicon
    spoken_of_oneself = len(words) <= 4 or not lexicon.lists["first_person"].isdisjoint(words)
    if not found or not spoken_of_oneself:
        return []
    return [] if any(w[0].isdigit() or w in lexicon.numbers for w in words) else found


def worry(lens: Lens) -> TextSpan | None:
    """Words that match no rule but should be read by a person soon."""
    worrying = lens.find("crisis", lens.plain, ("worrying", "denied"))
    if not worrying:
        return None
    return lens.span(worrying[0], lens.plain, "worry", "words that worry: please read")


def medical(lens: Lens) -> Alarm | None:
    """An emergency, a sign to be seen the same day, or a question or a problem with a medicine."""
    found = lens.find("medical", lens.sentences)
    for label, urgency, why in _URGENT:
        hits = [f for f in found if f.label == label]
        if hits:
            return Alarm(lens.span(hits[0], lens.sentences, "medical", why), urgency, _bars(lens))
    for f in found:
        if f.label == "medicine" and _asked_about(lens, lens.sentences, f):
            return Alarm(lens.span(f, lens.sentences, "medical", "asks about a medicine or a supplement"), "same_day")
    return None


def emergency(lens: Lens) -> Alarm | None:
    """Signs of an emergency of the body."""
    found = medical(lens)
    return found if found is not None and found.urgency == "emergency" else None


def _bars(lens: Lens) -> str | None:
    """A swollen or hot leg speaks against massage and stretching, whatever else is told."""
    words, lists = frozenset(lens.plain.words), lens.lexicon.lists
    return "leg_swelling" if words & lists["swelling"] and words & lists["body"] else None


_URGENT: tuple[tuple[str, Urgency, str], ...] = (
    ("emergency", "emergency", "signs of an emergency"),
    ("same_day", "same_day", "about medicine, or a sign a clinician should hear of"),
)


def medicine(lens: Lens) -> TextSpan | None:
    """A mere mention of a medicine: no flag, but shown to the coach."""
    found = lens.find("medical", lens.sentences, ("medicine",))
    return (
        lens.span(found[0], lens.sentences, "medicine", "a medicine is mentioned, nothing is asked") if found else None
    )


def _asked_about(lens: Lens, view: WordView, found: PhraseMatch) -> bool:
    """Whether the sentence a medicine stands in asks something."""
    start, end = found.start, found.end
    while start > 0 and view.words[start - 1] not in BOUNDARIES:
        start -= 1
    while end < len(view.words) and view.words[end] not in BOUNDARIES:
        end += 1
    question = end < len(view.words) and view.words[end] == "?"
    return question or not lens.lexicon.lists["ask_words"].isdisjoint(view.words[start : found.start])
