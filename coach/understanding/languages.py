"""Apply rules to one reply in both languages, the likelier one first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from coach.understanding import check_in, commands, small_intents
from coach.understanding.alarms import safety
from coach.understanding.check_in import CheckInAnswer
from coach.understanding.result import Asked, TextSpan
from coach.understanding.view import Lens
from coach.understanding.words import times
from coach.understanding.words.lexicon import every
from coach.understanding.words.tokens import Token, clean, cut

Lenses = Sequence[Lens]
Result = TypeVar("Result")


def first(rule: Callable[[Lens], Result | None], lenses: Lenses) -> Result | None:
    """Return what a rule finds in the likelier language, else in the other."""
    for lens in lenses:
        found = rule(lens)
        if found is not None:
            return found
    return None


def order_in(lenses: Lenses) -> tuple[Lens, commands.Order] | None:
    """Find a command, and the language it was given in."""
    for lens in lenses:
        order = commands.find(lens)
        if order is not None:
            return lens, order
    return None


def hidden(
    order: tuple[Lens, commands.Order] | None, alarm: safety.Alarm | None, lenses: Lenses
) -> list[frozenset[int]]:
    """Return, per language, the tokens of the command and the alarm, which cannot be answers."""
    ranges = [(alarm.span.start, alarm.span.end)] if alarm else []
    if order is not None:
        lens, found = order
        refused = times.refuses_an_hour(lens.words[found.start :], lens.lexicon)  # another hour follows: no score
        ranges.append((lens.tokens[found.start].start, lens.tokens[-1 if refused else found.end - 1].end))
    return [_inside(lens, ranges) for lens in lenses]


def _inside(lens: Lens, ranges: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Return the tokens in some ranges, and a "one" right before them: "one side of my face" is no score."""
    inside = {i for i, t in enumerate(lens.tokens) if any(start <= t.start < end for start, end in ranges)}
    one = lens.lexicon.lists["pronoun_number"]
    return frozenset(inside | {i - 1 for i in inside if i and lens.words[i - 1] in one})


def clear_language(text: str) -> str | None:
    """Return the language a text is clearly in: it has two words that only that language knows, or one among three.

    A keyword, a number or "ok" decides nothing.
    """
    tokens = cut(clean(text))
    words = {lexicon.language: {t.text for t in lexicon.read(tokens) if t.kind == "word"} for lexicon in every()}
    known = {lexicon.language: words[lexicon.language] & lexicon.known for lexicon in every()}
    own = {name: len(known[name].difference(*(known[other] for other in known if other != name))) for name in known}
    best, second = sorted(own, key=own.__getitem__, reverse=True)[:2]
    enough = own[best] >= CLEARLY or (own[best] > own[second] == 0 and len(words[best]) > CLEARLY)
    return best if enough and own[best] > 2 * own[second] else None


CLEARLY = 2  # words


def without_address(lenses: Lenses) -> list[Token]:
    """Return the tokens, each word by which they address us as a comma: "4 boss, and yes"."""
    said_to_us = {lens.tokens[i].start for lens in lenses for i in small_intents.addressed(lens)}
    return [t._replace(text=",", kind="other") if t.start in said_to_us else t for t in lenses[0].tokens]


def tells_own_story(lenses: Lenses) -> bool:
    """Whether it has words that no machine sends: "can't talk right now, he has a knife"."""
    return any(not lens.lexicon.lists["own_story"].isdisjoint(lens.words) for lens in lenses)


def answer_in(lenses: Lenses, asked: Asked, hidden: Sequence[frozenset[int]]) -> CheckInAnswer:
    """Read the answer in the likelier language; look in the other for what has no trace in it."""
    answer = check_in.find(lenses[0], asked, hidden[0])
    for lens, hide in zip(lenses[1:], hidden[1:], strict=True):
        if lenses[0].share_known < 1 and (answer.score.mention is None or not answer.habit.found):
            answer = check_in.combine(answer, check_in.find(lens, asked, hide), lenses[0])
    return answer


def told_beside(answer: CheckInAnswer, lenses: Lenses) -> list[TextSpan]:
    """Find what else is told; "Y. legs, eh, better" only names the legs, and asks for no help with them."""
    told = [one for label in TOLD if (one := first(partial(small_intents.find, label=label), lenses)) is not None]
    if not any(one.kind == "good_news" for one in told):
        told += [span for lens in lenses for span in small_intents.recovery(lens)][:1]
    answers = answer.any or answer.score.mention is not None
    return [one for one in told if not (answers and one.kind == "now" and " " not in one.text)]


PRAISED_FROM = 7


def contradicted(answer: CheckInAnswer, lenses: Lenses) -> CheckInAnswer:
    """Drop a high score beside praise of the night: ten may have been meant as the best."""
    if answer.score.value is None or answer.score.value < PRAISED_FROM or not any(map(_praises, lenses)):
        return answer
    why = "a high score beside praise of the night: which way round?"
    spans = tuple(replace(one, kind="unclear_score") if one.kind == "score" else one for one in answer.spans)
    return replace(answer, score=answer.score._replace(value=None, refused=True, why=why), spans=spans)


def about_some_days(answer: CheckInAnswer, lenses: Lenses) -> CheckInAnswer:
    """Drop a yes or no without a score beside a wish about some days: "los domingos no, los demás sí"."""
    days = any(lens.find("limits", lens.plain, ("days",)) for lens in lenses)
    if answer.score.value is not None or answer.done is None or not days:
        return answer
    return replace(answer, done=None, spans=tuple(one for one in answer.spans if one.kind != "habit"))


def _praises(lens: Lens) -> bool:
    negations = lens.lexicon.lists["negations"]
    return any(f.start == 0 or lens.words[f.start - 1] not in negations for f in lens.find("rest", lens.all, ("glad",)))


def but_for_the_texts(answer: CheckInAnswer, told: Sequence[TextSpan]) -> CheckInAnswer:
    """Drop a plain yes that only begins a wish that the texts go on: "yes, keep them coming" is no step done."""
    wishes = any(span.kind == "go_on" for span in told)
    if not wishes or answer.score.value is not None or not answer.habit.bare:
        return answer
    return replace(answer, done=None, spans=tuple(one for one in answer.spans if one.kind != "habit"))


# What is told beside anything else or instead of an answer, and changes the answer to it.
TOLD = ("grief", "grave", "heed", "who_reads", "wish", "now", "ill", "go_on", "busy", "calls", "good_news", "aftermath")
