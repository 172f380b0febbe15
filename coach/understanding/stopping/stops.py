"""Find a request to stop texting, and how certain it is.

It is certain if it is a keyword alone, copied from an instruction or after an answer, or if it names the messages or
the programme. Anything else is doubtful: texts are held, the sender is asked, and a coach sees it. An opt-out lasts
until they text START, so nobody is opted out on a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

from coach.understanding.result import TextSpan
from coach.understanding.view import Lens
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES


@dataclass(frozen=True)
class StopFound:
    """A stop in a reply. ``keyword``: it uses a stop keyword; ``limited``: it has an end, so it is a pause."""

    span: TextSpan
    sure: bool
    keyword: bool = False
    limited: bool = False


def find(lens: Lens) -> StopFound | None:
    """Find the most certain stop in a reply, or None."""
    by_keyword = _alone(lens) or _copied(lens) or _beside_an_answer(lens) or _both_ways(lens) or _first_of_all(lens)
    if by_keyword is not None:
        return by_keyword
    found = [f for f in lens.find("opt_out", lens.sentences) if not _is_asked(lens, f)]
    sure = [f for f in found if f.label == "sure"]
    if sure:
        limits = [f for f in found if f.label == "limited"]
        return _with_object(lens, sure[0], limits, sure=not _is_doubtful(lens, sure[0]))
    clause = _clause(lens)
    if clause is not None:
        return StopFound(clause, sure=not lens.find("part", lens.all, ("kidding", "road")), keyword=True)
    shouted = _shouted(lens)
    if shouted is not None:
        return StopFound(shouted, sure=False, keyword=True)
    doubtful = [f for f in found if f.label == "doubtful"] or _for_ever(lens)
    if not doubtful:
        return None
    return _with_object(lens, doubtful[0], [f for f in found if f.label == "limited"], sure=False)


def _alone(lens: Lens) -> StopFound | None:
    """Find stop words alone or with politeness, such as "STOP", "Quit!", "please stop now", "unsubscribe thank you"."""
    words, lists = lens.plain.words, lens.lexicon.lists
    bare = [w for w in words if w not in lists["polite"]] if len(words) <= 24 else []
    if len(bare) > 1 and "".join(bare) in lists["stop_words"]:  # "S T O P", "s top please"
        return _at(lens, 0, len(words), "the whole message spells a stop word")
    keyword = next((i for i, w in enumerate(words) if w in lists["opt_out_keywords"]), None)
    if keyword is None or len(words) > 8 or not lists["opt_in_keywords"].isdisjoint(words):
        return None
    if not all(w in lists["opt_out_keywords"] or w in lists["polite"] for w in words):
        return None
    return _at(lens, keyword, keyword + 1, "the whole message is a stop word")


def _copied(lens: Lens) -> StopFound | None:
    """Find a copied instruction: "reply STOP", "STOP to end", "text stop to cancel", "stop means stop"."""
    words, lists = lens.plain.words, lens.lexicon.lists
    if len(words) > 8 or lists["stop_words"].isdisjoint(words):
        return None
    copied = lists["opt_out_keywords"] | lists["instruction_words"] | lists["polite"]
    if not all(word in copied for word in words):
        return None
    first = next(i for i, word in enumerate(words) if word in lists["stop_words"])
    return _at(lens, first, first + 1, "the instruction for stopping, copied")


def _beside_an_answer(lens: Lens) -> StopFound | None:
    """Find a stop word before or after an answer and nothing else: "4 yes stop", "4 but stop"."""
    words, lists = lens.plain.words, lens.lexicon.lists
    ends = [i for i in (len(words) - 1, 0) if words and words[i] in lists["stop_words"]]
    if not ends or len(words) < 2:
        return None
    allowed = lists["polite"] | lists["bare_answers"] | lists["clause_joints"]
    rest = [w for i, w in enumerate(words) if i != ends[0]]
    if not all(w[0].isdigit() or w in allowed for w in rest):
        return None
    denied = ends[0] > 0 and words[ends[0] - 1] in lists["negations"]
    found = _at(lens, ends[0], ends[0] + 1, "a stop word beside an answer")
    return StopFound(found.span, sure=not denied, keyword=True)


def _both_ways(lens: Lens) -> StopFound | None:
    """Find START and STOP together, which is undecidable."""
    words, lists = lens.plain.words, lens.lexicon.lists
    stops = [i for i, word in enumerate(words) if word in lists["stop_words"]]
    if not stops or lists["opt_in_keywords"].isdisjoint(words):
        return None
    if not all(word in lists["stop_words"] | lists["opt_in_keywords"] | lists["polite"] for word in words):
        return None
    found = _at(lens, stops[0], stops[0] + 1, "start and stop at once")
    return StopFound(found.span, sure=False, keyword=True)


def _first_of_all(lens: Lens) -> StopFound | None:
    """Find STOP in capitals before a sentence of its own: "STOP I never signed up for no robot"."""
    words, lists = lens.words, lens.lexicon.lists
    if len(words) < 3 or words[0] not in lists["stop_words"] or words[1] not in lists["sentence_starts"]:
        return None
    shouted = lens.text[lens.tokens[0].start : lens.tokens[0].end].isupper() and not lens.text.isupper()
    other = any(word[0].isdigit() or (word in lists["body"] and word != "it") for word in words)
    return _at(lens, 0, 1, "begins with the stop word in capitals") if shouted and not other else None


def _at(lens: Lens, start: int, end: int, why: str) -> StopFound:
    span = lens.span(PhraseMatch(start, end, "keyword"), lens.plain, "opt_out", why)
    return StopFound(span, sure=True, keyword=True)


def _shouted(lens: Lens) -> TextSpan | None:
    """Find END, QUIT or CANCEL in capitals after other sentences or an answer: it may be the keyword."""
    words, lists = lens.words, lens.lexicon.lists
    last = next((i for i in range(len(words) - 1, -1, -1) if words[i] not in BOUNDARIES), None)
    if not last or words[last] not in lists["opt_out_keywords"]:
        return None
    answer = lists["polite"] | lists["bare_answers"] | lists["clause_joints"] | BOUNDARIES
    if words[last - 1] not in BOUNDARIES and not all(word[0].isdigit() or word in answer for word in words[:last]):
        return None
    token = lens.tokens[last]
    if not lens.text[token.start : token.end].isupper():
        return None
    return lens.span_of(last, last + 1, "opt_out", "ends with a stop word in capitals: hold and ask once")


def _with_object(lens: Lens, found: PhraseMatch, limits: list[PhraseMatch], *, sure: bool = True) -> StopFound:
    """Build a stop that names the texts; with a limit right after it, it is doubtful or a pause."""
    why = "asks to get no more texts" if sure else "may mean no more texts"
    span = lens.span(found, lens.sentences, "opt_out", why)
    near = [f for f in limits if found.start < f.start <= found.end + 2 and _unbroken(lens, found, f)]
    if not near:
        return StopFound(span, sure=sure)
    ends = lens.lexicon.lists["limit_ends"]
    limited = any(lens.sentences.words[f.start] in ends for f in near)
    return StopFound(span, sure=False, limited=limited)


def _for_ever(lens: Lens) -> list[PhraseMatch]:
    """Find a pause for ever, which may be a stop: "skip me tonight and every night"."""
    if lens.lexicon.lists["for_ever"].isdisjoint(lens.words) and not lens.find("part", lens.all, ("endless",)):
        return []
    pauses = [f for f in lens.find("commands", lens.all, ("pause",)) if f.label == "pause"]
    at = {token: i for i, token in enumerate(lens.sentences.at)}
    return [PhraseMatch(at[f.start], at[f.start] + 1, "doubtful") for f in pauses[:1] if f.start in at]


def _is_doubtful(lens: Lens, found: PhraseMatch) -> bool:
    """Whether the words around a stop leave it open: denied, asked, about part of the texts, said by or to others.

    "I don't want the texts to stop", "why don't you text me", "told him to stop texting me", "no more stretches",
    "ya no le escriban a mi mamá".
    """
    words, lists = lens.sentences.words, lens.lexicon.lists
    start = found.start
    while start > 0 and words[start - 1] not in BOUNDARIES:
        start -= 1
    before = words[start : found.start]
    pairs = zip(before, words[start + 1 :], strict=False)
    by_others = any(word in lists["others_speech"] and following not in lists["you"] for word, following in pairs)
    accuses = bool(before) and before[-1] in lists["you"] and words[found.start] not in lists["stop_words"]
    if by_others or accuses or not lists["stop_doubts"].isdisjoint(before) or lens.find("part", lens.all, EXPLICIT):
        return True
    if not lists["of_them"].isdisjoint(words[found.start : found.end]):
        return True
    if limits(lens) is not None:
        return True
    clause = _clause_of(lens, found)
    if not (lists["steps"].isdisjoint(clause) and lists["stop_topics"].isdisjoint(clause)):
        return True
    first, second = [*words[found.end : found.end + 2], "", ""][:2]
    if first in lists["from_others"]:
        return second in lists["theirs"] or second in lists["stop_words"]
    return first in lists["stop_parts"] or (first in lists["theirs"] and second not in lists["phone_words"])


EXPLICIT = ("part", "kidding", "others")


def limits(lens: Lens) -> TextSpan | None:
    """Find what limits a stop to some days of every week, or to one way of reaching them: "call me instead"."""
    if not lens.lexicon.lists["unlimited"].isdisjoint(lens.words):  # "not on Sunday, not ever"
        return None
    found = lens.find("limits", lens.plain)
    return lens.span(found[0], lens.plain, "part", _WHY[found[0].label]) if found else None


def qualified(lens: Lens) -> TextSpan | None:
    """Find what a doubtful stop is about, if not the texts: one part of them, a joke, another person.

    A mere topic ("stop sending me stretches") is such a part unless the messages or the programme are named as well.
    """
    words, lists = lens.plain.words, lens.lexicon.lists
    if not words or words[-1] in lists["opt_out_keywords"]:
        return None
    limited = limits(lens)
    if limited is not None:
        return limited
    found = lens.find("part", lens.all, EXPLICIT)
    if not found and lists["all_texts"].isdisjoint(words):
        found = lens.find("part", lens.all, ("topic",))
    if not found:
        return None
    label = found[0].label
    return lens.span(found[0], lens.all, "part" if label == "topic" else label, _WHY[label])


_WHY = {
    "part": "it is about a part of the texts",
    "topic": "it is about one kind of step",
    "kidding": "they take it back",
    "others": "it is about what somebody else does",
    "days": "it is about some days of every week",
    "channel": "it is about another way to reach them",
}


def _clause_of(lens: Lens, found: PhraseMatch) -> list[str]:
    """Return the words from the beginning of a phrase to the next punctuation."""
    start = lens.sentences.at[found.start]
    end = next((i for i in range(start, len(lens.words)) if lens.words[i] in BOUNDARIES), len(lens.words))
    return list(lens.words[start:end])


def _is_asked(lens: Lens, found: PhraseMatch) -> bool:
    """Whether it is part of a question about the rules: "when does the program end?", "if I miss a day do you …"."""
    words, start, end = lens.sentences.words, found.start, found.end
    while start > 0 and words[start - 1] not in BOUNDARIES:
        start -= 1
    while end < len(words) and words[end] not in BOUNDARIES:
        end += 1
    asked = end < len(words) and words[end] == "?"
    return words[start] in lens.lexicon.lists["rule_questions" if asked else "time_questions"]


def _unbroken(lens: Lens, first: PhraseMatch, second: PhraseMatch) -> bool:
    """Whether no punctuation separates two phrases: "stop texting me, this week was awful" has no limit."""
    view = lens.sentences
    return BOUNDARIES.isdisjoint(lens.words[view.at[first.end - 1] : view.at[second.start] + 1])


def _clause(lens: Lens) -> TextSpan | None:
    """Find a first or last clause that says only "stop": "Stop. I dont want these", "wrong number, stop"."""
    lists, clauses, start = lens.lexicon.lists, [], 0
    if lists["stop_words"].isdisjoint(lens.words):
        return None
    for at in range(len(lens.words) + 1):
        if at == len(lens.words) or lens.words[at] in BOUNDARIES:
            if at > start:
                clauses.append((start, at))
            start = at + 1
    if len(clauses) < 2 or any(w in lists["body"] for w in lens.words):
        return None
    for first, end in (clauses[0], clauses[-1]):
        words = lens.words[first:end]
        answered = any(word[0].isdigit() for word in lens.words[end:])  # "Stop! You make me blush. 4 yes" is an answer
        only_stop = all(w in lists["stop_words"] or w in lists["polite"] for w in words)
        if only_stop and not answered and set(words) & lists["stop_words"]:
            return lens.span_of(first, end, "opt_out", "a sentence that says only stop")
    return None
