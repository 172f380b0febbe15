"""Rules for what must never be missed: suicidal words, signs of an emergency, medical matters.

Each rule returns what it found and where, or None. ``coach.understanding.read`` orders them.
"""

from __future__ import annotations

from dataclasses import dataclass

from coach.understanding import small_intents
from coach.understanding.alarms import amounts
from coach.understanding.result import AT_THE_WHEEL, FIRE, TextSpan, Urgency
from coach.understanding.view import Lens, WordView
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES


@dataclass(frozen=True)
class Alarm:
    """A safety rule that matched. ``bars`` is the tag of the steps it contraindicates."""

    span: TextSpan
    urgency: Urgency | None = None
    bars: str | None = None


# Self-harm, violence by somebody near, and violence that is announced.
OF_OTHERS = ("abuse", "threat", "harm")
CRISES = ("crisis", "ending", *OF_OTHERS)


def crisis(lens: Lens, called: TextSpan | None = None) -> Alarm | None:
    """Find a death wish or self-harm, whatever surrounds it; idioms ("dead tired") are neutral phrases.

    ``called``: the words by which they tell of a call for help, which name none: "I talked to the crisis line".
    """
    found = _apart_from(called, lens, lens.find("crisis", lens.plain, CRISES)) or _grave(lens)
    if not found:
        return None
    return Alarm(lens.span(found[0], lens.plain, "crisis", _why(lens, {one.label for one in found})))


def _why(lens: Lens, labels: set[str]) -> str:
    of_others = not labels.isdisjoint(OF_OTHERS) or by_somebody_else(lens)
    if of_others:
        return _OF_BOTH if labels & {"crisis", "ending"} else _OF_OTHERS
    return _OF_ONESELF


_OF_ONESELF = "words of self-harm or of wishing to be dead"
_OF_OTHERS = "words of violence, or of harm to somebody else"
_OF_BOTH = "words of violence, and of self-harm or of wishing to be dead"


def ending_of_life(lens: Lens) -> TextSpan | None:
    """Find the words of ending a service that are said of life: "unsubscribe me from life"."""
    found = lens.find("crisis", lens.plain, ("ending",))
    return lens.span(found[0], lens.plain, "crisis", "asks to end life as one ends a service") if found else None


def _grave(lens: Lens) -> list[PhraseMatch]:
    """Find a death-related word that no idiom or other person explains, in a short or first-person message without a
    number; such a message counts as a crisis.
    """
    found = lens.find("crisis", lens.plain, ("grave",))
    words, lexicon = lens.plain.words, lens.lexicon
    spoken_of_oneself = len(words) <= 4 or not lexicon.lists["first_person"].isdisjoint(words)
    if not found or not spoken_of_oneself:
        return []
    return [] if any(w[0].isdigit() or w in lexicon.numbers for w in words) else found


def by_somebody_else(lens: Lens) -> bool:
    """Whether the danger comes from somebody else, and not from somebody's own hand."""
    if lens.find("crisis", lens.plain, ("abuse",)):
        return True
    own_hand = not lens.lexicon.lists["own_hand"].isdisjoint(lens.words)
    return not own_hand and bool(lens.find("crisis", lens.plain, ("violence",)))


def harmless(lens: Lens) -> list[TextSpan]:
    """Find what the rules know to be no danger.

    Whole idioms, a nick, a harmless drink, a call for help that was heard, good wishes, and good news from a hospital.
    """
    slight = lens.find("medical", lens.sentences, ("slight",))
    small = lens.find("crisis", lens.plain, ("harmless",))
    found = [
        *lens.idioms(),
        *(lens.span(one, lens.sentences, "slight", "nothing grave") for one in slight),
        *(lens.span(one, lens.plain, "harmless", "nothing grave") for one in small),
    ]
    beside = (called_help(lens), small_intents.small_talk(lens), *small_intents.recovery(lens))
    return [*found, *(one for one in beside if one is not None)]


def called_help(lens: Lens) -> TextSpan | None:
    """Find that they have called a crisis line or the emergency number, unless nobody came to it."""
    found = lens.find("rest", lens.all, ("called_help",))
    if not found or lens.find("rest", lens.all, ("not_helped",)):
        return None
    return lens.span(found[0], lens.all, "called_help", "has called for help")


def _apart_from(called: TextSpan | None, lens: Lens, found: list[PhraseMatch]) -> list[PhraseMatch]:
    if called is None:
        return found
    spans = [(one, lens.span(one, lens.plain, "crisis", "")) for one in found]
    return [one for one, span in spans if span.end <= called.start or called.end <= span.start]


def worry(lens: Lens, called: TextSpan | None = None) -> TextSpan | None:
    """Find words that are no crisis by the rules but should be read by a person soon."""
    worrying = _apart_from(called, lens, lens.find("crisis", lens.plain, ("worrying", "denied")))
    if not worrying:
        return None
    return lens.span(worrying[0], lens.plain, "worry", "words that worry: please read")


def medical(lens: Lens) -> Alarm | None:
    """Find an emergency, a same-day sign, or a question about a medicine."""
    found, amount = lens.find("medical", lens.sentences), amounts.find(lens)
    for label, urgency, why in _URGENT:
        hits = [f for f in found if f.label == label]
        if hits:
            return Alarm(lens.span(hits[0], lens.sentences, _kind_of(label), why), urgency, _bars(lens))
        if amount is not None and amount.urgency == urgency:
            return Alarm(amount.span, urgency)
    for f in found:
        if f.label == "medicine" and _asked_about(lens, lens.sentences, f):
            return Alarm(lens.span(f, lens.sentences, "medical", "asks about a medicine or a supplement"), "same_day")
    return None


def emergency(lens: Lens) -> Alarm | None:
    """Find signs of a physical emergency."""
    found = medical(lens)
    return found if found is not None and found.urgency == "emergency" else None


def _bars(lens: Lens) -> str | None:
    """Return the tag that bars massage and stretching if a leg is swollen or hot."""
    words, lists = frozenset(lens.plain.words), lens.lexicon.lists
    return "leg_swelling" if words & lists["swelling"] and words & lists["body"] else None


def _kind_of(label: str) -> str:
    return label if label in (AT_THE_WHEEL, FIRE) else "medical"


_URGENT: tuple[tuple[str, Urgency, str], ...] = (
    (FIRE, "emergency", "fire, smoke or gas"),
    ("emergency", "emergency", "signs of an emergency"),
    (AT_THE_WHEEL, "same_day", "sleepy at the wheel"),
    ("same_day", "same_day", "about medicine, or a sign a clinician should hear of"),
)


def medicine(lens: Lens) -> TextSpan | None:
    """Find a mention of a medicine, which is shown to the coach without a flag."""
    found = lens.find("medical", lens.sentences, ("medicine",))
    return (
        lens.span(found[0], lens.sentences, "medicine", "a medicine is mentioned, nothing is asked") if found else None
    )


def _asked_about(lens: Lens, view: WordView, found: PhraseMatch) -> bool:
    """Whether the sentence that mentions a medicine asks something."""
    start, end = found.start, found.end
    while start > 0 and view.words[start - 1] not in BOUNDARIES:
        start -= 1
    while end < len(view.words) and view.words[end] not in BOUNDARIES:
        end += 1
    question = end < len(view.words) and view.words[end] == "?"
    return question or not lens.lexicon.lists["ask_words"].isdisjoint(view.words[start : found.start])
