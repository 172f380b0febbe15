"""Small intents: consent to the welcome, automatic replies, wrong numbers, questions, thanks and the like."""

from __future__ import annotations

from collections.abc import Iterator

from coach.understanding.result import Intent, TextSpan
from coach.understanding.view import OWN_NAME, Lens, look
from coach.understanding.words.lexicon import every
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES, HARD, clean, cut


def find(lens: Lens, label: str) -> TextSpan | None:
    """Find the first phrase of a kind (auto_reply, wrong_number, help, opt_in, reaction), or None."""
    found = lens.find("rest", lens.all, (label,))
    return lens.span(found[0], lens.all, label, _WHY[label]) if found else None


def death(lens: Lens) -> TextSpan | None:
    """Find words that say the participant has died.

    "Murió mi esposo" is the writer's own loss, as is "she died" beside it, unless it names the participant; "she's not
    dead" is none. A death beside "no le escriban" or "stop texting him" is that of whoever we text.
    """
    if lens.find("rest", lens.all, ("for_them",)):
        told = lens.find("people", lens.all, ("death",))
        if told and not lens.find("rest", lens.all, ("alive",)):
            return lens.span(told[0], lens.all, "died", _WHY["died"])
    losses, denials = (lens.find("rest", lens.all, (label,)) for label in ("grief", "alive"))
    for found in lens.find("rest", lens.all, ("died",)):
        mine = any(loss.start <= found.start < loss.end for loss in losses)
        mine = mine or (bool(losses) and lens.words[found.start] in lens.lexicon.lists["third_person"])
        denied = any(found.start <= denial.start < found.end for denial in denials)
        if not denied and (not mine or OWN_NAME in lens.words[found.start : found.end]):
            return lens.span(found, lens.all, "died", _WHY["died"])
    return None


_WHY = {
    "auto_reply": "a machine answered",
    "auto_promise": "a phone's ready-made answer",
    "auto_soft": "a phone's ready-made answer",
    "grief": "tells that somebody they love has died",
    "wish": "wants other steps",
    "retract": "takes a number back",
    "retract_other": "takes back a number of another night",
    "glad": "praises the night",
    "ill": "tells of an illness or a surgery",
    "go_on": "wants the texts to go on",
    "good_news": "tells of good news",
    "aftermath": "tells what became of a danger",
    "busy": "cannot answer for a while",
    "relay": "tells an answer for them",
    "other_hand": "somebody else writes for them",
    "died": "says that the participant has died",
    "wrong_number": "says this is the wrong number or person",
    "help": "asks for help",
    "opt_in": "asks to get the texts",
    "grave": "tells of grave news",
    "heed": "touches what a person should read",
    "who_reads": "asks whether a person reads these",
    "programme": "asks how the texts work",
    "scale": "asks what the number is",
    "called_help": "tells that they have called for help",
    "now": "wants help with the legs at once",
    "calls": "calls for somebody to answer",
    "jest": "is said lightly",
    "hard": "tells of a hard night",
    "reaction": "a phone's reaction to a text, quoting it",
}


def whole_word(lens: Lens) -> Intent | None:
    """Return the intent of a reply made only of help or start words and politeness."""
    words, lists = set(lens.plain.words), lens.lexicon.lists
    for name, intent in (("help_words", Intent.HELP), ("opt_in_keywords", Intent.OPT_IN)):
        if words & lists[name] and words <= lists[name] | lists["polite"]:
            return intent
    return None


def questions(lens: Lens) -> list[tuple[int, int]]:
    """Return the questions as token ranges; numbers and yes-words in them are not answers."""
    found = lens.find("rest", lens.all, ("question_start",))
    return [(f.start, _sentence_end(lens, f)) for f in found]


def question(lens: Lens, *, beside: bool = False) -> TextSpan | None:
    """Find the first sentence that asks something and ends with a question mark, as an answer may come with a question.

    ``beside`` a score, a question about last night's legs only repeats ours before the answer.
    """
    for start, end in questions(lens):
        ours = beside and start == 0 and not lens.lexicon.lists["explained"].isdisjoint(lens.words[start:end])
        if end < len(lens.words) and lens.words[end] == "?" and not ours:
            return lens.span_of(start, end + 1, "question", "asks something as well")
    return None


def _sentence_end(lens: Lens, found: PhraseMatch) -> int:
    end = found.end
    while end < len(lens.words) and lens.words[end] not in HARD and lens.words[end] != "\n":
        end += 1
    return end


def helps(lens: Lens) -> bool:
    """Whether somebody types for the participant, so that a whole answer is theirs: "his wife typing, 4 yes"."""
    return not lens.lexicon.lists["helping"].isdisjoint(lens.words) or bool(lens.find("rest", lens.all, ("helper",)))


def asks(lens: Lens) -> bool:
    """Whether the reply asks something."""
    only_polite = lens.lexicon.lists["polite"].issuperset(lens.plain.words)  # "hello?"
    return ("?" in lens.words and not only_polite) or bool(lens.find("rest", lens.all, ("question_start",)))


def acknowledges(lens: Lens, asked_nothing: bool) -> bool:
    """Whether it is only thanks, an okay or a good night.

    A lone emoji or a lone "great" counts only if nothing was asked; otherwise it may describe the legs.
    """
    words, lists = lens.plain.words, lens.lexicon.lists
    laughed = {i for f in lens.find("rest", lens.all, ("joke",)) for i in range(f.start, f.end)}
    if not words:
        return asked_nothing and any(lens.text[t.start : t.end] > "\u2000" for t in lens.tokens)
    if not asked_nothing and lists["judging"].issuperset(words):
        return False
    known = lists["ack"] | lists["ack_cores"]
    return bool(
        len(words) <= 25
        and (laughed or not lists["ack_cores"].isdisjoint(words))
        and all(w in known or i in laughed or w[0].isdigit() for w, i in zip(words, lens.plain.at, strict=True))
    )


def small_talk(lens: Lens) -> TextSpan | None:
    """Return the whole text if it holds nothing but greetings, thanks, good wishes, the weather and emoji.

    The wishes of a season say why somebody writes. Without them, thanks for everything may be a goodbye.
    """
    words, at = lens.plain.words, lens.plain.at
    found = lens.lexicon.books["small_talk"].find(words)
    inside = {i for one in found for i in range(one.start, one.end)}
    beside = lens.lexicon.lists["small_talk_words"]
    if not inside or not all(i in inside or word in beside for i, word in enumerate(words)):
        return None
    kind = next((label for label in ("season", "farewell") if any(one.label == label for one in found)), "small_talk")
    return lens.span_of(at[0], at[-1] + 1, kind, _TALK[kind])


_TALK = {
    "small_talk": "greetings, thanks or the weather",
    "season": "the wishes of a season",
    "farewell": "thanks or blessings that may be a goodbye",
}


def recovery(lens: Lens) -> list[TextSpan]:
    """Return the words of good news from a hospital: that somebody was treated, and that it went well.

    Both must be told, and nothing denied: "they put two stents in, home Monday", "ya lo operaron, está bien".
    """
    found = lens.find("people", lens.all, ("treated", "recovering"))
    both = {one.label for one in found} == {"treated", "recovering"}
    if not both or not lens.lexicon.lists["negations"].isdisjoint(lens.words):
        return []
    return [lens.span(one, lens.all, "good_news", _WHY["good_news"]) for one in found]


def whole(lens: Lens, label: str) -> TextSpan | None:
    """Find a phrase of a kind, if the text holds nothing but that and courtesy: how the texts work, or end."""
    found = lens.find("rest", lens.all, (label,))
    courtesy = lens.lexicon.lists["polite"] | lens.lexicon.lists["small_talk_words"]
    inside = {i for one in found for i in range(one.start, one.end)}
    only = found and all(
        i in inside or word in courtesy for word, i in zip(lens.plain.words, lens.plain.at, strict=True)
    )
    return lens.span(found[0], lens.all, label, _WHY[label]) if only else None


def quoted(lens: Lens) -> Iterator[int]:
    """Yield the tokens inside longer double quotes, which are not the writer's own statement."""
    marks = [i for i, token in enumerate(lens.tokens) if lens.text[token.start : token.end] in '“”"«»']
    for opening, closing in zip(marks[::2], marks[1::2], strict=False):
        if closing - opening > SHORT_QUOTE:
            yield from range(opening + 1, closing)


SHORT_QUOTE = 3


def addressed(lens: Lens) -> Iterator[int]:
    """Yield the tokens by which they address us, which mean nothing in an answer: "4 no boss, ...", "yes sir i did".

    "Hija" and "boss" are such words only at the end of a clause ("no, hija."), and never where they are spoken of.
    """
    lists, words = lens.lexicon.lists, lens.words
    for at, word in enumerate(words):
        if word not in lists["address"] and word not in lists["address_at_end"]:
            continue
        ends = at + 1 == len(words) or words[at + 1] in BOUNDARIES
        mine = at > 0 and words[at - 1] in lists["address_my"]
        first = at - mine
        before = words[first - 1] if first > 0 else ","
        if mine:  # "no mi amor, ..." but "7 mi hija, ..."
            apart = before in BOUNDARIES or before in lists["bare_answers"] or before[0].isdigit()
            addresses = ends and apart and word not in lists["not_address_my"]
        else:
            addresses = (ends or word in lists["address"]) and before not in lists["not_addressed_after"]
        if addresses:
            yield from range(first, at + 1)


def is_in_jest(text: str) -> bool:
    """Whether a text is said lightly: "my daughter reads these now so keep it clean"."""
    text = clean(text)
    lenses = [look(text, cut(text), lexicon) for lexicon in every()]
    return any(find(lens, "jest") is not None for lens in lenses)


def confirms(lens: Lens) -> bool:
    """Whether the whole message confirms the welcome: an explicit yes, with nothing beside it but courtesy.

    A yes beside a question, a denial or a quotation is not consent.
    """
    words, lists = lens.plain.words, lens.lexicon.lists
    if not words or "?" in lens.words or any(mark in lens.text for mark in '"“”«»'):
        return False
    if lists["consent_words"].isdisjoint(words) and not lens.find("consent", lens.plain, ("yes",)):
        return False
    covered = {i for f in lens.find("consent", lens.plain) for i in range(f.start, f.end)}
    allowed = lists["consent_words"] | lists["consent_courtesy"]
    return all(word in allowed or i in covered for i, word in enumerate(words))
