"""Rules for whoever writes while danger is open on their number, but tells no danger. Pure.

Their answer to "do you want us to stop?" counts, they learn once a day that their texts wait for a person, a question
gets its answer, and who asks for help with the legs gets it after a line about safety.
"""

from datetime import timedelta

from coach.conversation.intentions import ForCoach, Intention, OptOut, RaiseFlag, Release, Reply
from coach.conversation.rules.help_now import answer_help_now
from coach.conversation.state import State
from coach.understanding import Intent, Reading

A_DAY = timedelta(days=1)
WAITS = Reply("texts_wait")


def answer_about_stopping(state: State, reading: Reading, lines: tuple[Intention, ...]) -> tuple[Intention, ...] | None:
    """Take the answer to "do you want us to stop?", also in danger; last words page again."""
    person = state.person
    if person is None or not person.stop_asked or state.suppressed or reading.worrying:
        return None
    if state.private or state.says_shared or state.other_writes or state.tells_death:
        return None
    again = (RaiseFlag("crisis"),) if state.last_words and "crisis" not in state.flagged else ()
    if state.goes_on is False:
        return (*again, OptOut("text message"), ForCoach(), *lines, Reply("stopped"))
    if state.goes_on and not state.last_words and reading.score is None:
        return (Release(), ForCoach(), WAITS)
    return None


def calls_out(reading: Reading) -> bool:
    """Whether somebody asks if anyone is there, or calls for help: never met with silence while danger is open."""
    return reading.intent is Intent.HELP or any(span.kind == "calls" for span in reading.recognised)


def answer_legs(state: State, reading: Reading, line: Reply) -> tuple[Intention, ...] | None:
    """Say first how to get help, then what helps the legs, unless something was swallowed or others may read along."""
    if state.poison_open or state.swallowed or state.private:
        return None
    helped = answer_help_now(state, reading)
    return None if helped is None else (line, *helped)


def said_while_held(state: State, reading: Reading, lines: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Add to the lines that the texts wait, and the answer to a question; a day after the danger they are left out.

    In the hour after the danger was told, and while they go on writing, nothing is said but the lines.
    """
    if state.private or state.other_writes or (state.person is not None and state.person.status == "stopped"):
        return lines
    if calls_out(reading):
        return lines
    asks = (Reply("question_received"),) if reading.intent is Intent.QUESTION else ()
    told = state.replied.get(WAITS.key)
    fresh = bool(asks) or not state.answered_within_hour
    if not state.flagged and fresh and (lines or state.calm) and (told is None or told > A_DAY):
        return (WAITS, *asks, *lines)
    if state.calm:
        return asks or (Reply("noted"),)
    return (*asks, *lines)
