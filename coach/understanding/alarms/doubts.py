"""Decide from which score of the second reader on a reply is a doubtful stop. It stops nothing: it is asked about.

What the rules know for something else quiets only its own words, and what nothing explains needs less to be a stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, groupby

from coach.understanding import commands, second_reader
from coach.understanding.alarms.shared_phone import is_read_by_others
from coach.understanding.coach_review import unexplained
from coach.understanding.languages import Lenses, first
from coach.understanding.result import Asked, Intent, Reading
from coach.understanding.second_reader import threshold
from coach.understanding.view import Lens
from coach.understanding.words.quoting import as_written
from coach.understanding.words.tokens import BOUNDARIES, Token

# The share of everyday replies of other kinds that sound at least as much like a stop as a doubtful one.
STOP = 0.005
# The same by what the rules made of it, without and with words left that nothing explains. Measured on left-out hands.
STOP_HEARD = {Intent.UNCLEAR: 0.02, Intent.QUESTION: 0.02, Intent.ACK: 0.01}
STOP_LEFT = STOP_HEARD | {Intent.ACK: 0.02, Intent.CHECKIN: 0.01}
STOP_FOR_CERTAIN = 0.002  # beside a yes to the welcome, or an answer that complains of something else
HEARD_AT_ALL = 0.2  # below this, no part of a reply is listened to
NO_STOP = (
    "retract",
    "retract_other",
    "go_on",
    "busy",
    "good_news",
    "aftermath",
    "season",
    "farewell",
)  # kinds of spans whose words ask for no stop
_PLAINLY_NONE = ("go_on", "season", "farewell")  # these explain even what sounds like a stop for certain
SILENT = -10.0  # below every threshold
ENOUGH = 3  # words that say something


def stop_beside(reading: Reading, lenses: Lenses, asked: Asked, whole: float) -> float:
    """Score for a stop what the rules do not know for something else, or the clauses beside an answer.

    In "maybe I should just quit this program" a phrase that is mostly about cigarettes quiets only its own words. What
    is left of a denial ("don't stop these") does not sound like a stop.
    """
    if whole < threshold("opt_out", HEARD_AT_ALL):
        return whole
    if is_read_by_others(lenses[0].text):
        return SILENT  # "my husband reads these": no question of ours is to be read by him
    tokens = lenses[0].tokens
    known = [span for span in reading.recognised if span.kind in (*NO_STOP, "now")]
    known += [span for lens in lenses for span in lens.about_else("opt_out", lens.sentences)]
    if known:
        rest = [token for token in tokens if not any(span.start <= token.start < span.end for span in known)]
        if _says_enough(rest):
            beside = _stop_in(rest, lenses)
            return beside if beside >= threshold("opt_out", STOP) else SILENT
        kinds = {span.kind for span in reading.recognised}
        tries = not kinds.isdisjoint(_PLAINLY_NONE) or (asked.wants_habit and "habit" in kinds)  # "I'm done"
        certain = whole >= threshold("opt_out", STOP_FOR_CERTAIN) and _speaks_of_themselves(lenses) and not tries
        return whole if certain else SILENT
    clauses = [list(group) for end, group in groupby(tokens, lambda one: one.text in BOUNDARIES) if not end]
    own = [clause for clause in clauses if not all(_is_answer(token, lenses) for token in clause)]
    return max(whole, _stop_in(list(chain(*own)), lenses)) if 0 < len(own) < len(clauses) else whole


def _is_answer(token: Token, lenses: Lenses) -> bool:
    return token.kind == "number" or any(token.text in lens.lexicon.lists["bare_answers"] for lens in lenses)


def _speaks_of_themselves(lenses: Lenses) -> bool:
    """Whether they deny nothing and say what they do, in few words: "I might cancel", and not "stop it, you"."""
    lists = [lens.lexicon.lists for lens in lenses]
    words = lenses[0].words
    denies = any(not one["negations"].isdisjoint(words) for one in lists)
    return not denies and any(not one["first_person"].isdisjoint(words[:2]) for one in lists)


def _stop_in(tokens: Sequence[Token], lenses: Lenses) -> float:
    """Score some of the words, if they are enough to say anything."""
    return second_reader.impression(as_written(lenses[0].text, tokens)).opt_out if _says_enough(tokens) else SILENT


def _says_enough(tokens: Sequence[Token]) -> bool:
    return sum(token.kind == "word" for token in tokens) >= ENOUGH


def doubted_from(reading: Reading, lenses: Lenses, asked: Asked) -> float:
    """Return from which share of everyday replies on it is a doubtful stop.

    "I'm sick of this leg thing" complains of the legs and not of the texts; "yes please, my doctor said so" is a yes to
    the welcome; "move these to 555-0199" changes a number.
    """
    says_yes = any(not lens.lexicon.lists["consent_words"].isdisjoint(lens.words[:1]) for lens in lenses)
    if (asked is Asked.CONSENT and says_yes) or first(commands.another_number, lenses) is not None:
        return STOP_FOR_CERTAIN
    if not _says_enough(lenses[0].tokens) and reading.intent is Intent.UNCLEAR:
        return STOP
    if any(_complains_of_something_else(lens) for lens in lenses):
        return STOP if reading.intent is not Intent.CHECKIN else STOP_FOR_CERTAIN
    heard = STOP_LEFT if unexplained(reading, lenses) else STOP_HEARD
    return heard.get(reading.intent, STOP)


def _complains_of_something_else(lens: Lens) -> bool:
    lists = lens.lexicon.lists
    return not lists["complained_of"].isdisjoint(lens.words) and lists["all_texts"].isdisjoint(lens.words)
