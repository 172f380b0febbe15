"""Rules for whoever writes while danger is open on their number, but tells no danger. Pure.

Their answer to "do you want us to stop?" counts, they learn once a day that their texts wait for a person, a question
gets its answer, and who asks for help with the legs gets it after a line about safety. Everyday words get a calm
answer.
"""

from datetime import timedelta

from coach.conversation.intentions import ForCoach, Intention, OptOut, RaiseFlag, Release, Reply
from coach.conversation.rules.answer_budget import QUESTIONS_IN_AN_HOUR
from coach.conversation.rules.check_in import answers_only, in_our_form
from coach.conversation.rules.danger import (
    CRISES,
    FLAGGING,
    MOST_CALLS,
    calls_out,
    counts_in_danger,
    flag_once,
    help_lines,
    how_to_get_help,
    lines_all_the_same,
)
from coach.conversation.rules.help_now import answer_help_now
from coach.conversation.state import State, was_replied
from coach.understanding import Intent, Reading

A_DAY = timedelta(days=1)
WAITS = Reply("texts_wait")
CALM_EVERY = timedelta(hours=4)  # how often a calm answer names the numbers again


def answer_held(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """While a crisis or urgent flag is open, record answers and say in varied words how to get help; nothing cheerful.

    While somebody else may have the phone, or after a death was told, record, ask and answer nothing. Whoever asks or
    wants the texts back is told, at most once an hour, that a person will read it.
    """
    held = state.person.held_for if state.person and not state.suppressed else None
    if held == "someone_else" or (held in FLAGGING and "condolence" in state.replied):
        if reading.confirms or reading.intent in (Intent.OPT_IN, Intent.RESUME, Intent.QUESTION):
            return (ForCoach(), *_read_once_an_hour(state))
        return (ForCoach(),) if reading.intent is not Intent.ACK else ()
    if held not in FLAGGING:
        return None
    if reading.intent is Intent.ACK and reading.for_coach is None and state.answered_lately:
        return (ForCoach(),)
    return _in_danger(state, reading, held or "")


def _in_danger(state: State, reading: Reading, held: str) -> tuple[Intention, ...]:
    recorded = answers_only(state, in_our_form(reading)) if counts_in_danger(state, reading) else ()
    if any(span.kind == "calls" for span in reading.recognised) and reading.for_coach is not None:
        recorded = (*recorded, *flag_once(state, "crisis" if held in CRISES else "urgent"))  # nobody came: page again
    if state.swallowed and held in CRISES:
        flag = flag_once(state, "crisis") if held == "crisis" else ()
        return (*recorded, *flag, ForCoach(), help_lines(state, held))
    if needs_no_lines := _without_lines(state, reading):
        return (*recorded, ForCoach(), needs_no_lines)
    lines = said_while_held(state, reading, _lines_by_turns(state, reading, held))
    return answer_legs(state, reading, lines_all_the_same(state)) or (*recorded, ForCoach(), *lines)


def _lines_by_turns(state: State, reading: Reading, held: str) -> tuple[Intention, ...]:
    """Say how to get help; a question, or whoever calls out, is answered each time."""
    first = reading.intent is Intent.QUESTION and state.questions_hour < QUESTIONS_IN_AN_HOUR
    first = first or (calls_out(reading) and state.answered_hour < MOST_CALLS)
    return how_to_get_help(state, held, always=first, neutral=state.other_has_phone and not calls_out(reading))


def _without_lines(state: State, reading: Reading) -> Reply | None:
    """Return the answer to what is no danger: help has come, everyday words, when the clinic opens."""
    soon = bool(state.flagged) or reading.intent is Intent.CHECKIN
    if state.people.cared_for or (soon and _is_ordinary(state, reading)):
        return Reply("noted")
    return Reply("question_received") if state.people.asks_of_clinic else None


def _is_ordinary(state: State, reading: Reading) -> bool:
    """Whether it is an answer, a greeting or another text of everyday words.

    Only new danger brings the lines again, and for a poison an hour without them. A number within minutes of a crisis
    may be pills.
    """
    told = not state.poison_open or state.answered_within_hour
    plain = reading.for_coach is None and reading.intent in (Intent.CHECKIN, Intent.ACK)
    return told and (plain or state.everyday) and (reading.score is None or counts_in_danger(state, reading))


def _read_once_an_hour(state: State) -> tuple[Intention, ...]:
    age = state.replied.get("please_read_received")
    return () if age is not None and age < timedelta(hours=1) else (Reply("please_read_received"),)


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


def answer_legs(state: State, reading: Reading, line: Reply) -> tuple[Intention, ...] | None:
    """Say first how to get help, then what helps the legs, unless something was swallowed or others may read along."""
    if state.poison_open or state.swallowed or state.private or state.other_has_phone:
        return None
    helped = answer_help_now(state, reading)
    return None if helped is None else (line, *helped)


def said_while_held(state: State, reading: Reading, lines: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Answer a question beside the lines; an hour after the danger a calm answer takes the place of the lines.

    Then it is also said once a day that the texts wait, unless they go on writing.
    """
    stopped = state.person is not None and state.person.status == "stopped"
    if state.private or state.other_writes or state.other_has_phone or stopped or calls_out(reading):
        return lines
    asks = (Reply("question_received"),) if reading.intent is Intent.QUESTION else ()
    if state.flagged:
        return (*asks, *lines)
    fresh = bool(asks) or not (state.answered_within_hour or state.everyday or reading.intent is Intent.ACK)
    waits = (WAITS,) if fresh and not was_replied(state, WAITS.key, A_DAY) else ()
    numbers = calm_numbers(state)
    return (*waits, *asks, *numbers) or (Reply("noted"),)


def is_calm(state: State) -> bool:
    """Whether the danger was told an hour ago or more, and nobody else reads along or writes."""
    return not (state.flagged or state.private or state.other_writes or state.other_has_phone)


def calm_numbers(state: State) -> tuple[Reply, ...]:
    """Say calmly that a coach knows, and that help is there; once in some hours."""
    held = state.person.held_for if state.person else None
    key = "calm_crisis" if held in CRISES else "calm_urgent"
    return () if was_replied(state, key, CALM_EVERY) else (Reply(f"{key}.{state.country}"),)
