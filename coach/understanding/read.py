"""Read a reply in a fixed order of rules, and choose between languages.

Danger outranks everything; automatic replies are never obeyed; a stop outranks medical matters, which outrank the rest.
Then come somebody else at the phone, commands and whole-message words, the check-in, and questions and thanks. A score
and a yes or no are recorded whatever the intent, except beside a crisis or a doubtful stop. What a coach is told is
decided last, from what is left unexplained (`coach_review`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

from coach.understanding import automatic_replies, commands, second_reader, small_intents
from coach.understanding.alarms import safety
from coach.understanding.alarms.caution import (
    hear,
    heard_as,
    is_no_stop_after_all,
    listen,
    listen_beside_wish,
    sign_beside_stop,
    without_harmless,
)
from coach.understanding.coach_review import (
    BEYOND_DOUBT,
    DISBELIEVED,
    FULL,
    MAY_BE,
    explained,
    sounds_like,
)
from coach.understanding.languages import Lenses, answer_in, first, hidden, tells_own_story
from coach.understanding.result import Asked, Intent, Reading, TextSpan
from coach.understanding.routine import read_ordinary
from coach.understanding.second_reader import Impression
from coach.understanding.stopping import stops
from coach.understanding.stopping.partial_stops import asks_for_a_pause, is_another_time, pauses
from coach.understanding.view import OWN_NAME, Lens, look
from coach.understanding.words.lexicon import every
from coach.understanding.words.quoting import is_reaction, own_words
from coach.understanding.words.tokens import Token, clean, cut, fold


def understand(
    text: str, asked: Asked = Asked.SCORE_AND_HABIT, language: str | None = None, name: str | None = None
) -> Reading:
    """Read one reply.

    Args:
        text: what they sent; anything beyond 1,600 characters is ignored.
        asked: what the open question asked for.
        language: the participant's language; without one, the lexicon that knows more of the words wins.
        name: the participant's first name: "Ruth died" is about her.

    Returns:
        The reading; never raises, whatever the text. Spans refer to the composed (NFC) text.
    """
    language = language.partition("-")[0] if language else None  # variants are read alike
    if is_remembered(text, name):
        return _remembered(text, asked, language)
    return _read(text, asked, language, name)


def is_remembered(text: str, name: str | None) -> bool:
    """Whether what is read in a text is kept in memory: it is brief, and does not name the participant."""
    return len(text) <= _BRIEF and (name is None or not _names(text, name))


def _names(text: str, name: str) -> bool:
    forms = _forms(name)
    return any(token.text in forms for token in cut(clean(text)))


def _forms(name: str) -> dict[str, str]:
    """Return the words that stand for the participant's name in the lexicon, for the name and for its possessive."""
    known = fold(name)
    return {known: OWN_NAME, f"{known}s": f"{OWN_NAME}s"}


REMEMBERED = 4096  # texts
_BRIEF = 16  # only texts this short ("4 yes") are cached, so nothing private stays in memory


def _read(text: str, asked: Asked, language: str | None, name: str | None = None) -> Reading:
    text = clean(text)
    tokens = own_words(text, cut(text))
    if is_reaction(text) and not tokens:
        return Reading(Intent.ACK, language=language, why="A phone's reaction to a text of ours.")
    tokens = _with_own_name(tokens, name)
    lenses = _lenses(text, tokens, language)
    told = without_harmless(tokens, lenses)
    heard = hear(text, tokens, told)
    reading = _alarmed(lenses, asked, heard) or _heard(read_ordinary(lenses, asked), lenses, asked, heard)
    if reading.urgency == "emergency":
        reading = _beside(reading, lenses)
    return explained(_finished(reading, lenses), lenses, asked, listen(text, told, lenses, heard))


def _heard(reading: Reading, lenses: Lenses, asked: Asked, heard: Impression) -> Reading:
    """Add what it sounds like; a wish by rule ("this is my new phone") comes from the participant."""
    sounding = heard_as(reading, lenses, asked, heard)
    wishes = any(span.kind == "wish" for span in reading.recognised)
    return reading if wishes and sounding.intent is Intent.WRONG_NUMBER else sounding


def _with_own_name(tokens: list[Token], name: str | None) -> list[Token]:
    forms = _forms(name) if name is not None else {}
    return [token._replace(text=forms[token.text]) if token.text in forms else token for token in tokens]


def _lenses(text: str, tokens: Sequence[Token], language: str | None) -> list[Lens]:
    """View a text in each language that may be its own, the likelier first."""
    lenses = [look(text, tokens, lexicon) for lexicon in every()]
    lenses.sort(key=lambda lens: _fit(lens, language), reverse=True)
    if _is_in_one_language(lenses):
        del lenses[1:]
    return lenses


def view(text: str, name: str | None = None) -> Lenses:
    """View a text in its languages, with the participant's name replaced; what we ourselves wrote is left out."""
    text = clean(text)
    return _lenses(text, _with_own_name(own_words(text, cut(text)), name), None)


_remembered = lru_cache(maxsize=REMEMBERED)(_read)


def _fit(lens: Lens, language: str | None) -> float:
    """Score how likely a language is: the share of known words, plus a bonus for the expected language."""
    expected = 0.2 if lens.lexicon.language == language else 0.0
    return lens.share_known + expected


def _is_in_one_language(lenses: Lenses) -> bool:
    """Whether the other language knows hardly a word, so that matching its phrases would be wasted time."""
    return lenses[0].share_known >= MOST and all(lens.share_known <= FEW for lens in lenses[1:])


MOST, FEW = 0.75, 0.2  # shares of the words


def _finished(reading: Reading, lenses: Lenses) -> Reading:
    """Add what applies to every reply: its language, a carrier keyword, a worry, a medicine mentioned."""
    called = first(safety.called_help, lenses)
    extra: list[TextSpan] = [called] if called else []
    worry = None if reading.intent is Intent.CRISIS else first(partial(safety.worry, called=called), lenses)
    if worry is not None:
        extra.append(worry)
    if reading.intent not in (Intent.CRISIS, Intent.OPT_OUT, Intent.MEDICAL):
        mentioned = first(safety.medicine, lenses)
        extra += [mentioned] if mentioned else []
    crisis = reading.intent is Intent.CRISIS
    if reading.intent is Intent.OPT_OUT and reading.stop == "doubtful":
        qualified = first(stops.qualified, lenses)
        if qualified:
            extra, why = [*extra, qualified], reading.why.replace(HOLD, f" But {qualified.why}.")
            reading = reading._replace(why=why)
    elif reading.intent in (Intent.UNCLEAR, Intent.QUESTION) and reading.command is None:
        limited = first(stops.limits, lenses) or first(commands.another_number, lenses)
        extra += [limited] if limited else []
    return reading._replace(
        violence=crisis and any(safety.by_somebody_else(lens) for lens in lenses),
        language=lenses[0].lexicon.language,
        keyword=_keyword(lenses),
        worrying=worry is not None,
        recognised=reading.recognised + tuple(extra),
    )


def _keyword(lenses: Lenses) -> str | None:
    """Return the carrier keyword in upper case, if the whole reply is one."""
    word = lenses[0].text.strip().strip(".!,;:\"'“”‘’ ").upper()
    return word if any(word.lower() in lens.lexicon.lists["keywords"] for lens in lenses) else None


def _alarmed(lenses: Lenses, asked: Asked, heard: Impression) -> Reading | None:
    """Read what outranks every answer, in order: danger, automatic replies, a stop."""
    called = first(safety.called_help, lenses)
    crisis = first(partial(safety.crisis, called=called), lenses)
    emergency = first(safety.emergency, lenses)
    if crisis is not None:
        urgency = emergency.urgency if emergency else None
        why = f"Crisis: {crisis.span.why}."
        return _beside(Reading(Intent.CRISIS, urgency=urgency, recognised=(crisis.span,), why=why), lenses)
    stop = first(stops.find, lenses)
    beside = automatic_replies.listen(listen_beside_wish(lenses, heard, stop), lenses)
    sounds = sounds_like("crisis", beside, FULL if not _is_something_else(lenses) else BEYOND_DOUBT)
    denied = any(lens.find("crisis", lens.plain, ("denied",)) for lens in lenses)
    if sounds and not denied:
        urgency = emergency.urgency if emergency else None
        why = "Crisis: it sounds like one, though no rule names it."
        return _beside(Reading(Intent.CRISIS, urgency=urgency, why=why), lenses)
    machine = automatic_replies.find(lenses)
    told = emergency is not None and (machine is None or _is_told_beside(emergency, machine, heard))
    busy = first(partial(small_intents.find, label="busy"), lenses) is not None
    own = busy or tells_own_story(lenses) or _speaks_for_themselves(stop, lenses)
    if machine is not None and not told and not own:
        return automatic_replies.read(machine, lenses)
    if told or stop is None or (not stop.keyword and pauses(stop, lenses)) or is_another_time(stop, lenses):
        return None
    if not stop.sure and is_no_stop_after_all(lenses):
        return None
    return sign_beside_stop(lenses, beside) or _stopped(stop, lenses, asked, heard)


def _is_something_else(lenses: Lenses) -> bool:
    """Whether the rules recognize an idiom, a denial, or somebody else at the phone, so that a coach reads it."""
    idiom = any(lens.has_neutral("crisis", lens.plain) for lens in lenses)
    return idiom or any(lens.find("rest", lens.all, ("wrong_number", "died")) for lens in lenses)


def _speaks_for_themselves(stop: stops.StopFound | None, lenses: Lenses) -> bool:
    """Whether a person asks for a stop or a pause themselves: "on vacation til Friday, dont text me"."""
    if stop is not None and ((stop.keyword and stop.sure) or _says_me(stop, lenses)):
        return True
    return asks_for_a_pause(lenses)


def _says_me(stop: stops.StopFound, lenses: Lenses) -> bool:
    inside = {t.text for lens in lenses for t in lens.tokens if stop.span.start <= t.start < stop.span.end}
    return any(not lens.lexicon.lists["first_person"].isdisjoint(inside) for lens in lenses)


def _is_told_beside(emergency: safety.Alarm, machine: TextSpan, heard: Impression) -> bool:
    """Whether the emergency is outside the words of the automatic reply, and sounds like one."""
    apart = emergency.span.start >= machine.end or emergency.span.end <= machine.start
    return apart and sounds_like("urgent", heard, MAY_BE)


def _beside(reading: Reading, lenses: Lenses) -> Reading:
    """Note a stop beside a cry for help; "unsubscribe me from life" is none.

    Without a keyword it may be a farewell: nobody is opted out by "no need to text me, I'll be gone".
    """
    stop = first(stops.find, lenses)
    ending = first(safety.ending_of_life, lenses)
    if stop is None or (ending is not None and _overlap(stop.span, ending)):
        return reading
    sure = stop.sure and (stop.keyword or reading.intent is not Intent.CRISIS)
    return reading._replace(stop="sure" if sure else "doubtful")


def _overlap(one: TextSpan, other: TextSpan) -> bool:
    return one.start < other.end and other.start < one.end


def _stopped(stop: stops.StopFound, lenses: Lenses, asked: Asked, heard: Impression) -> Reading:
    """Read a stop and a score before it; without a keyword, the second reader can make it doubtful."""
    disbelieved = not stop.keyword and heard.opt_out < second_reader.threshold("opt_out", DISBELIEVED)
    may_end = not stop.keyword and any(not lens.lexicon.lists["stop_ends"].isdisjoint(lens.words) for lens in lenses)
    despairs = not stop.keyword and first(safety.worry, lenses) is not None  # a farewell ends nobody's texts
    sure = stop.sure and not disbelieved and not may_end and not despairs
    doubt = "" if sure else HOLD
    score = answer_in(lenses, asked, hidden(None, None, lenses)).score.value if sure and asked.wants_score else None
    return Reading(
        Intent.OPT_OUT,
        score=score,
        sure=sure,
        stop="sure" if sure else "doubtful",
        recognised=(stop.span,),
        why=f"Opt-out: {stop.span.why}.{doubt}",
    )


HOLD = " Not certain: hold sending and ask once."
