"""What to do with a reply: state and reading in, intentions out. Pure; `coach.inbound` is its twin that applies them.

The order of the rules is the product's promise: crisis outranks opt-out, opt-out outranks medical, medical outranks
everything else; a number that has stopped gets no answer to anything but a crisis or its own return.
"""

from collections.abc import Callable

from coach.answers import RE_ASK, read_answers
from coach.commands_by_text import answer_command
from coach.conversation_state import State
from coach.following_up import was_offered
from coach.intents import AskAgain, Confirm, ForCoach, Hold, Intention, OptOut, RaiseFlag, Reply, Resume, Return
from coach.understanding import Asked, Intent, Reading

# Words that Twilio itself acts on and answers, unless its opt-out handling is switched off (mode `self`).
CARRIER_WORDS = frozenset(
    ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "START", "UNSTOP", "HELP", "INFO"]
)
RETURN_WORDS = frozenset({"START", "UNSTOP"})
# More than this in ten minutes is a machine, or a loop between two.
MOST_IN_TEN_MINUTES = 5


Rule = Callable[[State, Reading], tuple[Intention, ...] | None]


def respond(state: State, reading: Reading) -> tuple[Intention, ...]:
    """The intentions of the first rule that applies; after a crisis a coach sees every word until one has looked."""
    intentions = next((found for rule in RULES if (found := rule(state, reading)) is not None), (ForCoach(),))
    if state.person and state.person.held_for == "crisis" and ForCoach() not in intentions:
        return (*intentions, ForCoach())
    return intentions


def _crisis(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Safe lines at once, a coach is told, and no cheerful nudge until one has looked."""
    if reading.intent is not Intent.CRISIS:
        return None
    known: tuple[Intention, ...] = (RaiseFlag("crisis"), Hold("crisis")) if state.person else ()
    return (*known, ForCoach(), Reply(f"crisis.{state.country}"))


def _auto_reply(_state: State, reading: Reading) -> tuple[Intention, ...] | None:
    return () if reading.intent is Intent.AUTO_REPLY else None


def _opt_out(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    if reading.intent is not Intent.OPT_OUT:
        return None
    if state.suppressed:
        return ()
    if not reading.sure:
        return (Hold("stop_or_not"), ForCoach(), Reply("stop_or_not")) if state.person else (ForCoach(),)
    confirmation = () if _carrier_answered(state, reading) else (Reply("stopped"),)
    return (OptOut("text message"), *confirmation)


def _carrier_answered(state: State, reading: Reading) -> bool:
    return state.carrier_answers and reading.keyword in CARRIER_WORDS


def _stopped(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """After a stop: only their own return is acted on and answered."""
    if not state.suppressed:
        return None
    returns = reading.keyword in RETURN_WORDS or (reading.intent is Intent.OPT_IN and reading.keyword is None)
    if not returns or state.person is None:
        return (ForCoach(),)
    reply = () if _carrier_answered(state, reading) else (Reply("restarted"),)
    return (Return(), *reply)


def _loop(state: State, _reading: Reading) -> tuple[Intention, ...] | None:
    if state.recent > MOST_IN_TEN_MINUTES or (state.recent >= 2 and state.repeated):
        return (RaiseFlag("read"), ForCoach()) if state.person else ()
    return None


def _stranger(state: State, _reading: Reading) -> tuple[Intention, ...] | None:
    if state.person is not None:
        return None
    return (ForCoach(),) if state.answered_today else (ForCoach(), Reply("unknown_number"))


def _medical(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    if reading.intent is not Intent.MEDICAL:
        return None
    emergency = reading.urgency == "emergency"
    reply = Reply(f"urgent.{state.country}" if emergency else "medical_same_day")
    return (*read_answers(state, reading)[0], RaiseFlag("urgent" if emergency else "medical"), ForCoach(), reply)


def _worrying(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    if not reading.worrying:
        return None
    return (*read_answers(state, reading)[0], RaiseFlag("read"), ForCoach(), Reply("please_read_received"))


def _wrong_number(_state: State, reading: Reading) -> tuple[Intention, ...] | None:
    if reading.intent is not Intent.WRONG_NUMBER:
        return None
    return (OptOut("wrong number"), ForCoach(), Reply("wrong_number"))


def _help(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    if reading.intent is not Intent.HELP:
        return None
    return () if _carrier_answered(state, reading) else (Reply("help"),)


def _not_confirmed(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Before YES nothing counts but YES; a question goes to a coach."""
    if state.person is None or state.person.status != "invited":
        return None
    if reading.keyword == "YES" or reading.intent is Intent.OPT_IN or reading.habit is True:
        reply = () if _carrier_answered(state, reading) else (Reply("confirmed"),)
        return (Confirm(), *reply)
    if reading.intent is Intent.QUESTION:
        return (ForCoach(), Reply("question_received"))
    return (ForCoach(), Reply("ask_yes"))


def _held(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """The answer to "do you want us to stop?": a yes is a stop, NO goes on. STOP was handled before."""
    if state.person is None or state.person.held_for != "stop_or_not":
        return None
    if not reading.bare or reading.score is not None or reading.command is not None:
        return None
    return (OptOut("text message"), Reply("stopped")) if reading.habit else (Resume(), Reply("not_stopped"))


def _offered(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """A yes or no after a step they asked for is about that step, and no answer to the check-in."""
    only_yes_or_no = reading.bare and reading.score is None and not reading.corrects
    return () if was_offered(state.earlier) and only_yes_or_no else None


def _already_in(_state: State, reading: Reading) -> tuple[Intention, ...] | None:
    return () if reading.intent is Intent.OPT_IN else None


def _check_in(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    if reading.score is None and reading.habit is None:
        return None
    recorded, replies = read_answers(state, reading)
    if reading.intent is Intent.QUESTION:
        return (*recorded, *replies, ForCoach(), Reply("question_received"))
    return (*recorded, *replies)


def _ack(_state: State, reading: Reading) -> tuple[Intention, ...] | None:
    return () if reading.intent is Intent.ACK else None


def _question(_state: State, reading: Reading) -> tuple[Intention, ...] | None:
    return (ForCoach(), Reply("question_received")) if reading.intent is Intent.QUESTION else None


def _unclear(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Ask once again if a question is open; what is still unclear, or tells of a hard night, goes to a coach."""
    hard = state.person is not None and any(span.kind == "hard" for span in reading.recognised)
    kind_words: tuple[Intention, ...] = (ForCoach(), Reply("hard_night")) if hard else ()
    check_in = state.person.check_in if state.person else None
    if state.person and state.person.held_for == "crisis":
        return (ForCoach(), Reply("please_read_received"))
    if check_in and check_in.missing is not Asked.NONE and not check_in.asked_again:
        return (*kind_words, AskAgain(), Reply(RE_ASK[check_in.missing]))
    return kind_words or (ForCoach(), Reply("unclear"))


RULES: tuple[Rule, ...] = (
    _crisis,
    _auto_reply,
    _opt_out,
    _stopped,
    _loop,
    _stranger,
    _medical,
    _worrying,
    _wrong_number,
    _help,
    _not_confirmed,
    _held,
    answer_command,
    _offered,
    _already_in,
    _check_in,
    _ack,
    _question,
    _unclear,
)
