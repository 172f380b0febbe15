"""Rules for a doubtful stop, and for the answer to "do you want us to stop?". Pure."""

from coach.conversation.intentions import ForCoach, Hold, Intention, OptOut, RaiseFlag, Release, Reply
from coach.conversation.rules.answer_budget import STOP_ASKED_EVERY
from coach.conversation.rules.check_in import answers_only, read_answers
from coach.conversation.rules.danger import (
    FLAGGING,
    is_asked,
    is_open_danger,
    lines_all_the_same,
)
from coach.conversation.rules.held import answer_about_stopping
from coach.conversation.state import State, was_replied
from coach.understanding import Intent, Reading

# What a doubtful stop may be about instead of the texts (`stops.qualified` of the understanding), and what we reply.
NO_STOP_AFTER_ALL = {"part": "wish_passed_on", "kidding": "not_stopped", "others": "noted"}
STOPPED: tuple[Intention, ...] = (OptOut("text message"), Reply("stopped"))


def answer_doubtful_stop(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Hold the texts, ask once, and show a coach. Said again, it is a stop; about a part of the texts, it is a wish.

    In open danger what only sounds like a stop may be despair: there it must be one by the rules, or in the same words.
    """
    person = state.person
    kinds = {span.kind for span in reading.recognised}
    by_rule = "opt_out" in kinds and kinds.isdisjoint(NO_STOP_AFTER_ALL)
    invited = person is not None and person.status == "invited" and not is_open_danger(state)
    if invited and not by_rule:  # "my wife signed me up for this"
        return (ForCoach(), Reply("yes_alone" if state.says_yes else "help"))
    if reading.bare and invited:
        return (ForCoach(), Reply("declined"))
    answers = answers_only(state, reading) if is_asked(state) else ()
    about = next((key for span in reading.recognised if (key := NO_STOP_AFTER_ALL.get(span.kind))), None)
    if about is not None and person is not None:
        return (*answers, ForCoach(), Reply(about))
    if person is not None and person.held_for == "stop_or_not" and is_asked(state):
        again = state.goes_on is False or (state.goes_on is None and not by_rule and _sounds_meant(state, reading))
        return (*answers, ForCoach(), *STOPPED) if again else None
    asked = was_replied(state, "stop_or_not", STOP_ASKED_EVERY) and is_open_danger(state)
    if asked and (by_rule or person is None or person.stop_asked):
        said = _said_again_in_danger(state, by_rule=by_rule)
        return said and (*answers, *said)
    return (*answers, *_may_be_a_stop(state))


def _said_again_in_danger(state: State, *, by_rule: bool) -> tuple[Intention, ...] | None:
    """Stop on words of a stop alone, and ask again where it is one among others; news of the danger is no stop."""
    if by_rule and state.goes_on is not False:
        return (ForCoach(), Reply("stop_or_not"), *_lines(state))
    return (STOPPED[0], ForCoach(), *_lines(state), *STOPPED[1:]) if by_rule or not state.says_new else None


def _sounds_meant(state: State, reading: Reading) -> bool:
    """Whether what only sounds like a stop answers our question about one: not a word, a wish for a call, or news."""
    others = any(span.kind in ("good_news", "calls") for span in reading.recognised)
    calls = state.may_call or state.people.wants_contact
    meant = state.at_length and reading.intent is Intent.OPT_OUT
    return meant and not (others or calls or reading.worrying)


def _may_be_a_stop(state: State) -> tuple[Intention, ...]:
    """Hold the texts and ask once; while danger is open the help lines follow, and last words page again."""
    held = state.person.held_for if state.person else None
    if state.person is None or held == "stop_or_not":
        return (ForCoach(),)
    again = (RaiseFlag("crisis"),) if state.last_words and "crisis" not in state.flagged else ()
    return (*again, Hold("stop_or_not"), ForCoach(), Reply("stop_or_not"), *_lines(state))


def _lines(state: State) -> tuple[Intention, ...]:
    held = state.person.held_for if state.person else None
    if held not in FLAGGING:
        return ()
    return (lines_all_the_same(state),)


def answer_stop_in_danger(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """While danger is open, take the answer about stopping or ask about a doubtful stop, before the help lines."""
    held = state.person.held_for if state.person else None
    if held in FLAGGING and reading.command is None and reading.stop != "sure":
        answered = answer_about_stopping(state, reading, _lines(state))
        if answered is not None:
            return answered
    if reading.intent is not Intent.OPT_OUT or reading.stop != "doubtful" or reading.worrying or state.suppressed:
        return None
    if state.tells_death:
        return None
    if state.person is None or state.person.held_for not in FLAGGING or state.private or state.says_shared:
        return None
    return answer_doubtful_stop(state, reading)


def answer_stop_or_not(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Handle the answer to "do you want us to stop?": yes stops, no continues; ask again if it is neither.

    A stop was handled before.
    """
    if state.person is None or state.person.held_for != "stop_or_not":
        return None
    if state.person.status == "invited":
        return _before_the_welcome(reading)
    if state.goes_on is False and reading.command is None:
        return STOPPED
    if state.goes_on and reading.score is None:
        return (Release(), *(() if reading.alone else (ForCoach(),)), Reply("not_stopped"))
    if _answers_the_check_in(state, reading):
        recorded, replies = read_answers(state, reading)
        return (*recorded, Release(), ForCoach(), *replies, Reply("not_stopped"))
    said = (reading.command, reading.score, reading.habit)
    open_still = said == (None, None, None) and reading.intent in _LEAVES_IT_OPEN
    return (ForCoach(), Reply("stop_or_not")) if open_still else None


def _answers_the_check_in(state: State, reading: Reading) -> bool:
    """Whether it is a plain score, perhaps with a yes or no after it: whoever answers wants the texts."""
    if reading.intent is not Intent.CHECKIN or reading.score is None or reading.stop != "no" or reading.worrying:
        return False
    told = sorted((span.start, span.kind) for span in reading.recognised if span.kind in ("score", "habit"))
    plain = reading.for_coach is None and not state.about_another
    return plain and state.goes_on is not False and told[0][1] == "score"


_LEAVES_IT_OPEN = (Intent.CHECKIN, Intent.UNCLEAR, Intent.ACK, Intent.OPT_OUT)


def _before_the_welcome(reading: Reading) -> tuple[Intention, ...] | None:
    """Ask again on a YES, which could answer either question. NO answers this one; a YES to the welcome may follow."""
    if is_yes_or_no(reading) and not reading.habit:
        return (Release(), ForCoach(), Reply("declined"))
    return (ForCoach(), Reply("stop_or_not")) if reading.confirms or reading.habit else None


def is_yes_or_no(reading: Reading) -> bool:
    """Whether the text is a plain yes or no and nothing else."""
    return reading.alone and reading.bare and reading.score is None and reading.command is None
