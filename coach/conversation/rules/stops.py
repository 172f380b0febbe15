"""Rules for stopping and for coming back afterwards. Pure."""

import re

from coach.conversation.intentions import (
    ForCoach,
    Intention,
    OptOut,
    RaiseFlag,
    Reply,
    Return,
)
from coach.conversation.rules.check_in import read_answers
from coach.conversation.rules.commands import goes_on
from coach.conversation.rules.danger import (
    FLAGGING,
    help_lines,
    how_to_get_help,
    is_open_danger,
    lines_all_the_same,
    lines_beside_stop,
)
from coach.conversation.rules.stop_question import answer_doubtful_stop
from coach.conversation.state import State
from coach.understanding import Intent, Reading

# Keywords that Twilio handles and answers itself, unless its opt-out handling is off (mode `self`).
CARRIER_WORDS = frozenset(
    ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "START", "UNSTOP", "HELP", "INFO"]
)
RETURN_WORDS = frozenset({"START", "UNSTOP"})


_DENIES_STOP = re.compile(
    r"\b(?:(?:did ?n[o']?t|did not|never) (?:really )?(?:mean|want|ask|say|intend|send)\b.*\b(?:stop|quit|end|cancel)"
    r"|(?:stop|that) was (?:a mistake|an accident|by mistake)|by (?:mistake|accident)|(?:please )?come back"
    r"|(?:don'?t|dont|do not) stop"
    r"|no (?:quise|quer[ií]a|era mi intenci[oó]n)\b.*\b(?:par|cancel|termin|alto|stop)\w*"
    r"|(?:fue|por) (?:un )?error|sin querer)\b",
    re.IGNORECASE,
)


def denies_a_stop(body: str) -> bool:
    """Whether a text after STOP says that it was not meant."""
    return _DENIES_STOP.search(" ".join(body.replace("’", "'").split())) is not None


_START = re.compile(
    r"\W*(?:(?:please|ok|okay|yes|si|s[ií]|por favor),? )*(?:re)?start"
    r"(?:,? (?:please|again|back|now|thanks|thank you|por favor|gracias))*\W*",
    re.IGNORECASE,
)


def says_start(body: str) -> bool:
    """Whether a text is START with nothing but courtesy beside it."""
    return _START.fullmatch(" ".join(body.split())) is not None


def answer_stop(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """End the texts on a sure stop; for a doubtful one hold them, ask once, and show a coach."""
    if reading.stop == "no" or reading.intent is not Intent.OPT_OUT:
        return None
    if state.suppressed:
        again = any(span.kind == "opt_out" for span in reading.recognised)
        speaks = state.wants_back or (is_open_danger(state) and not again)  # what only sounds like a stop may be danger
        return None if speaks and reading.keyword is None else ()
    return _certain(state, reading) if reading.stop == "sure" else answer_doubtful_stop(state, reading)


def _certain(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Confirm the stop; while danger is open, after the help lines, but not where somebody violent may read along."""
    recorded = read_answers(state, reading)[0] if reading.score is not None else ()
    stopped = Reply("stopped_for_them" if "condolence" in state.replied else "stopped")
    confirmation = () if carrier_answered(state, reading) else (stopped,)
    lines = lines_beside_stop(state) if is_open_danger(state) and not state.other_writes else ()
    return (*recorded, OptOut("text message"), *lines, *confirmation)


def carrier_answered(state: State, reading: Reading) -> bool:
    """Whether the carrier has answered this keyword for us."""
    return state.carrier_answers and reading.keyword in CARRIER_WORDS


def answer_after_stop(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """After an opt-out act only on the sender's own return; a coach sees the rest."""
    if not state.suppressed:
        return None
    yes = reading.keyword == "YES" or (reading.alone and reading.bare and reading.habit is True)
    wants_back = yes or state.wants_back or reading.intent in (Intent.OPT_IN, Intent.RESUME)
    returns = reading.keyword in RETURN_WORDS or (state.says_start and not state.carrier_answers)
    if wants_back and not returns and state.person is not None and not is_open_danger(state):
        return (ForCoach(), Reply("start_hint"))  # the carrier lifts its own block only for the bare word
    if returns and state.person is not None:
        if not goes_on(state.person):
            lines = (lines_all_the_same(state),) if is_open_danger(state) else ()
            named = state.private or state.other_writes  # whoever reads along is told nothing of a worry
            neutral = "who_we_are" if state.other_writes else "please_read_received"
            said = () if named and lines else (Reply(neutral if named else "restarted_held"),)
            return (Return(), ForCoach(), *said, *lines)
        return (Return(),) if carrier_answered(state, reading) else (Return(), Reply("restarted"))
    return _said_after_a_stop(state, reading)


def _said_after_a_stop(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Reply after an opt-out only where silence could hurt: medical matters and danger."""
    held = state.person.held_for if state.person else None
    if reading.intent is Intent.MEDICAL:
        flag = () if "medical" in state.flagged else (RaiseFlag("medical"),)
        answer = help_lines(state, held) if held in FLAGGING else Reply("please_read_received")
        return (*flag, ForCoach(), answer)
    if reading.intent is Intent.ACK and not reading.for_coach:
        return ()
    return (ForCoach(), *how_to_get_help(state, held)) if held in FLAGGING else (ForCoach(),)
