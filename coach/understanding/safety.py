"""What must never be missed: a wish to be dead, a wish to be left alone, a word about medicine or the body.

Each rule returns what it found, with the place in the reply, or None. The order between them is in ``understand``.
"""

from __future__ import annotations

from dataclasses import dataclass

from coach.understanding.lens import Lens, View
from coach.understanding.normalise import BOUNDARIES
from coach.understanding.patterns import Found
from coach.understanding.reading import Span, Urgency


@dataclass(frozen=True)
class Alarm:
    """A safety rule that matched. ``limited``: a stop with an end ("until Monday"), which is a pause."""

    span: Span
    urgency: Urgency | None = None
    sure: bool = True
    limited: bool = False


def crisis(lens: Lens) -> Alarm | None:
    """A death wish or self-harm, whatever stands beside it; idioms ("dead tired") are neutral phrases."""
    found = lens.find("crisis", lens.plain, ("crisis",)) or _grave(lens)
    if not found:
        return None
    return Alarm(lens.span(found[0], lens.plain, "crisis", "words of self-harm or of wishing to be dead"))


def _grave(lens: Lens) -> list[Found]:
    """A word of death that no idiom and nobody else owns, said of oneself (or of nobody, in a few words) and
    beside no score: heard, not weighed."""
    found = lens.find("crisis", lens.plain, ("grave",))
    words, lexicon = lens.plain.words, lens.lexicon
    spoken_of_oneself = len(words) <= 4 or not lexicon.lists["first_person"].isdisjoint(words)
    if not found or not spoken_of_oneself:
        return []
    return [] if any(w[0].isdigit() or w in lexicon.numbers for w in words) else found


def worry(lens: Lens) -> Span | None:
    """Words that match no rule but should be read by a person soon."""
    worrying = lens.find("crisis", lens.plain, ("worrying", "denied"))
    if not worrying:
        return None
    return lens.span(worrying[0], lens.plain, "worry", "words that worry: please read")


def opt_out(lens: Lens) -> Alarm | None:
    """A wish to get no more texts: a whole-message word, a clause that is only "stop", or a verb with its object."""
    whole = _whole_message(lens)
    if whole is not None:
        return whole
    found = lens.find("opt_out", lens.sentences)
    sure = [f for f in found if f.label == "sure"]
    if sure:
        return _stop_with_object(lens, sure[0], [f for f in found if f.label == "limited"])
    clause = _stop_clause(lens)
    if clause is not None:
        return Alarm(clause)
    doubtful = [f for f in found if f.label == "doubtful"]
    if doubtful:
        span = lens.span(doubtful[0], lens.sentences, "opt_out", "may mean no more texts: hold and ask once")
        return Alarm(span, sure=False)
    return None


def _whole_message(lens: Lens) -> Alarm | None:
    """Only stop words and politeness, such as "STOP", "Quit!", "please stop now", "unsubscribe thank you"."""
    words, lists = lens.plain.words, lens.lexicon.lists
    bare = [w for w in words if w not in lists["polite"]] if len(words) <= 24 else []
    if len(bare) > 1 and "".join(bare) in lists["stop_words"]:  # "S T O P", "s top please"
        found = Found(0, len(words), "keyword")
        return Alarm(lens.span(found, lens.plain, "opt_out", "the whole message spells a stop word"))
    keyword = next((i for i, w in enumerate(words) if w in lists["opt_out_keywords"]), None)
    if keyword is None or len(words) > 8:
        return _stop_beside_an_answer(lens)
    if not all(w in lists["opt_out_keywords"] or w in lists["polite"] for w in words):
        return _stop_beside_an_answer(lens)
    found = Found(keyword, keyword + 1, "keyword")
    return Alarm(lens.span(found, lens.plain, "opt_out", "the whole message is a stop word"))


def _stop_beside_an_answer(lens: Lens) -> Alarm | None:
    """A stop word at the beginning or the end of nothing but an answer: "4 yes stop". Hold, and ask once."""
    words, lists = lens.plain.words, lens.lexicon.lists
    ends = [i for i in (0, len(words) - 1) if words and words[i] in lists["stop_words"]]
    if not ends:
        return None
    rest = [w for i, w in enumerate(words) if i not in ends]
    if not all(w[0].isdigit() or w in lists["polite"] or w in lists["bare_answers"] for w in rest):
        return None
    found = Found(ends[0], ends[0] + 1, "keyword")
    return Alarm(lens.span(found, lens.plain, "opt_out", "a stop word beside an answer: hold and ask once"), sure=False)


def _stop_with_object(lens: Lens, found: Found, limits: list[Found]) -> Alarm:
    """A stop said of the texts; one with a limit right after it is doubtful, or a pause."""
    span = lens.span(found, lens.sentences, "opt_out", "asks to get no more texts")
    near = [f for f in limits if found.start < f.start <= found.end + 2 and _unbroken(lens, found, f)]
    if not near:
        return Alarm(span)
    ends = lens.lexicon.lists["limit_ends"]
    limited = any(lens.sentences.words[f.start] in ends for f in near)
    return Alarm(span, sure=False, limited=limited)


def _unbroken(lens: Lens, first: Found, second: Found) -> bool:
    """Whether no mark stands between two phrases: "stop texting me, this week was awful" has no limit."""
    view = lens.sentences
    return BOUNDARIES.isdisjoint(lens.words[view.at[first.end - 1] : view.at[second.start] + 1])


def _stop_clause(lens: Lens) -> Span | None:
    """A clause at either end of the reply that says only "stop": "Stop. I dont want these", "wrong number, stop"."""
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
        if all(w in lists["stop_words"] or w in lists["polite"] for w in words) and set(words) & lists["stop_words"]:
            return lens.span_of(first, end, "opt_out", "a sentence that says only stop")
    return None


def medical(lens: Lens) -> Alarm | None:
    """An emergency, a sign to be seen the same day, or a question or a problem with a medicine."""
    found = lens.find("medical", lens.sentences)
    for label, urgency, why in _URGENT:
        hits = [f for f in found if f.label == label]
        if hits:
            return Alarm(lens.span(hits[0], lens.sentences, "medical", why), urgency)
    for f in found:
        if f.label == "medicine" and _asked_about(lens, lens.sentences, f):
            return Alarm(lens.span(f, lens.sentences, "medical", "asks about a medicine or a supplement"), "same_day")
    return None


_URGENT: tuple[tuple[str, Urgency, str], ...] = (
    ("emergency", "emergency", "signs of an emergency"),
    ("same_day", "same_day", "about medicine, or a sign a clinician should hear of"),
)


def medicine(lens: Lens) -> Span | None:
    """A mere mention of a medicine: no flag, but shown to the coach."""
    found = lens.find("medical", lens.sentences, ("medicine",))
    return (
        lens.span(found[0], lens.sentences, "medicine", "a medicine is mentioned, nothing is asked") if found else None
    )


def _asked_about(lens: Lens, view: View, found: Found) -> bool:
    """Whether the sentence a medicine stands in asks something."""
    start, end = found.start, found.end
    while start > 0 and view.words[start - 1] not in BOUNDARIES:
        start -= 1
    while end < len(view.words) and view.words[end] not in BOUNDARIES:
        end += 1
    question = end < len(view.words) and view.words[end] == "?"
    return question or not lens.lexicon.lists["ask_words"].isdisjoint(view.words[start : found.start])
