"""The order in which a reply is read, and the choice between languages.

Crisis outranks everything; a machine's answer is never obeyed; opt-out outranks medical, medical the rest. Then
commands, strangers and whole-message words, then the check-in, then questions and thanks. A score and a yes or no are
recorded whatever the intent, except beside a crisis or an opt-out, where only the intent counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import TypeVar

from coach.understanding import answers, commands, rest, safety
from coach.understanding.answers import Answer
from coach.understanding.lens import Lens, look
from coach.understanding.lexicon import every
from coach.understanding.normalise import clean, cut
from coach.understanding.reading import Asked, Intent, Reading, Span

Lenses = Sequence[Lens]
Found = TypeVar("Found")


def understand(text: str, asked: Asked = Asked.SCORE_AND_HABIT, language: str | None = None) -> Reading:
    """Read one reply.

    Args:
        text: what they sent; anything beyond 1,600 characters is ignored.
        asked: what the open question asked for.
        language: the participant's language; without one, the language that knows more of the words.

    Returns:
        The reading; never raises, whatever the text. Spans refer to the composed (NFC) text.
    """
    return _remembered(text, asked, language) if len(text) <= _BRIEF else _read(text, asked, language)


_BRIEF = 16  # most answers are "4 yes" or the like; nothing longer, and so nothing private, is kept in memory


def _read(text: str, asked: Asked, language: str | None) -> Reading:
    text = clean(text)
    tokens = cut(text)
    lenses = [look(text, tokens, lexicon) for lexicon in every()]
    lenses.sort(key=lambda lens: _fit(lens, language), reverse=True)
    reading = _alarmed(lenses) or _ordinary(lenses, asked)
    return _finished(reading, lenses)


_remembered = lru_cache(maxsize=4096)(_read)


def _fit(lens: Lens, language: str | None) -> float:
    """How likely a reply was written in a language: the share of words known, and a little for the expected one."""
    expected = 0.2 if lens.lexicon.language == language else 0.0
    return lens.share_known + expected


def _finished(reading: Reading, lenses: Lenses) -> Reading:
    """Add what is told of every reply: its language, a carrier keyword, a worry, a medicine mentioned."""
    extra: list[Span] = []
    worry = None if reading.intent is Intent.CRISIS else _first(safety.worry, lenses)
    if worry is not None:
        extra.append(worry)
    if reading.intent not in (Intent.CRISIS, Intent.OPT_OUT, Intent.MEDICAL):
        mentioned = _first(safety.medicine, lenses)
        extra += [mentioned] if mentioned else []
    return replace(
        reading,
        language=lenses[0].lexicon.language,
        keyword=_keyword(lenses),
        worrying=worry is not None,
        recognised=reading.recognised + tuple(extra),
    )


def _first(rule: Callable[[Lens], Found | None], lenses: Lenses) -> Found | None:
    """What a rule finds in the likelier language, else in the other."""
    for lens in lenses:
        found = rule(lens)
        if found is not None:
            return found
    return None


def _keyword(lenses: Lenses) -> str | None:
    """The carrier keyword a reply is, upper case, when the whole of it is one."""
    word = lenses[0].text.strip().strip(".!?,;:\"'“”‘’ ").upper()
    return word if any(word.lower() in lens.lexicon.lists["keywords"] for lens in lenses) else None


def _alarmed(lenses: Lenses) -> Reading | None:
    """The readings beside which nothing is recorded, in order of rank."""
    crisis = _first(safety.crisis, lenses)
    if crisis is not None:
        return Reading(Intent.CRISIS, recognised=(crisis.span,), why=f"Crisis: {crisis.span.why}.")
    for label, intent in (("reaction", Intent.ACK), ("auto_reply", Intent.AUTO_REPLY)):
        machine = _first(partial(rest.find, label=label), lenses)
        if machine is not None:
            return Reading(intent, recognised=(machine,), why=f"Not an answer: {machine.why}.")
    stop = _first(safety.opt_out, lenses)
    if stop is None or (stop.limited and _pauses(lenses)) or _another_time(stop, lenses):
        return None
    doubt = "" if stop.sure else " Not certain: hold sending and ask once."
    return Reading(Intent.OPT_OUT, sure=stop.sure, recognised=(stop.span,), why=f"Opt-out: {stop.span.why}.{doubt}")


def _pauses(lenses: Lenses) -> bool:
    """Whether a stop with an end to it ("until Monday") can be read as a pause."""
    order = _order(lenses)
    return order is not None and order[1].command.name == "pause"


def _another_time(stop: safety.Alarm, lenses: Lenses) -> bool:
    """Whether a stop that may be about the hour is followed by a wish for another: "stop at 6, text me at 9"."""
    order = None if stop.sure else _order(lenses)
    return order is not None and order[1].command.name == "set_time" and order[1].span.start > stop.span.start


def _ordinary(lenses: Lenses, asked: Asked) -> Reading:
    """Everything below opt-out, with the score and the yes or no that came along."""
    alarm = _first(safety.medical, lenses)
    order = _order(lenses)
    if order is not None and (
        _corrects_a_score(*order, lenses, asked) or _away_with_an_answer(order[1], lenses, asked)
    ):
        order = None
    answer = _answer(lenses, asked, _hidden(order, alarm, lenses))
    if order is not None and _tells_of_the_evening(*order, answer, asked):
        order = None
    base = Reading(
        Intent.UNCLEAR,
        score=answer.score.value,
        habit=answer.done,
        bare=answer.done is not None and answer.habit.bare,
        corrects=answer.corrects,
        recognised=answer.spans,
    )
    if alarm is not None:
        return _medical(base, alarm)
    if order is not None:
        return _ordered(base, order[1], lenses)
    return _plain(base, answer, lenses, asked)


def _medical(base: Reading, alarm: safety.Alarm) -> Reading:
    return replace(
        base,
        intent=Intent.MEDICAL,
        urgency=alarm.urgency,
        recognised=(alarm.span, *base.recognised),
        why=f"For a clinician: {alarm.span.why}.",
    )


def _corrects_a_score(lens: Lens, order: commands.Order, lenses: Lenses, asked: Asked) -> bool:
    """Whether "make it 6" changes a score rather than the time: one was asked for, or no word is about a time."""
    command, said = order.command, lens.words[order.start : order.end]
    if command.name != "set_time" or not (command.ambiguous_half or command.time is None):
        return False
    if not asked.wants_score and not lens.lexicon.lists["time_words"].isdisjoint(said):
        return False
    return answers.find(lenses[0], asked).score.tier == 3


def _away_with_an_answer(order: commands.Order, lenses: Lenses, asked: Asked) -> bool:
    """Whether "back from vacation, 4 and yes" only answers what was asked."""
    return order.told and asked is not Asked.NONE and _answer(lenses, asked, _hidden(None, None, lenses)).any


def _tells_of_the_evening(lens: Lens, order: commands.Order, answer: Answer, asked: Asked) -> bool:
    """Whether "bedtime 11, legs 5" or a mere "a las 10" is no wish for another time: something else was asked."""
    if asked is Asked.NONE:
        return False
    if order.command.name == "bedtime":
        return answer.score.value is not None
    said = lens.words[order.start : order.end]
    mere = all(w[0].isdigit() or w in lens.lexicon.numbers or w in lens.lexicon.lists["clock_words"] for w in said)
    return order.command.name == "set_time" and mere and ":" not in "".join(said)


def _order(lenses: Lenses) -> tuple[Lens, commands.Order] | None:
    for lens in lenses:
        order = commands.find(lens)
        if order is not None:
            return lens, order
    return None


def _hidden(
    order: tuple[Lens, commands.Order] | None, alarm: safety.Alarm | None, lenses: Lenses
) -> list[frozenset[int]]:
    """For each language, the tokens of the command and the alarm: their numbers and verbs are no answers."""
    ranges = [(alarm.span.start, alarm.span.end)] if alarm else []
    if order is not None:
        lens, found = order
        ranges.append((lens.tokens[found.start].start, lens.tokens[found.end - 1].end))
    return [_inside(lens, ranges) for lens in lenses]


def _inside(lens: Lens, ranges: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The tokens in some ranges of the reply, and a "one" right before them: "one side of my face" is no score."""
    inside = {i for i, t in enumerate(lens.tokens) if any(start <= t.start < end for start, end in ranges)}
    one = lens.lexicon.lists["pronoun_number"]
    return frozenset(inside | {i - 1 for i in inside if i and lens.words[i - 1] in one})


def _answer(lenses: Lenses, asked: Asked, hidden: Sequence[frozenset[int]]) -> Answer:
    """The answer in the likelier language; what it did not even try is looked for in the other."""
    answer = answers.find(lenses[0], asked, hidden[0])
    for lens, hide in zip(lenses[1:], hidden[1:], strict=True):
        if lenses[0].share_known < 1 and (answer.score.mention is None or not answer.habit.found):
            answer = answers.combine(answer, answers.find(lens, asked, hide), lenses[0])
    return answer


def _ordered(base: Reading, order: commands.Order, lenses: Lenses) -> Reading:
    stop = _first(safety.opt_out, lenses)
    return replace(
        base,
        intent=commands.INTENTS[order.command.name],
        command=order.command,
        recognised=(order.span, *base.recognised),
        sure=stop is None,
        why=f"It {order.span.why}.",
    )


def _plain(base: Reading, answer: Answer, lenses: Lenses, asked: Asked) -> Reading:
    """Strangers, machines and whole-message words, then the check-in, then the rest."""
    other = _other(base, answer, lenses)
    if other is not None:
        return other
    if answer.score.refused:
        return replace(base, sure=False, why=f"No score taken: {answer.score.why}.")
    if asked.wants_score and base.score is None and any(lens.find("vague", lens.all) for lens in lenses):
        return replace(base, sure=False, why="Compares with another night: no number to record.")
    if answer.any:
        asked_too = _first(rest.question, lenses)
        if asked_too is None:
            return replace(base, intent=Intent.CHECKIN, why=_told(answer))
        told = (*base.recognised, asked_too)
        return replace(base, intent=Intent.QUESTION, recognised=told, why=f"{_told(answer)} It asks something too.")
    return _small_talk(base, answer, lenses, asked)


def _other(base: Reading, answer: Answer, lenses: Lenses) -> Reading | None:
    """Not an answer, however much it looks like one: "no, wrong number". A score given all the same is an answer."""
    for label, intent in _OTHER:
        span = _first(partial(rest.find, label=label), lenses) if answer.score.value is None else None
        if span is not None and (label != "auto_soft" or not answer.any):
            return replace(base, intent=intent, habit=None, recognised=(span,), why=f"Not an answer: {span.why}.")
    word = _first(rest.whole_word, lenses)
    return None if word is None else Reading(word, why="The whole message is that word.")


_OTHER = (
    ("wrong_number", Intent.WRONG_NUMBER),
    ("help", Intent.HELP),
    ("opt_in", Intent.OPT_IN),
    ("auto_soft", Intent.AUTO_REPLY),
)


def _told(answer: Answer) -> str:
    legs = "no score" if answer.score.value is None else f"legs {answer.score.value}"
    step = {True: "step done", False: "step not done", None: "no word on the step"}[answer.done]
    return f"{'Corrects an answer' if answer.corrects else 'Answers the check-in'}: {legs}, {step}."


def _small_talk(base: Reading, answer: Answer, lenses: Lenses, asked: Asked) -> Reading:
    if any(rest.asks(lens) for lens in lenses):
        return replace(base, intent=Intent.QUESTION, why="Asks something: for the coach.")
    if answer.habit.open and asked.wants_habit:
        return replace(base, why="Neither done nor missed yet.")
    bare_yes = asked is Asked.NONE and answer.habit.done is True  # the keyword tells the double opt-in
    if bare_yes or any(rest.acknowledges(lens, asked is Asked.NONE) for lens in lenses):
        return replace(base, intent=Intent.ACK, why="Thanks or an okay: nothing to answer.")
    hard = _first(partial(rest.find, label="hard"), lenses)
    told = (*base.recognised, hard) if hard else base.recognised
    return replace(base, sure=False, recognised=told, why="Nothing in it could be read for certain.")
