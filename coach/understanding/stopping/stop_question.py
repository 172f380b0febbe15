"""Read what answers other questions of ours: whether to stop, whether to start, until when to pause."""

from __future__ import annotations

from collections.abc import Container

from coach.understanding import commands
from coach.understanding.result import Command
from coach.understanding.stopping import stops
from coach.understanding.view import Lens, look
from coach.understanding.words.lexicon import every
from coach.understanding.words.tokens import clean, cut


def wants_texts(text: str) -> bool | None:
    """Return whether the writer wants the texts to go on, or None if they leave it open.

    What they say of the texts ("keep them", "I want out") outranks the yes or no before it. A yes beside other matters
    decides nothing, because nobody is opted out on a guess; a no beside other matters does. A stop ends them if it has
    no words about anything else: "tell my wife to stop using my phone" does.
    """
    text = clean(text)
    lenses = [look(text, cut(text), lexicon) for lexicon in every()]
    said = set().union(*map(_said_of_the_texts, lenses))
    if said == {False} or (not said and any(stops.find(lens) is not None for lens in lenses)):
        return False if any(map(_says_only_stop, lenses)) else None
    said = said or {answer for lens in lenses for answer in _yes_or_no(lens)}
    return said.pop() if len(said) == 1 else None


def _says_only_stop(lens: Lens) -> bool:
    """Whether a text has only the words of a yes, a stop and courtesy."""
    lists = lens.lexicon.lists
    return all(word in lists["stop_answer_words"] | lists["polite"] for word in lens.plain.words)


def begins_with_yes(text: str) -> bool:
    """Whether the first word is a yes: "yes but not on Sundays" is no consent, and no refusal either."""
    lenses = [look(text, cut(text), lexicon) for text in (clean(text),) for lexicon in every()]
    return any(lens.plain.words and lens.plain.words[0] in lens.lexicon.lists["consent_words"] for lens in lenses)


def wants_back(text: str) -> bool:
    """Whether somebody whose texts are paused asks for them again in few words: "don't skip it", "back please"."""
    lenses = [look(text, cut(text), lexicon) for text in (clean(text),) for lexicon in every()]
    return any(lens.find("back", lens.all, ("back",)) for lens in lenses)


def asks_back(text: str) -> bool:
    """Whether somebody who stopped the texts asks for them again: "I miss the texts", "changed my mind"."""
    lenses = [look(text, cut(text), lexicon) for text in (clean(text),) for lexicon in every()]
    return any(lens.find("back", lens.all, ("back", "stopped")) for lens in lenses)


def until_meant(text: str) -> Command | None:
    """Read "I meant January 20th" after a pause, or None."""
    lenses = [look(text, cut(text), lexicon) for text in (clean(text),) for lexicon in every()]
    return next((command for lens in lenses if (command := commands.until_meant(lens)) is not None), None)


def _said_of_the_texts(lens: Lens) -> set[bool]:
    """Whether the texts are to go on; "stop worrying" and "stop by the store" are about something else."""
    other = lens.lexicon.books["opt_out"].find(lens.all.words)
    places = {place for one in other if one.label == "neutral" for place in range(one.start, one.end)}
    said = lens.lexicon.books["stop_answer"].scan(lens.all.words)
    return {one.label == "on" for one in said if one.label == "on" or places.isdisjoint(range(one.start, one.end))}


def _yes_or_no(lens: Lens) -> set[bool]:
    found = lens.lexicon.books["stop_yes_no"].scan(lens.all.words)
    if not found or found[0].start > 0:
        return set()
    if found[0].label == "nay":
        return {True}
    return {False} if _is_courtesy(lens, {i for one in found for i in range(one.start, one.end)}) else set()


def _is_courtesy(lens: Lens, answered: Container[int]) -> bool:
    lists = lens.lexicon.lists
    allowed = lists["polite"] | lists["consent_courtesy"] | lists["ack_cores"]
    return all(word in allowed or i in answered for word, i in zip(lens.plain.words, lens.plain.at, strict=True))
