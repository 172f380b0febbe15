"""Read a reply without danger or a stop: medical matters, commands, the check-in, questions and thanks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from coach.understanding import check_in, commands, small_intents
from coach.understanding.alarms import safety
from coach.understanding.check_in import CheckInAnswer
from coach.understanding.coach_review import fits
from coach.understanding.languages import (
    Lenses,
    about_some_days,
    answer_in,
    but_for_the_texts,
    contradicted,
    first,
    hidden,
    order_in,
    tells_own_story,
    told_beside,
)
from coach.understanding.result import Asked, Intent, Reading, TextSpan
from coach.understanding.score import NAMED
from coach.understanding.stopping import stops
from coach.understanding.view import Lens
from coach.understanding.words import times


def read_ordinary(lenses: Lenses, asked: Asked) -> Reading:
    """Read everything ranked below an opt-out, with any score and yes or no beside it."""
    alarm = first(safety.medical, lenses)
    order, answer = _order_and_answer(lenses, asked, alarm)
    taken_back = None if alarm is not None else _taken_back(answer, lenses)
    if taken_back is not None:
        return taken_back
    answer = about_some_days(contradicted(_fitting(answer, lenses, asked), lenses), lenses)
    told = told_beside(answer, lenses)
    answer = but_for_the_texts(answer, told)
    base = Reading(
        Intent.UNCLEAR,
        score=answer.score.value,
        habit=answer.done,
        bare=answer.done is not None and answer.habit.bare,
        corrects=answer.corrects,
        seen=answer.score.seen,
        recognised=(*answer.spans, *told),
    )
    return _medical(base, alarm) if alarm is not None else _wanted(base, order, answer, lenses, asked)


Ordered = tuple[Lens, commands.Order] | None


def _order_and_answer(lenses: Lenses, asked: Asked, alarm: safety.Alarm | None) -> tuple[Ordered, CheckInAnswer]:
    """Find a command and the answer beside it; what only looks like a command is none."""
    order = order_in(lenses)
    if order is not None and (_corrects_a_score(*order, lenses, asked) or _is_only_told(order[1], lenses, asked)):
        order = None
    answer = answer_in(lenses, asked, hidden(order, alarm, lenses))
    return (None if order is not None and _tells_of_the_evening(*order, answer, asked) else order), answer


def _wanted(base: Reading, order: Ordered, answer: CheckInAnswer, lenses: Lenses, asked: Asked) -> Reading:
    """Read somebody else at the phone, the answer to the welcome, a command, then the rest."""
    other = _someone_else(answer, lenses)
    if other is not None:
        return other
    if asked is Asked.CONSENT and any(small_intents.confirms(lens) for lens in lenses):
        return base._replace(intent=Intent.OPT_IN, confirms=True, why="Says yes to the welcome.")
    if order is not None:
        return _ordered(base, order[1], lenses)
    if asked is Asked.CONSENT and _declines(answer, lenses):
        return base._replace(
            intent=Intent.OPT_OUT, sure=False, stop="doubtful", bare=True, why="Says no to the welcome."
        )
    return _about_a_medicine(_plain(base, answer, lenses, asked), lenses)


def _taken_back(answer: CheckInAnswer, lenses: Lenses) -> Reading | None:
    """Recognize that a number is taken back or given to something else, unless another one is put in its place."""
    for label in ("retract_other", "retract"):
        span = first(partial(small_intents.find, label=label), lenses)
        if span is None or (answer.score.mention is not None and not _covers(span, answer)):
            continue
        numbers = {value for word in lenses[0].words if (value := lenses[0].lexicon.value(word)) is not None}
        seen = tuple(numbers) if len(numbers) == 1 else ()
        return Reading(Intent.UNCLEAR, sure=False, seen=seen, recognised=(span,), why=f"No answer: {span.why}.")
    return None


def _covers(span: TextSpan, answer: CheckInAnswer) -> bool:
    scores = [one for one in answer.spans if one.kind in ("score", "unclear_score", "another")]
    return all(span.start <= one.start and one.end <= span.end for one in scores)


def _declines(answer: CheckInAnswer, lenses: Lenses) -> bool:
    """Whether it is a no in few words, such as "hmm nope", without a number or a question."""
    own = [word for word in lenses[0].plain.words if word not in lenses[0].lexicon.lists["polite"]]
    says_no = answer.habit.done is False and answer.score.mention is None and "?" not in lenses[0].words
    return says_no and len(own) <= SHORTEST_STORY


def _about_a_medicine(reading: Reading, lenses: Lenses) -> Reading:
    """Make a question or an opt-in that names a medicine a medical matter."""
    named = first(safety.medicine, lenses) if reading.intent in (Intent.QUESTION, Intent.OPT_IN) else None
    if named is None or reading.keyword is not None:
        return reading
    why = "For a clinician: a medicine is named in what they ask."
    told = (*reading.recognised, named)
    return reading._replace(intent=Intent.MEDICAL, urgency="same_day", recognised=told, why=why)


def _someone_else(answer: CheckInAnswer, lenses: Lenses) -> Reading | None:
    """Recognize another person at the phone, or news of the participant's death; neither is an answer."""
    died = first(small_intents.death, lenses)
    helps = answer.score.value is not None and answer.done is not None and any(map(small_intents.helps, lenses))
    hand = None if helps else first(partial(small_intents.find, label="other_hand"), lenses)
    wrong = first(partial(small_intents.find, label="wrong_number"), lenses) if answer.score.value is None else None
    span = died or hand or wrong
    if span is None:
        return None
    why = f"Not the participant: {span.why}."
    relay = first(partial(small_intents.find, label="relay"), lenses) if span is hand else None
    told = (span, relay) if relay is not None else (span,)
    return Reading(Intent.WRONG_NUMBER, died=died is not None, recognised=told, why=why)


def _fitting(answer: CheckInAnswer, lenses: Lenses, asked: Asked) -> CheckInAnswer:
    """Drop a bare number from the answer if it could be a number of anything."""
    span = next((span for span in answer.spans if span.kind == "score"), None)
    answered = answer.done is not None or answer.score.tier > 0
    if span is None or answer.score.tier >= NAMED:
        return answer
    asked = Asked.SCORE_AND_HABIT if asked is Asked.NONE and answer.at_once else asked
    if fits(span.start, span.end, lenses, asked, answered=answered):
        return answer
    why = "a number among words that are no answer"
    spans = tuple(replace(one, kind="unclear_score") if one is span else one for one in answer.spans)
    return replace(answer, score=answer.score._replace(value=None, refused=asked.wants_score, why=why), spans=spans)


def _medical(base: Reading, alarm: safety.Alarm) -> Reading:
    """Build the reading; a yes that runs on into the sign ("ya no siento las piernas") is no word on the step."""
    if any(span.kind == "habit" and span.end + 1 == alarm.span.start for span in base.recognised):
        base = base._replace(habit=None, bare=False)
    return base._replace(
        intent=Intent.MEDICAL,
        urgency=alarm.urgency,
        recognised=(alarm.span, *base.recognised),
        bars=alarm.bars,
        why=f"For a clinician: {alarm.span.why}.",
    )


def _corrects_a_score(lens: Lens, order: commands.Order, lenses: Lenses, asked: Asked) -> bool:
    """Whether "make it 6" corrects a score rather than a time: a score was asked for, or no time word occurs."""
    command, said = order.command, lens.words[order.start : order.end]
    stated = command.time is not None and not command.ambiguous_half
    if command.name != "set_time" or stated or times.refuses_an_hour(lens.words, lens.lexicon):
        return False
    timed = not asked.wants_score and not lens.lexicon.lists["time_words"].isdisjoint(said)
    return not timed and check_in.find(lenses[0], asked).score.tier == 3


def _is_only_told(order: commands.Order, lenses: Lenses, asked: Asked) -> bool:
    """Whether a trip is no wish: "back from vacation, 4 and yes", "back on the 28th, still text me please"."""
    if not order.told:
        return False
    answers = asked is not Asked.NONE and answer_in(lenses, asked, hidden(None, None, lenses)).any
    goes_on = order.command.name == "pause" and first(partial(small_intents.find, label="go_on"), lenses) is not None
    return answers or goes_on


def _tells_of_the_evening(lens: Lens, order: commands.Order, answer: CheckInAnswer, asked: Asked) -> bool:
    """Whether a time describes the evening ("bedtime 11, legs 5", a bare "a las 10") and is no request."""
    if asked is Asked.NONE:
        return False
    if order.command.name == "bedtime":
        return answer.score.value is not None
    said = lens.words[order.start : order.end]
    mere = all(w[0].isdigit() or w in lens.lexicon.numbers or w in lens.lexicon.lists["clock_words"] for w in said)
    return order.command.name == "set_time" and mere and ":" not in "".join(said)


def _ordered(base: Reading, order: commands.Order, lenses: Lenses) -> Reading:
    """Build the reading of a command."""
    stop = first(stops.find, lenses)
    return base._replace(
        intent=commands.INTENTS[order.command.name],
        command=order.command,
        recognised=(order.span, *base.recognised),
        sure=stop is None and (order.command.name != "resume" or _resumes_now(order, lenses)),
        stop="no" if stop is None or stop.limited or order.command.name in NO_STOP else "doubtful",
        why=f"It {order.span.why}.",
    )


NO_STOP = ("pause", "cadence", "leave_out")  # commands that are all that a stop beside them means


def _resumes_now(order: commands.Order, lenses: Lenses) -> bool:
    """Whether to resume now: it is about our texts and names no later day ("resume tomorrow")."""
    lens = lenses[0]
    words = lens.words[order.start : order.end]
    later = not lens.lexicon.lists["tomorrow"].isdisjoint(words) or times.weekday(words, lens.lexicon) is not None
    later = later or times.day_of_month(words, lens.lexicon) is not None
    return not later and _is_about_our_texts(lenses)


def _is_about_our_texts(lenses: Lenses) -> bool:
    """Whether it names our texts, or is too short to mean anything else ("my legs start again" is not)."""
    own = [word for word in lenses[0].plain.words if word not in lenses[0].lexicon.lists["polite"]]
    named = any(not lens.lexicon.lists["our_texts"].isdisjoint(lens.words) for lens in lenses)
    return named or len(own) <= SHORTEST_STORY


SHORTEST_STORY = 3  # words


def _plain(base: Reading, answer: CheckInAnswer, lenses: Lenses, asked: Asked) -> Reading:
    """Read whole-message words and automatic replies, then the check-in, then the rest."""
    other = _greeted(base, answer, lenses, asked) or _other(base, answer, lenses)
    if other is not None:
        return other
    if answer.score.refused and asked is not Asked.NONE and (asked.wants_score or answer.done is None):
        return base._replace(sure=False, why=f"No score taken: {answer.score.why}.")
    if asked.wants_score and base.score is None and any(lens.find("vague", lens.all) for lens in lenses):
        return base._replace(sure=False, why="Compares with another night: no number to record.")
    if answer.any:
        asked_too = first(partial(small_intents.question, beside=base.score is not None), lenses)
        if asked_too is None:
            return base._replace(intent=Intent.CHECKIN, why=_describe(answer))
        told = (*base.recognised, asked_too)
        return base._replace(intent=Intent.QUESTION, recognised=told, why=f"{_describe(answer)} It asks something too.")
    return _small_talk(base, answer, lenses, asked)


def _other(base: Reading, answer: CheckInAnswer, lenses: Lenses) -> Reading | None:
    """Recognize what only looks like an answer, as "no, wrong number"; with a score it is an answer."""
    for label, intent in _OTHER:
        span = first(partial(small_intents.find, label=label), lenses) if answer.score.value is None else None
        told = answer.any or tells_own_story(lenses) or any(one.kind == "busy" for one in base.recognised)
        if span is not None and (label != "auto_soft" or not told):
            return base._replace(intent=intent, habit=None, recognised=(span,), why=f"Not an answer: {span.why}.")
    word = first(small_intents.whole_word, lenses)
    return None if word is None else Reading(word, why="The whole message is that word.")


_OTHER = (
    ("help", Intent.HELP),
    ("opt_in", Intent.OPT_IN),
    ("auto_soft", Intent.AUTO_REPLY),
)


def _describe(answer: CheckInAnswer) -> str:
    legs = "no score" if answer.score.value is None else f"legs {answer.score.value}"
    step = {True: "step done", False: "step not done", None: "no word on the step"}[answer.done]
    return f"{'Corrects an answer' if answer.corrects else 'Answers the check-in'}: {legs}, {step}."


def _greeted(base: Reading, answer: CheckInAnswer, lenses: Lenses, asked: Asked) -> Reading | None:
    """Read small talk: an acknowledgement, unless a question is open that may be asked once more."""
    talk = None if answer.any or answer.score.mention is not None else first(small_intents.small_talk, lenses)
    if talk is None:
        return None
    thanks = (
        asked is Asked.NONE
        or talk.kind != "small_talk"
        or any(small_intents.acknowledges(lens, asked_nothing=False) for lens in lenses)
    )
    intent = Intent.ACK if thanks else Intent.UNCLEAR
    return base._replace(intent=intent, recognised=(talk,), why=f"Small talk: {talk.why}.")


def _small_talk(base: Reading, answer: CheckInAnswer, lenses: Lenses, asked: Asked) -> Reading:
    found = (first(partial(small_intents.whole, label=label), lenses) for label in ("scale", "programme"))
    if (asked_of_us := next(filter(None, found), None)) is not None:
        told = (*base.recognised, asked_of_us)
        return base._replace(intent=Intent.QUESTION, recognised=told, why=f"A question: it {asked_of_us.why}.")
    if any(small_intents.asks(lens) for lens in lenses):
        return base._replace(intent=Intent.QUESTION, why="Asks something: for the coach.")
    if answer.habit.open and answer.habit.found:
        later = all(found.label == "later" for found in answer.habit.found)
        intent = Intent.ACK if later and not asked.wants_habit else Intent.UNCLEAR
        return base._replace(intent=intent, why="Neither done nor missed yet.")
    bare_yes = asked is Asked.NONE and answer.habit.done is True  # the keyword is what confirms the double opt-in
    if bare_yes or any(small_intents.acknowledges(lens, asked is Asked.NONE) for lens in lenses):
        return base._replace(intent=Intent.ACK, why="Thanks or an okay: nothing to answer.")
    hard = first(partial(small_intents.find, label="hard"), lenses)
    told = (*base.recognised, hard) if hard else base.recognised
    return base._replace(sure=False, recognised=told, why="Nothing in it could be read for certain.")
