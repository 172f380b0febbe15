"""Notice who writes and what has become of the participant, beside whatever else a text says.

A text may come from somebody else: a relative with news of a death or an illness, somebody who asks what we were told,
a parent of a child. It may also say that the participant is alive, or in a hospital. `coach.conversation` decides what
follows; nothing here is an answer to a check-in.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from coach.understanding import small_intents
from coach.understanding.languages import Lenses, first
from coach.understanding.read import REMEMBERED, is_remembered, view
from coach.understanding.view import OWN_NAME, Lens
from coach.understanding.words.tokens import clean, fold


class People(NamedTuple):
    """What a text says about people.

    ``other_hand``: somebody else writes; ``asks_of_them``: to learn of the participant. ``died``: the participant has
    died; ``grief``: somebody they love has, and ``lately``: not years ago. ``news``: the participant is gravely ill or
    hurt, as told by another; ``in_care``: where help is at hand. ``in_hospital``: the writer tells so of themself.
    ``mine``: the phone is the participant's, who is alive. ``death``: there are words of a death, whoever died.
    ``minor``: the participant is under age. ``may_write``: we may write again. ``asks_of_texts``: it asks what our
    texts are about, which is about the participant only if somebody else asks. ``cared_for``: whoever was in danger has
    help; ``asks_of_clinic``: when or where the clinic is. ``other_back``: whoever is feared is back or comes;
    ``safe_to_call``: a call is safe now; ``call_later``: one is wanted later, ``wants_contact``: now; ``only_mine``:
    nobody else has this phone. ``line_failed``: a crisis line or the emergency number did not help. ``not_them``: the
    writer is not the participant. ``missing``: somebody is looked for, who left, is not home or cannot be found.
    """

    other_hand: bool = False
    asks_of_them: bool = False
    died: bool = False
    death: bool = False
    grief: bool = False
    lately: bool = False
    news: bool = False
    in_care: bool = False
    in_hospital: bool = False
    mine: bool = False
    minor: bool = False
    may_write: bool = False
    asks_of_texts: bool = False
    cared_for: bool = False
    asks_of_clinic: bool = False
    other_back: bool = False
    safe_to_call: bool = False
    call_later: bool = False
    wants_contact: bool = False
    only_mine: bool = False
    line_failed: bool = False
    not_them: bool = False
    missing: bool = False

    @property
    def is_another(self) -> bool:
        """Whether somebody else writes."""
        return self.other_hand or self.asks_of_them


NOTHING_NOTICED = People()


def notice(text: str, name: str | None = None) -> People:
    """Notice what a text says about people; ``name`` is the participant's first name."""
    if is_remembered(text, name) and not _says_their_name(text, name):
        return _remembered(text)
    return _notice(text, name)


def _notice(text: str, name: str | None = None) -> People:
    lenses = view(text, name)
    told = {label for lens in lenses for label in _PEOPLE if lens.find("people", lens.all, (label,))}
    other_hand, grief = _told(lenses, "other_hand"), _told(lenses, "grief")
    answered = any(token.kind in ("number", "mixed") for token in lenses[0].tokens)
    # "My husband is in the ICU" is the writer's own story; beside an answer a mere "he" is somebody of theirs as well.
    of_theirs = "own" in told or answered
    recovers = any(small_intents.recovery(lens) for lens in lenses)
    died = first(small_intents.death, lenses) is not None or any(
        _is_gone(lens, other_hand=other_hand) for lens in lenses
    )
    return People(
        other_hand=other_hand,
        asks_of_them="asks_of_them" in told or (other_hand and "asks_of_texts" in told),
        died=died,
        death=died or "death" in told,
        grief=grief and not died,
        lately=all(lens.lexicon.lists["long_ago"].isdisjoint(lens.words) for lens in lenses),
        news=("news" in told and not recovers and (_names_them(lenses) or not of_theirs))
        or (other_hand and bool(told & _GRAVE)),
        in_care="in_care" in told,
        in_hospital="own_hospital" in told and "not_own_hospital" not in told and not other_hand,
        mine=("mine" in told or _says_their_name(text, name)) and not _told(lenses, "not_them"),
        minor=any(_is_under_age(lens, other_hand=other_hand) for lens in lenses),
        may_write="may_write" in told,
        asks_of_texts="asks_of_texts" in told,
        cared_for="cared_for" in told and "not_cared_for" not in told,
        asks_of_clinic="asks_of_clinic" in told,
        other_back="other_back" in told and "not_back" not in told,
        safe_to_call=("safe_to_call" in told or told >= _OUT) and "not_safe_to_call" not in told,
        wants_contact="wants_contact" in told,
        call_later="call_later" in told and "not_safe_to_call" not in told,
        only_mine="only_mine" in told,
        line_failed="line_failed" in told,
        not_them=_told(lenses, "not_them"),
        missing="missing" in told,
    )


_remembered = lru_cache(maxsize=REMEMBERED)(_notice)


def beside_their_questions(text: str, name: str | None = None) -> str:
    """Return what a text says beside its questions about the participant or our texts, which may quote danger."""
    parts = _PARTS.split(text)
    return ". ".join(part.strip() for part in parts if part.strip() and not _is_their_question(part, name))


def _is_their_question(part: str, name: str | None) -> bool:
    people = notice(part, name)
    return _ASKS.match(part) is not None and (people.asks_of_them or people.asks_of_texts)


_PARTS = re.compile(r"[.!?;,\n]+")
_ASKS = re.compile(
    r"\W*(?:(?:and|but|so|hi|hello|hey|ok|y|pero|hola) )*(?:what|why|who|when|where|did|do|does|is|are|has|was|can"
    r"|could|send|give|show|tell|i (?:need|want)|qu[eé]|por qu[eé]|qui[eé]n|cu[aá]ndo|c[oó]mo"
    r"|di[gm]\w*|mand\w*|d[eé]\w*)\b",
    re.IGNORECASE,
)


_PEOPLE = (
    *("mine", "asks_of_them", "asks_of_texts", "news", "own", "in_care", "death"),
    *("own_hospital", "not_own_hospital", "may_write"),
    *("cared_for", "not_cared_for", "asks_of_clinic"),
    *("other_back", "not_back", "safe_to_call", "not_safe_to_call", "only_mine", "line_failed"),
    *("other_out", "wants_contact", "call_later", "missing"),
)
_OUT = frozenset({"other_out", "wants_contact"})  # "she left again. call"
_GRAVE = frozenset({"news", "in_care"})
OF_AGE = 18


def _told(lenses: Lenses, label: str) -> bool:
    return any(lens.find("rest", lens.all, (label,)) for lens in lenses)


def _says_their_name(text: str, name: str | None) -> bool:
    """Whether a text gives the participant's name in a shorter form: "this is Walt" for Walter."""
    said = (fold(one) for one in _THIS_IS.findall(clean(text)))
    return name is not None and any(len(one) >= SHORTEST_NAME and fold(name).startswith(one) for one in said)


_THIS_IS = re.compile(
    r"\b(?:(?:it|this|that)(?: is|'?s|’s)|i(?: am|'?m|’m)|soy|habla)(?: just| still)? ([^\W\d_]+)"
    r"(?=\W*$|[.,;!?\n]| (?:again|here|now|speaking|please|otra|ya|aqu[ií])\b)",
    re.IGNORECASE,
)
SHORTEST_NAME = 3


def _is_gone(lens: Lens, *, other_hand: bool) -> bool:
    """Whether "he's gone" stands beside words about our texts, or "ya descansó" has the accent of him or her."""
    for one in lens.find("people", lens.all, ("gone",)):
        said = lens.text[lens.tokens[one.start].start : lens.tokens[one.end - 1].end]
        about_texts = not lens.lexicon.lists["our_texts"].isdisjoint(lens.words)
        if not said.isascii() or (lens.lexicon.language == "en" and (other_hand or about_texts)):
            return True
    return False


def _is_under_age(lens: Lens, *, other_hand: bool) -> bool:
    labels = ("minor", "minor_of_them") if other_hand else ("minor",)
    for one in lens.find("people", lens.all, labels):
        said = lens.words[one.start : one.end]
        numbers = [lens.lexicon.value(word) for word in said]
        not_yet = not lens.lexicon.lists["negations"].isdisjoint(said)  # "not 18 yet"
        if not_yet or all(number is None or number < OF_AGE for number in numbers):
            return True
    return False


def _names_them(lenses: Lenses) -> bool:
    """Whether the news is told of the participant by name."""
    news = [(lens, one) for lens in lenses for one in lens.find("people", lens.all, ("news",))]
    return any(OWN_NAME in word for lens, one in news for word in lens.words[one.start : one.end])
