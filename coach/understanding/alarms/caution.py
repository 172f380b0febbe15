"""Let the second reader make a reading more cautious, never less. It records nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain, groupby, zip_longest
from typing import Any

from coach.understanding import second_reader, small_intents
from coach.understanding.alarms import doubts, safety
from coach.understanding.coach_review import (
    CAUTION,
    FULL,
    is_bare,
    is_used,
    sounds_like,
)
from coach.understanding.languages import Lenses, first, order_in
from coach.understanding.result import Asked, Intent, Reading, TextSpan
from coach.understanding.second_reader import Impression, threshold
from coach.understanding.stopping import stops
from coach.understanding.words.quoting import as_written
from coach.understanding.words.tokens import BOUNDARIES, Token

# Intents certain by the rules, which the second reader overrides only for an emergency.
_CERTAIN = frozenset(
    {Intent.HELP, Intent.OPT_IN, Intent.PAUSE, Intent.RESUME, Intent.SET_TIME, Intent.WRONG_NUMBER, Intent.MEDICAL}
)
_NOT_CERTAIN = (Intent.CHECKIN, Intent.UNCLEAR, Intent.ACK, Intent.QUESTION)
_STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "optout"})
_MAY_BE_A_STOP: dict[str, Any] = {
    "intent": Intent.OPT_OUT,
    "score": None,
    "habit": None,
    "sure": False,
    "stop": "doubtful",
    "command": None,
}
_WHY = {
    "urgent": "It sounds like an emergency, though no rule names it.",
    "medical": "It sounds like something for a clinician.",
    "someone_else": "It sounds like somebody else at this phone.",
    "opt_out": "It sounds like a stop, though no rule names it. Not certain: hold sending and ask once.",
}


def without_harmless(tokens: Sequence[Token], lenses: Lenses) -> Sequence[Token]:
    """Leave out what the rules know to be no danger, which the second reader would take for some: a shaving cut."""
    harmless = [span for lens in lenses for span in safety.harmless(lens)]
    return [token for token in tokens if not _is_inside(token, harmless)] if harmless else tokens


def hear(text: str, tokens: Sequence[Token], told: Sequence[Token]) -> Impression:
    """Score a text; for danger only what is ``told`` beside the harmless counts."""
    whole = second_reader.impression(as_written(text, tokens))
    if len(told) == len(tokens):
        return whole
    if len(told) < SHORTEST_OWN or sum(token.kind == "word" for token in told) < 2:  # "he" of "he is fine, …!!"
        return whole._replace(**dict.fromkeys(_DANGERS, SILENT))
    beside = second_reader.impression(as_written(text, told))
    return beside._replace(opt_out=whole.opt_out, someone_else=whole.someone_else)


_DANGERS = ("crisis", "urgent", "medical", "beside")
SILENT = -10.0  # below every threshold


def listen(text: str, tokens: Sequence[Token], lenses: Lenses, whole: Impression) -> Impression:
    """Score a text; for danger also score the words beside the answer, which could mask it: "no way out. 7 no"."""
    answers = [lens.lexicon.lists["bare_answers"] for lens in lenses]
    own = [token for token in tokens if token.kind != "number" and not any(token.text in words for words in answers)]
    if not SHORTEST_OWN <= len(own) < len(tokens):
        return whole
    beside = second_reader.impression(as_written(text, own))
    return second_reader.louder(whole, beside, ("crisis", "urgent", "beside"))


def listen_beside_wish(lenses: Lenses, whole: Impression, stop: stops.StopFound | None) -> Impression:
    """Score for danger also the words beside a stop, a pause or a return, which could mask it.

    "Pause this week, my wife found me in the garage". A stop itself has much of a farewell, so beside one only an
    emergency counts.
    """
    order = order_in(lenses)
    pause = order[1].span if order is not None and order[1].command.name in ("pause", "resume") else None
    wishes = [span for span in (stop and stop.span, pause) if span]
    kinds = ("urgent", "medical") if stop is not None else ("crisis", "urgent", "medical")
    clauses = [list(group) for end, group in groupby(lenses[0].tokens, lambda one: one.text in BOUNDARIES) if not end]
    apart = [[token for token in clause if not _is_inside(token, wishes)] for clause in clauses]
    whole_clauses = [clause for clause, own in zip(clauses, apart, strict=True) if len(clause) == len(own)]
    for own in (list(chain(*apart)), list(chain(*whole_clauses))) if wishes else ():
        if len(own) >= SHORTEST_OWN:
            beside = second_reader.impression(as_written(lenses[0].text, own))
            whole = second_reader.louder(whole, beside, kinds)
    return whole


def sign_beside_stop(lenses: Lenses, beside: Impression) -> Reading | None:
    """Take a bodily sign beside a stop for an emergency if it sounds like one: "stop, my arm's gone numb"."""
    sign = first(safety.medical, lenses)
    if (sign is None and not sounds_like("medical", beside, FULL)) or not sounds_like("urgent", beside, CAUTION):
        return None
    recognised, bars = ((sign.span,), sign.bars) if sign is not None else ((), None)
    why = "It sounds like an emergency, beside a stop."
    return Reading(Intent.MEDICAL, urgency="emergency", recognised=recognised, bars=bars, why=why)


def is_no_stop_after_all(lenses: Lenses) -> bool:
    """Whether what sounds like a stop takes a number back, or is about a step."""
    retracted = first(partial(small_intents.find, label="retract"), lenses)
    return retracted is not None or _leaves_a_step_out(lenses)


def _leaves_a_step_out(lenses: Lenses) -> bool:
    """Whether what sounds like a stop is about one kind of step: "stop sending me the yoga ones"."""
    order = order_in(lenses)
    return order is not None and order[1].command.name == "leave_out"


def _is_inside(token: Token, spans: Sequence[TextSpan]) -> bool:
    return any(span.start <= token.start < span.end for span in spans)


SHORTEST_OWN = 3  # words beside an answer or a wish


def heard_as(reading: Reading, lenses: Lenses, asked: Asked, heard: Impression) -> Reading:
    """Replace the reading by what it sounds like, where the rules are not certain."""
    # "why do my legs do this every night?" despairs of the legs, not of us: a coach answers it, and the texts go on.
    asks = reading.intent is Intent.QUESTION and lenses[0].text.rstrip().endswith("?")
    heard = heard._replace(opt_out=doubts.stop_beside(reading, lenses, asked, heard.opt_out))
    kind = _kind(heard, reading, doubts.STOP if asks else doubts.doubted_from(reading, lenses, asked))
    if kind not in ("urgent", "medical") and _leaves_a_stop_word(reading, lenses):
        return reading._replace(
            **_MAY_BE_A_STOP, why="A stop word that nothing else explains: hold sending and ask once."
        )
    if kind is None or _stays(reading, kind, lenses):
        return reading
    why = _WHY[kind]
    if kind in ("urgent", "medical"):
        urgency = "emergency" if kind == "urgent" else "same_day"
        return reading._replace(intent=Intent.MEDICAL, urgency=urgency, command=None, why=why)  # type: ignore[arg-type]
    if kind == "someone_else":
        return reading._replace(intent=Intent.WRONG_NUMBER, score=None, habit=None, why=why)
    return reading._replace(**_MAY_BE_A_STOP, why=why)


def _leaves_a_stop_word(reading: Reading, lenses: Lenses) -> bool:
    """Whether an unexplained STOP remains, in capitals or at the end of a sentence."""
    lens = lenses[0]
    if reading.intent not in _NOT_CERTAIN or _STOP_WORDS.isdisjoint(lens.words) or _denies_a_stop(lenses):
        return False
    return any(
        token.text in _STOP_WORDS
        and not is_used(token, reading)
        and (lens.text[token.start : token.end].isupper() or after is None or after.text in BOUNDARIES)
        for token, after in zip_longest(lens.tokens, lens.tokens[1:])
    )


def _stays(reading: Reading, kind: str, lenses: Lenses) -> bool:
    """Whether the rules prevail: a certain reading, a bare answer, an idiom, a medicine only mentioned."""
    if reading.intent is Intent.AUTO_REPLY or is_bare(lenses):
        return True
    if kind == "opt_out" and reading.command is not None and reading.command.name == "pause":
        # "not tonight, I take my consent back" names no day on which to go on
        return reading.command.names_a_day or (reading.command.days or 0) > 1
    if kind != "urgent" and (reading.intent in _CERTAIN or reading.command is not None):
        return True
    if kind == "someone_else" and any(span.kind in doubts.NO_STOP for span in reading.recognised):
        return True
    if kind == "someone_else" and (_is_no_other_hand(reading, lenses) or _asks_who_we_are(reading, lenses)):
        return True
    return kind == "medical" and reading.intent is Intent.CHECKIN and _names_a_medicine(lenses)


def _is_no_other_hand(reading: Reading, lenses: Lenses) -> bool:
    """Whether it is to be heeded, or an idiom such as "the wrong man for this job"."""
    heeded = any(span.kind == "heed" for span in reading.recognised)
    return heeded or any(lens.has_neutral("rest", lens.all) for lens in lenses)


def _asks_who_we_are(reading: Reading, lenses: Lenses) -> bool:
    """Whether it is a question in few words, as "hello who is this"; somebody else says who they are."""
    return reading.intent is Intent.QUESTION and len(lenses[0].plain.words) <= SHORT_QUESTION


SHORT_QUESTION = 4


def _names_a_medicine(lenses: Lenses) -> bool:
    return any(safety.medicine(lens) is not None for lens in lenses)


def _denies_a_stop(lenses: Lenses) -> bool:
    """Whether the rules recognize a denial or idiom: "do not take me off the list"."""
    return any(lens.has_neutral("opt_out", lens.sentences) for lens in lenses)


def _kind(heard: Impression, reading: Reading, doubted_from: float) -> str | None:
    """Return the kind it sounds most like, an emergency first."""
    shares = FULL | {"opt_out": doubts.STOP}
    above = {kind: getattr(heard, kind) - threshold(kind, share) for kind, share in shares.items()}
    answered = reading.score is not None or reading.habit is not None
    kinds = [kind for kind in FULL if kind in _WHY and above[kind] >= 0 and not (kind == "someone_else" and answered)]
    if heard.opt_out >= threshold("opt_out", doubted_from):
        kinds.append("opt_out")
    if "urgent" in kinds:
        return "urgent"
    return max(kinds, key=above.__getitem__) if kinds else None
