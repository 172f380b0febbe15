"""Decide whether a coach should read a reply: it has unexplained words, or sounds like danger.

The second reader only adds caution here: it records nothing, stops nothing and silences nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, takewhile

from coach.understanding import second_reader
from coach.understanding.languages import without_address
from coach.understanding.result import Asked, ForCoach, Intent, Reading
from coach.understanding.second_reader import Impression
from coach.understanding.view import Lens
from coach.understanding.words.lexicon import PLAIN
from coach.understanding.words.tokens import BOUNDARIES, Token

# How strongly a reply must sound like a kind, as the share of everyday replies that sound at least as much like it.
FULL = {"crisis": 0.005, "urgent": 0.002, "medical": 0.005, "someone_else": 0.002}  # acted on at once
CAUTION = {"crisis": 0.02, "urgent": 0.02, "medical": 0.02, "opt_out": 0.02, "someone_else": 0.02}  # a coach reads it
BEYOND_DOUBT = {"crisis": 0.002}  # acted on even beside an idiom
BESIDE = {"crisis": 0.01, "urgent": 0.002}  # in the words beside an automatic reply
BESIDE_ANSWER = {"strange": 0.02, "crisis": 0.01}  # adds help lines to the reply to an answer
IN_PASSING = {"strange": 0.05, "urgent": 0.1, "crisis": 0.1}  # below these, an unusual word beside a number is ordinary
MAY_BE = {"urgent": 0.05}  # an emergency in what otherwise looks like an automatic reply
DISBELIEVED = 0.05  # below this share, a stop is not believed
# How unusual a reply must be for a coach to read it, with and without an answer in it.
STRANGE_ANSWER, STRANGE = 0.05, 0.2

_SIGNS_OF_DANGER = "🔪🗡🩸💊🔫🪦⚰🪢☠"  # two of these are more than a joke
_QUIET = frozenset({Intent.CHECKIN, Intent.UNCLEAR, Intent.ACK})
_NOTHING_ASKED = (Asked.NONE, Asked.CONSENT)
_WISHES = (Intent.PAUSE, Intent.RESUME, Intent.SET_TIME)
_KNOWN_WISHES = frozenset({Intent.HELP, Intent.PAUSE, Intent.RESUME, Intent.SET_TIME, Intent.OPT_IN})
# A whole text of these is answered, or needs no answer.
_NOTHING_TO_SEE = frozenset({"small_talk", "season", "programme", "scale"})
_NO_HUMAN = frozenset({Intent.ACK, Intent.UNCLEAR, Intent.QUESTION})
_FOR_A_HUMAN = frozenset(
    {
        *("called_help", "hard", "grief", "grave", "heed", "wish", "another", "retract", "retract_other", "go_on"),
        *("busy", "ill", "aftermath", "farewell"),
    }
)
_SOUNDS_LIKE_DANGER = ("called_help", "farewell")  # and is known for what it is
_TOLD_BY_INTENT: dict[Intent, ForCoach] = {Intent.CRISIS: "crisis", Intent.WRONG_NUMBER: "read"}


def sounds_like(kind: str, heard: Impression, shares: dict[str, float]) -> bool:
    """Whether a reply sounds like a kind at least as strongly as the given share of others."""
    return bool(getattr(heard, kind) >= second_reader.threshold(kind, shares[kind]))


def explained(reading: Reading, lenses: Sequence[Lens], asked: Asked, heard: Impression) -> Reading:
    """Complete the reading with what a coach is told; decided last."""
    left = unexplained(reading, lenses)
    answer = is_bare(lenses) and reading.intent in _QUIET
    bare = answer or _is_bare_wish(reading, lenses)
    known = any(span.kind in _SOUNDS_LIKE_DANGER for span in reading.recognised)
    only = known or _tells_only_a_loss(reading, lenses)
    heard_danger = _sounds_dangerous(reading, heard) and not only
    worrying = not bare and (reading.worrying or heard_danger)
    signs = sum(lenses[0].text.count(sign) for sign in _SIGNS_OF_DANGER) > 1 and reading.intent in _QUIET
    alone = answer and not any(word[0].isdigit() for word in lenses[0].words)
    told = reading._replace(unexplained=left, worrying=worrying or signs, alone=alone)
    if any(span.kind in _NOTHING_TO_SEE for span in reading.recognised) and reading.intent in _NO_HUMAN:
        return told._replace(worrying=False, for_coach=None)
    more = _says_more(told, lenses)
    return told._replace(for_coach=None if bare else _for_coach(told, asked, heard, says_more=more))


def _tells_only_a_loss(reading: Reading, lenses: Sequence[Lens]) -> bool:
    """Whether every word belongs to the news of a loss, or to a pause beside it: "my dad didn't make it"."""
    losses = [span for span in reading.recognised if span.kind == "grief"]
    told = [span for span in reading.recognised if span.kind in ("grief", "command")] if losses else []
    near = [(span.start, span.end) for span in told]
    words = [token for token in lenses[0].tokens if token.kind == "word"]
    left = [token for token in words if not any(start <= token.start < end for start, end in near)]
    return len(left) <= (1 if len(told) > len(losses) else 0)  # "se murió mi tía, no voy a estar esta semana"


def _sounds_dangerous(reading: Reading, heard: Impression) -> bool:
    """Whether it may be danger though no rule says so; with an answer, only if it is most unusual."""
    if reading.intent is Intent.CHECKIN:
        return any(sounds_like(kind, heard, BESIDE_ANSWER) for kind in BESIDE_ANSWER)
    return reading.intent in (*_QUIET, *_WISHES) and sounds_like("crisis", heard, CAUTION)


def _for_coach(reading: Reading, asked: Asked, heard: Impression, *, says_more: bool) -> ForCoach | None:
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
        or any(span.kind in _FOR_A_HUMAN and not _is_routine(span.kind, reading) for span in reading.recognised)
        or _is_left_over(reading, asked, heard)
        or says_more
        or any(sounds_like(kind, heard, CAUTION) for kind in _heard_beside(intent))
    )
    return "read" if needed else None


def _is_routine(kind: str, reading: Reading) -> bool:
    """Whether it needs nobody beside an answer: a wish that the texts go on."""
    return kind == "go_on" and reading.intent is Intent.CHECKIN


def _says_more(reading: Reading, lenses: Sequence[Lens]) -> bool:
    """Whether a stop or a command has words beside it: a farewell or bad news is never obeyed without a person.

    Beside a stop any words count but courtesy and an answer; beside a command, words no answer has, or another clause.
    """
    if reading.intent is Intent.OPT_OUT:
        return len(_beside(reading, lenses, lenses[0].tokens)) >= SHORTEST_BESIDE
    if not _is_command(reading):
        return False
    clauses = [list(group) for end, group in groupby(lenses[0].tokens, lambda one: one.text in BOUNDARIES) if not end]
    apart = [clause for clause in clauses if not any(is_used(token, reading) for token in clause)]
    return bool(reading.unexplained) or any(len(_beside(reading, lenses, one)) >= SHORTEST_BESIDE for one in apart)


def _is_bare_wish(reading: Reading, lenses: Sequence[Lens]) -> bool:
    """Whether it is only a pause, a return, a setting or a wish to see what is theirs, with its day and courtesy."""
    shows = reading.command is not None and reading.command.name in _SHOWN
    if not (shows or _is_command(reading)) or reading.stop != "no" or reading.worrying or unexplained(reading, lenses):
        return False
    return not _beside(reading, lenses, lenses[0].tokens)


def _is_command(reading: Reading) -> bool:
    return reading.intent in _WISHES and any(span.kind == "command" for span in reading.recognised)


def _beside(reading: Reading, lenses: Sequence[Lens], tokens: Sequence[Token]) -> list[Token]:
    """Return the words that are neither used nor courtesy, an answer, a time, or what stands beside any stop."""
    return [
        token
        for token in tokens
        if token.kind == "word" and not is_used(token, reading) and not any(_goes_with(token, lens) for lens in lenses)
    ]


def _goes_with(token: Token, lens: Lens) -> bool:
    lexicon = lens.lexicon
    dates = (lexicon.numbers, lexicon.weekdays, lexicon.months, lexicon.day_units)
    return any(token.text in words for words in (*dates, *(lexicon.lists[name] for name in _GO_WITH_A_WISH)))


_GO_WITH_A_WISH = (
    *("bare_answers", "polite", "opt_out_keywords", "instruction_words", "clause_joints", "first_person", "you"),
    *("our_texts", "time_words", "until", "tomorrow", "weekend", "once_days", "stop_ends", "pause_ends", "for_good"),
)
SHORTEST_BESIDE = 2  # words that tell something
_SHOWN = ("my_week", "my_page", "what_helps")  # answered by us, and nothing for a coach if nothing stands beside it


def _asks_a_human(reading: Reading) -> bool:
    answered_by_us = reading.command is not None and reading.command.name != "delete_data"
    return reading.intent is Intent.QUESTION and not answered_by_us


def _is_left_over(reading: Reading, asked: Asked, heard: Impression) -> bool:
    """Whether something stays unexplained; beside an answer it must also be unusual."""
    whole = reading.score is not None and reading.habit is not None
    if reading.intent is Intent.CHECKIN and (whole or asked not in _NOTHING_ASKED):
        return heard.strange >= second_reader.threshold("strange", STRANGE_ANSWER)
    if reading.intent is Intent.UNCLEAR and (asked in _NOTHING_ASKED or not _tries_to_answer(reading)):
        return True
    if reading.intent is Intent.OPT_OUT:
        return bool(reading.unexplained)
    return len(reading.unexplained) > 1 or heard.strange >= second_reader.threshold("strange", STRANGE)


def _tries_to_answer(reading: Reading) -> bool:
    """Whether it attempts an answer that cannot be recorded, so that asking again is enough."""
    return bool(reading.seen) or any(span.kind in _TRIES for span in reading.recognised)


_TRIES = frozenset({"score", "unclear_score", "habit", "hard"})


def _heard_beside(intent: Intent) -> tuple[str, ...]:
    """Return the kinds that can still matter for a reply with this intent."""
    if intent is Intent.OPT_OUT:
        return ("crisis", "urgent")
    if intent is Intent.CHECKIN:
        return ()  # covered by how unusual the answer is
    return ("crisis", "urgent", "medical") if intent in _KNOWN_WISHES else tuple(CAUTION)


_BARE = ("bare_answers", "skipping", "polite")


def is_bare(lenses: Sequence[Lens]) -> bool:
    """Whether it is only a yes, a no, "skipped it", a number or courtesy, on which the second reader has no say."""
    return any(
        all(word[0].isdigit() or any(word in lens.lexicon.lists[name] for name in _BARE) for word in lens.plain.words)
        for lens in lenses
    )


def unexplained(reading: Reading, lenses: Sequence[Lens]) -> tuple[str, ...]:
    """Return the content words that no rule used and that everyday answers do not contain, in order."""
    return tuple(token.text for token in lenses[0].tokens if is_strange(token, lenses) and not is_used(token, reading))


def is_used(token: Token, reading: Reading) -> bool:
    """Whether a rule that explains its words used this one."""
    return any(span.start <= token.start < span.end for span in reading.recognised if span.kind not in _MERE_MENTIONS)


def is_strange(token: Token, lenses: Sequence[Lens]) -> bool:
    """Whether it is a content word that everyday answers do not contain."""
    if token.kind != "word" or len(token.text) < 2:
        return False
    if any(token.text in lens.lexicon.plain for lens in lenses):
        return False
    return not second_reader.is_ordinary(second_reader.fold_word(lenses[0].text[token.start : token.end]))


def fits(start: int, end: int, lenses: Sequence[Lens], asked: Asked, *, answered: bool = False) -> bool:
    """Whether a bare number at these places can be a score: no other word may be unusual in an answer.

    If a score was asked for, only the adjacent words count ("iOS 10", "ETA 5") and those of its clause ("we were four
    at table"); else every word does. ``answered``: it says whether the step was done as well, or "it was a 4".
    """
    tokens = without_address(lenses)
    if not asked.wants_score:
        return not any(is_strange(token, lenses) for token in tokens if not start <= token.start < end)
    before = [token for token in tokens if token.end <= start]
    after = [token for token in tokens if token.start >= end]
    near = [token for token in (*before[-1:], *after[:1]) if token.text not in BOUNDARIES]
    odd = [token for token in near if is_strange(token, lenses)]
    told = answered or not asked.wants_habit  # else it may be the yes or no: "5 noe"
    if odd and not (told and _is_in_passing(odd, before, lenses, answered)):
        return False
    return answered or _fits_its_clause(before, after, lenses)


def _is_in_passing(odd: Sequence[Token], before: Sequence[Token], lenses: Sequence[Lens], answered: bool) -> bool:
    """Whether an unusual word beside a number is only said in passing: "9 puñeta", "yes 8 lousy night".

    A number from 2 on counts no singular, and what sounds ordinary as a whole tells of nothing else. In front of the
    number it may only be an exclamation before a whole answer: "púchica 9 y no".
    """
    heard = second_reader.impression(lenses[0].text)
    if any(getattr(heard, kind) >= second_reader.threshold(kind, share) for kind, share in IN_PASSING.items()):
        return False
    if odd[0] in before:
        return answered and len(before) == 1 and len(odd) == 1
    counted = odd[0].text.endswith("s") or lenses[0].lexicon.value(lenses[0].words[len(before)]) == 1
    begins = not before or before[-1].text in BOUNDARIES or _is_known(before[-1], lenses, _BEFORE_A_SCORE)
    return begins and not counted


_BEFORE_A_SCORE = ("articles", "bare_answers")


def _fits_its_clause(before: Sequence[Token], after: Sequence[Token], lenses: Sequence[Lens]) -> bool:
    """Whether a number is the point of its clause, and not one among words about something else.

    Beside the legs it always is. Else it may not stand in the middle of a story, or end one with unusual words.
    """
    parts = BOUNDARIES | lenses[0].lexicon.lists["clause_joints"]
    ahead = list(takewhile(lambda token: token.text not in parts, reversed(before)))
    behind = list(takewhile(lambda token: token.text not in parts, after))
    if any(token.text in lens.lexicon.lists["body"] for token in (*before, *after) for lens in lenses):
        return True
    introduced = [token for token in ahead if not _is_known(token, lenses, _INTRODUCING)]
    if len(ahead) == 2 and ahead[1:] == introduced and not behind:
        return True  # "juemadre un 9"
    if introduced and behind and not _is_known(behind[0], lenses, _FOLLOWING):
        return all(_is_known(token, lenses, PLAIN) for token in (*ahead, *behind))
    return not introduced or not any(is_strange(token, lenses) for token in (*ahead, *behind))


_INTRODUCING = ("articles",)
_FOLLOWING = ("after_score", "answer", "polite")


def _is_known(token: Token, lenses: Sequence[Lens], names: Sequence[str]) -> bool:
    """Whether a word is in one of these lists, in any of the languages."""
    return any(token.text in lens.lexicon.lists[name] for lens in lenses for name in names)


_MERE_MENTIONS = frozenset({"medicine", "worry", "hard", "unclear_score"})
