"""Send nothing to a phone whose owner asked us not to write back, because somebody else reads it. Pure.

Whoever is in open danger and has not asked for silence is never met with it.
"""

from coach.conversation.intentions import (
    ForCoach,
    Hold,
    Intention,
    OfferStep,
    OptOut,
    RaiseFlag,
    Release,
    Reply,
    Unmute,
)
from coach.conversation.rules.danger import CRISES, help_lines, how_to_get_help, is_open_danger
from coach.conversation.rules.held import calm_numbers, is_calm
from coach.conversation.rules.stops import RETURN_WORDS
from coach.conversation.state import State
from coach.understanding import Intent, Reading


def answer_may_write(state: State, _reading: Reading) -> tuple[Intention, ...] | None:
    """Write again to somebody who says that it is safe; a coach sees it."""
    if not state.may_write:
        return None
    flag = () if "read" in state.flagged else (RaiseFlag("read"),)
    return (*flag, ForCoach(), Reply("please_read_received"))


def answer_call(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Send the emergency lines to somebody who asked for silence and now wants an answer, help or the police."""
    if not state.calls_us or reading.intent is Intent.CRISIS:
        return None
    flag = () if "crisis" in state.flagged else (RaiseFlag("crisis"),)
    return (*flag, ForCoach(), help_lines(state, "crisis"))


def as_silent_as_asked(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Drop every reply to such a phone but the lines for a body in danger, or for a means of suicide at hand.

    Later a cry for help, or what may be one, gets a neutral text each time; a threat told to us does not, since whoever
    is violent may hold the phone. A weapon or an assault does, and so does a bare STOP. Who asks for an answer, help or
    the police is answered each time. Coaches are told either way.
    """
    if state.may_write or state.calls_us:
        return (*intentions, Unmute())
    if not (state.asks_silence or state.silent) or _calls_for_an_answer(state, reading):
        return intentions
    confirms = reading.keyword is not None and not state.asks_silence
    quiet = tuple(one for one in intentions if not isinstance(one, Reply | OfferStep) or (confirms and one == STOPPED))
    quiet = quiet if ForCoach() in quiet else (*quiet, ForCoach())
    quiet = (*quiet, Hold("muted")) if state.asks_silence and state.person is not None else quiet
    return (*quiet, RaiseFlag("read")) if _is_new(state, reading, quiet) else quiet


def _with_stop_kept(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Hold the texts on what may be a stop where we cannot ask, because somebody violent may read the question.

    The hold outlasts the flags: a coach who has spoken with them ends it.
    """
    may_stop = reading.intent is Intent.OPT_OUT and reading.stop == "doubtful" and not state.wants_no_call
    settled = any(isinstance(one, Hold | OptOut | Release) for one in intentions)
    if not may_stop or settled or not state.private or state.person is None or state.suppressed:
        return intentions
    return (*intentions, Hold("muted"))


def answered_in_danger(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Return what is done at last: nobody in open danger meets silence, and a stop we cannot ask about is kept."""
    return _with_stop_kept(state, reading, _answered(state, reading, intentions))


def _answered(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """While danger is open, page again when they say where they are, and answer what would have been met with silence.

    The answer says that a person was told and how to get help, as often as `how_to_get_help` does. Thanks, a keyword, a
    machine, a stop said again, whoever else has the phone and the bereaved are left in peace.
    """
    person = state.person
    if person is None or not is_open_danger(state) or reading.intent is Intent.AUTO_REPLY:
        return intentions
    held = person.held_for or "crisis"
    flagged = any(isinstance(one, RaiseFlag) and one.kind in ("crisis", "urgent") for one in intentions)
    if state.whereabouts and not flagged:
        intentions = (RaiseFlag("crisis" if held in CRISES else "urgent"), *intentions)
    if any(isinstance(one, Reply) for one in intentions) or _is_left_in_peace(state, reading):
        return intentions
    told = intentions if ForCoach() in intentions else (*intentions, ForCoach())
    return (*told, *(calm_numbers(state) if is_calm(state) else how_to_get_help(state, held)))


def _is_left_in_peace(state: State, reading: Reading) -> bool:
    thanks = reading.intent is Intent.ACK and reading.for_coach is None
    silence = state.silent or state.asks_silence or state.other_writes or not state.answerable
    mourns = state.tells_death or ("condolence" in state.replied and not state.people.mine)
    stops_again = reading.intent is Intent.OPT_OUT and state.suppressed
    return thanks or silence or mourns or stops_again or reading.keyword is not None


STOPPED = Reply("stopped")
PLAIN = (Intent.CHECKIN, Intent.ACK, Intent.AUTO_REPLY)


def _is_new(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> bool:
    """Whether a coach should be shown this text as new: it is no plain answer, and nothing is flagged of late."""
    plain = reading.intent in PLAIN and reading.for_coach is None
    return not (plain or state.flagged or any(isinstance(one, RaiseFlag) for one in intentions))


def _calls_for_an_answer(state: State, reading: Reading) -> bool:
    if state.body_in_danger or state.at_hand or state.may_write or state.calls_us or reading.keyword in RETURN_WORDS:
        return True
    if state.asks_silence:
        return False
    if state.last_words and reading.stop == "no":
        return True
    worry = not reading.violence and any(span.kind == "worry" for span in reading.recognised)
    if state.attacked or worry:
        return True
    return reading.intent is Intent.CRISIS and not reading.violence
