"""Rules for stopping and for coming back afterwards. Pure."""

import re
from datetime import timedelta

from coach.conversation.intentions import (
    ForCoach,
    Hold,
    Intention,
    OptOut,
    RaiseFlag,
    Release,
    Reply,
    Return,
)
from coach.conversation.rules.check_in import answers_only, read_answers
from coach.conversation.rules.commands import goes_on
from coach.conversation.rules.danger import (
    FLAGGING,
    help_lines,
    how_to_get_help,
    is_asked,
    is_open_crisis,
)
from coach.conversation.rules.mourning import was_replied
from coach.conversation.state import State
from coach.understanding import Intent, Reading

# Keywords that Twilio handles and answers itself, unless its opt-out handling is off (mode `self`).
CARRIER_WORDS = frozenset(
    ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "START", "UNSTOP", "HELP", "INFO"]
)
RETURN_WORDS = frozenset({"START", "UNSTOP"})


HINT_HOLDS = timedelta(days=1)
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


def answer_stop(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """End the texts on a sure stop; for a doubtful one hold them, ask once, and show a coach."""
    if reading.stop == "no" or reading.intent is not Intent.OPT_OUT:
        return None
    if state.suppressed:
        return None if state.denies_stop and reading.keyword is None else ()
    if reading.stop == "sure":
        recorded = read_answers(state, reading)[0] if reading.score is not None else ()
        confirmation: tuple[Intention, ...] = () if carrier_answered(state, reading) else (Reply("stopped"),)
        if is_open_crisis(state):
            confirmation = (*confirmation, help_lines(state, "crisis"))
        return (*recorded, OptOut("text message"), *confirmation)
    if reading.bare and state.person is not None and state.person.status == "invited":
        return (ForCoach(), Reply("declined"))
    answers = answers_only(state, reading) if is_asked(state) else ()
    return (*answers, *_may_be_a_stop(state))


def _may_be_a_stop(state: State) -> tuple[Intention, ...]:
    """Hold the texts and ask once; someone in danger gets the help lines instead of the question."""
    held = state.person.held_for if state.person else None
    if state.person is None or held == "stop_or_not":
        return (ForCoach(),)
    asks = how_to_get_help(state, held) if held in FLAGGING else (Reply("stop_or_not"),)
    return (Hold("stop_or_not"), ForCoach(), *asks)


def carrier_answered(state: State, reading: Reading) -> bool:
    """Whether the carrier has answered this keyword for us."""
    return state.carrier_answers and reading.keyword in CARRIER_WORDS


def answer_after_stop(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """After an opt-out act only on the sender's own return; a coach sees the rest."""
    if not state.suppressed:
        return None
    wants_back = state.denies_stop or reading.intent in (Intent.OPT_IN, Intent.RESUME)
    if wants_back and reading.keyword not in RETURN_WORDS and state.person is not None:
        told = was_replied(state, "start_hint", HINT_HOLDS)
        return (ForCoach(),) if told else (ForCoach(), Reply("start_hint"))
    if reading.keyword in RETURN_WORDS and state.person is not None:
        if not goes_on(state.person):
            return (Return(), ForCoach(), Reply("restarted_held"))
        return (Return(),) if carrier_answered(state, reading) else (Return(), Reply("restarted"))
    return _said_after_a_stop(state, reading)


def _said_after_a_stop(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Reply after an opt-out only where silence could hurt: medical matters and danger."""
    if reading.intent is Intent.MEDICAL:
        flag = () if "medical" in state.flagged else (RaiseFlag("medical"),)
        return (*flag, ForCoach(), Reply("please_read_received"))
    if reading.intent is Intent.ACK and not reading.for_coach:
        return ()
    held = state.person.held_for if state.person else None
    return (ForCoach(), *how_to_get_help(state, held)) if held in FLAGGING else (ForCoach(),)


def answer_stop_or_not(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Handle the answer to "do you want us to stop?": yes stops, no continues. STOP was handled before.

    Before the welcome is confirmed a YES could answer either question, so ask again.
    """
    if state.person is None or state.person.held_for != "stop_or_not":
        return None
    if state.person.status == "invited":
        if is_yes_or_no(reading) and not reading.habit:
            return (Release(), ForCoach(), Reply("declined"))  # NO answers the question; a YES may follow
        return (ForCoach(), Reply("stop_or_not")) if reading.confirms or reading.habit else None
    if not is_yes_or_no(reading):
        return None
    return (OptOut("text message"), Reply("stopped")) if reading.habit else (Release(), Reply("not_stopped"))


def is_yes_or_no(reading: Reading) -> bool:
    """Whether the text is a plain yes or no and nothing else."""
    return reading.alone and reading.bare and reading.score is None and reading.command is None
