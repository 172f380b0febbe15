"""The order in which a reply is read, and the choice between languages.

Crisis outranks everything; a machine's answer is never obeyed; opt-out outranks medical, medical the rest. Then
commands, strangers and whole-message words, then the check-in, then questions and thanks. A score and a yes or no are
recorded whatever the intent, except beside a crisis or an opt-out, where only the intent counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from coach.understanding import answers, commands, rest, safety
from coach.understanding.answers import Answer
from coach.understanding.lens import Lens
from coach.understanding.lexicon import every
from coach.understanding.normalise import clean, cut
from coach.understanding.reading import Asked, Command, Intent, Reading, Span

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
    text = clean(text)
    tokens = cut(text)
    lenses = [Lens(text, lexicon, lexicon.read(tokens)) for lexicon in every()]
    lenses.sort(key=lambda lens: _fit(lens, language), reverse=True)
    reading = _alarmed(lenses) or _ordinary(lenses, asked)
    return _finished(reading, lenses)


def _fit(lens: Lens, language: str | None) -> float:
    """How likely a reply was written in a language: the share of words known, and a little for the expected one."""
    expected = 0.2 if lens.lexicon.language == language else 0.0
    return lens.lexicon.share_known(lens.tokens) + expected


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
    return next((found for found in map(rule, lenses) if found is not None), None)


def _keyword(lenses: Lenses) -> str | None:
    """The carrier keyword a reply is, upper case, when the whole of it is one."""
    word = lenses[0].text.strip().strip(".!?,;:\"'“”‘’ ").upper()
    return word if any(word.lower() in lens.lexicon.lists["keywords"] for lens in lenses) else None


def _alarmed(lenses: Lenses) -> Reading | None:
    """The readings beside which nothing is recorded, in order of rank."""
    crisis = _first(safety.crisis, lenses)
    if crisis is not None:
        return Reading(Intent.CRISIS, recognised=(crisis.span,), why=f"Crisis: {crisis.span.why}.")
    for label in ("auto_reply", "reaction"):
        machine = _first(lambda lens, label=label: rest.find(lens, label), lenses)  # type: ignore[misc]
        if machine is not None:
            intent = Intent.AUTO_REPLY if label == "auto_reply" else Intent.ACK
            return Reading(intent, recognised=(machine,), why=f"Not an answer: {machine.why}.")
    stop = _first(safety.opt_out, lenses)
    if stop is None:
        return None
    if stop.limited:
        return None
    doubt = "" if stop.sure else " Not certain: hold sending and ask once."
    return Reading(Intent.OPT_OUT, sure=stop.sure, recognised=(stop.span,), why=f"Opt-out: {stop.span.why}.{doubt}")


def _ordinary(lenses: Lenses, asked: Asked) -> Reading:
    """Everything below opt-out, with the score and the yes or no that came along."""
    alarm = _first(safety.medical, lenses)
    order = _order(lenses)
    if order is not None and _corrects_a_score(order[1], lenses, asked):
        order = None
    answer = _answer(lenses, asked, _hidden(order, alarm, lenses))
    base = Reading(
        Intent.UNCLEAR,
        score=answer.score.value,
        habit=answer.done,
        corrects=answer.corrects,
        recognised=answer.spans,
    )
    if alarm is not None:
        return _medical(base, alarm)
    if order is not None:
        return _ordered(base, order[1].command, lenses)
    return _plain(base, answer, lenses, asked)


def _medical(base: Reading, alarm: safety.Alarm) -> Reading:
    return replace(
        base,
        intent=Intent.MEDICAL,
        urgency=alarm.urgency,
        recognised=(alarm.span, *base.recognised),
        why=f"For a clinician: {alarm.span.why}.",
    )


def _corrects_a_score(order: commands.Order, lenses: Lenses, asked: Asked) -> bool:
    """Whether "make it 6" changes a score rather than the time: one was asked for, and no half of the day is named."""
    command = order.command
    if command.name != "set_time" or not asked.wants_score or not (command.ambiguous_half or command.time is None):
        return False
    return answers.find(lenses[0], asked).score.tier == 3


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
    return [
        frozenset(i for i, t in enumerate(lens.tokens) if any(start <= t.start < end for start, end in ranges))
        for lens in lenses
    ]


def _answer(lenses: Lenses, asked: Asked, hidden: Sequence[frozenset[int]]) -> Answer:
    """The answer in the likelier language; what it did not even try is looked for in the other."""
    answer = answers.find(lenses[0], asked, hidden[0])
    for lens, hide in zip(lenses[1:], hidden[1:], strict=True):
        if answer.score.mention is None or not answer.habit.found:
            answer = answers.combine(answer, answers.find(lens, asked, hide), lenses[0])
    return answer


def _ordered(base: Reading, command: Command, lenses: Lenses) -> Reading:
    stop = _first(safety.opt_out, lenses)
    return replace(
        base,
        intent=commands.INTENTS[command.name],
        command=command,
        sure=stop is None,
        why=f"Asks for: {command.name.replace('_', ' ')}.",
    )


def _plain(base: Reading, answer: Answer, lenses: Lenses, asked: Asked) -> Reading:
    """Strangers and whole-message words, then the check-in, then the rest."""
    for label, intent in (("wrong_number", Intent.WRONG_NUMBER), ("help", Intent.HELP), ("opt_in", Intent.OPT_IN)):
        span = _first(lambda lens, label=label: rest.find(lens, label), lenses)  # type: ignore[misc]
        if span is not None and not answer.score.value:
            return Reading(intent, recognised=(span,), why=f"The reply {span.why}.")
    machine = None if answer.any else _first(lambda lens: rest.find(lens, "auto_soft"), lenses)
    if machine is not None:
        return replace(base, intent=Intent.AUTO_REPLY, recognised=(machine,), why=f"Not an answer: {machine.why}.")
    word = _first(rest.whole_word, lenses)
    if word is not None:
        return Reading(word, why="The whole message is that word.")
    if answer.score.refused:
        return replace(base, sure=False, why=f"No score taken: {answer.score.why}.")
    if answer.any:
        return replace(base, intent=Intent.CHECKIN, why=_told(answer))
    return _small_talk(base, answer, lenses, asked)


def _told(answer: Answer) -> str:
    legs = "no score" if answer.score.value is None else f"legs {answer.score.value}"
    step = {True: "step done", False: "step not done", None: "no word on the step"}[answer.done]
    return f"{'Corrects an answer' if answer.corrects else 'Answers the check-in'}: {legs}, {step}."


def _small_talk(base: Reading, answer: Answer, lenses: Lenses, asked: Asked) -> Reading:
    if any(rest.asks(lens) for lens in lenses):
        return replace(base, intent=Intent.QUESTION, why="Asks something: for the coach.")
    if answer.habit.open and asked.wants_habit:
        return replace(base, why="Neither done nor missed yet.")
    if any(rest.acknowledges(lens, asked is Asked.NONE) for lens in lenses):
        return replace(base, intent=Intent.ACK, why="Thanks or an okay: nothing to answer.")
    return replace(base, sure=False, why="Nothing in it could be read for certain.")
