"""What a coach is told of a reply: whatever nothing above has explained, and whatever sounds like danger.

The second reader only ever raises caution here: it records nothing, stops nothing and silences nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from coach.understanding import second_reader
from coach.understanding.result import Asked, ForCoach, Intent, Reading
from coach.understanding.second_reader import Impression
from coach.understanding.view import Lens
from coach.understanding.words.tokens import BOUNDARIES, Token

# How much like its kind a reply must sound, as the share of everyday replies that sound as much like it.
FULL = {"crisis": 0.005, "urgent": 0.002, "medical": 0.005, "someone_else": 0.002}  # acted on at once
DOUBTFUL = {"opt_out": 0.005}  # held and asked about
# The same where the rules have read nothing, or a question: a coach would look anyway.
DOUBTFUL_ELSE = {"opt_out": 0.02}
CAUTION = {"crisis": 0.02, "urgent": 0.02, "medical": 0.02, "opt_out": 0.02, "someone_else": 0.02}  # a coach reads it
BEYOND_DOUBT = {"crisis": 0.002}  # acted on even beside an idiom
BESIDE = {"crisis": 0.01, "urgent": 0.002}  # in what stands beside a machine's words
BESIDE_ANSWER = {"strange": 0.02, "crisis": 0.01}  # help lines beside what was answered
MAY_BE = {"urgent": 0.05}  # an emergency beside what else looks like a machine's text
DISBELIEVED = 0.05  # a stop that sounds less like one than this share of what is none
# How unlike an everyday answer a reply must be before a coach reads it: beside an answer, and where there is none.
STRANGE_ANSWER, STRANGE = 0.05, 0.2

_SIGNS_OF_DANGER = "🔪🗡🩸💊🔫🪦⚰🪢☠"  # two of them say more than a joke
_QUIET = frozenset({Intent.CHECKIN, Intent.UNCLEAR, Intent.ACK})
_NOTHING_ASKED = (Asked.NONE, Asked.CONSENT)
_KNOWN_WISHES = frozenset({Intent.HELP, Intent.PAUSE, Intent.RESUME, Intent.SET_TIME, Intent.OPT_IN})
_TOLD_BY_INTENT: dict[Intent, ForCoach] = {Intent.CRISIS: "crisis", Intent.WRONG_NUMBER: "read"}


def sounds_like(kind: str, heard: Impression, shares: dict[str, float]) -> bool:
    """Whether a reply sounds as much like a kind as only these shares of others do."""
    return bool(getattr(heard, kind) >= second_reader.threshold(kind, shares[kind]))


def explained(reading: Reading, lenses: Sequence[Lens], asked: Asked, heard: Impression) -> Reading:
    """The reading with what a coach is told of it, decided last."""
    left, bare = unexplained(reading, lenses), is_bare(lenses) and reading.intent in _QUIET
    worrying = not bare and (reading.worrying or _sounds_dangerous(reading, heard))
    signs = sum(lenses[0].text.count(sign) for sign in _SIGNS_OF_DANGER) > 1 and reading.intent in _QUIET
    alone = bare and not any(word[0].isdigit() for word in lenses[0].words)
    told = reading._replace(unexplained=left, worrying=worrying or signs, alone=alone)
    return told._replace(for_coach=None if bare else _for_coach(told, asked, heard))


def _sounds_dangerous(reading: Reading, heard: Impression) -> bool:
    """Whether what is no alarm by the rules may be one; beside an answer, what is most unlike everyday answers."""
    if reading.intent is Intent.CHECKIN:
        return any(sounds_like(kind, heard, BESIDE_ANSWER) for kind in BESIDE_ANSWER)
    return reading.intent in _QUIET and sounds_like("crisis", heard, CAUTION)


def _for_coach(reading: Reading, asked: Asked, heard: Impression) -> ForCoach | None:
    intent = reading.intent
    if intent is Intent.MEDICAL:
        return "urgent" if reading.urgency == "emergency" else "medical"
    if intent is Intent.AUTO_REPLY:
        return None
    if intent in _TOLD_BY_INTENT:
        return _TOLD_BY_INTENT[intent]
    needed = (
        reading.worrying
        or reading.stop == "doubtful"
        or _asks_a_human(reading)
        or any(span.kind in ("hard", "grief") for span in reading.recognised)
        or _is_left_over(reading, asked, heard)
        or any(sounds_like(kind, heard, CAUTION) for kind in _heard_beside(intent))
    )
    return "read" if needed else None


def _asks_a_human(reading: Reading) -> bool:
    answered_by_us = reading.command is not None and reading.command.name != "delete_data"
    return reading.intent is Intent.QUESTION and not answered_by_us


def _is_left_over(reading: Reading, asked: Asked, heard: Impression) -> bool:
    """Whether something was said that nothing explains: beside an answer it has to be unlike everyday answers, too."""
    if reading.intent is Intent.CHECKIN and asked not in _NOTHING_ASKED:
        return heard.strange >= second_reader.threshold("strange", STRANGE_ANSWER)
    if reading.intent is Intent.UNCLEAR and (asked in _NOTHING_ASKED or not _tries_to_answer(reading)):
        return True
    if reading.intent is Intent.OPT_OUT:
        return bool(reading.unexplained)
    return len(reading.unexplained) > 1 or heard.strange >= second_reader.threshold("strange", STRANGE)


def _tries_to_answer(reading: Reading) -> bool:
    """Whether something in it is about a score or the step, though it cannot be recorded: asking again is enough."""
    return bool(reading.seen) or any(span.kind in _TRIES for span in reading.recognised)


_TRIES = frozenset({"score", "unclear_score", "habit", "hard"})


def _heard_beside(intent: Intent) -> tuple[str, ...]:
    """The kinds that bear on a reply that was read as this."""
    if intent is Intent.OPT_OUT:
        return ("crisis", "urgent")
    if intent is Intent.CHECKIN:
        return ()  # they are part of what is strange beside an answer
    return ("crisis", "urgent", "medical") if intent in _KNOWN_WISHES else tuple(CAUTION)


def is_bare(lenses: Sequence[Lens]) -> bool:
    """Whether there is nothing but a yes, a no, a number and courtesy: what they answer, no ear can tell."""
    return any(
        all(
            word[0].isdigit() or word in lens.lexicon.lists["bare_answers"] or word in lens.lexicon.lists["polite"]
            for word in lens.plain.words
        )
        for lens in lenses
    )


def unexplained(reading: Reading, lenses: Sequence[Lens]) -> tuple[str, ...]:
    """The words of content that no rule has used and that are no words of everyday answers, in order."""
    used = [(span.start, span.end) for span in reading.recognised if span.kind not in _MERE_MENTIONS]
    return tuple(
        token.text
        for token in lenses[0].tokens
        if is_strange(token, lenses) and not any(a <= token.start < b for a, b in used)
    )


def is_strange(token: Token, lenses: Sequence[Lens]) -> bool:
    """Whether it is a word of content that is none of everyday answers."""
    if token.kind != "word" or len(token.text) < 2:
        return False
    if any(token.text in lens.lexicon.lists[name] for lens in lenses for name in _PLAIN):
        return False
    return not second_reader.is_ordinary(second_reader.fold_word(lenses[0].text[token.start : token.end]))


def fits(start: int, end: int, lenses: Sequence[Lens], asked: Asked) -> bool:
    """Whether a bare number between these places of the text can be a score: every other word has to fit an answer.

    Where a score was asked for, it is the words right beside it ("iOS 10", "ETA 5"); else it is every word.
    """
    tokens = lenses[0].tokens
    if not asked.wants_score:
        return not any(is_strange(token, lenses) for token in tokens if not start <= token.start < end)
    before = [token for token in tokens if token.end <= start][-1:]
    after = [token for token in tokens if token.start >= end][:1]
    return not any(token.text not in BOUNDARIES and is_strange(token, lenses) for token in (*before, *after))


# Lists of words that say nothing by themselves.
_PLAIN = ("explained", "common", "polite", "answer", "after_score")
_MERE_MENTIONS = frozenset({"medicine", "worry", "hard", "unclear_score"})
