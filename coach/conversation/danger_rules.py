"""Rules for danger, whoever the sender and whatever their state. Pure.

The country's help lines are sent at once, a flag is opened on the number, and coaches are paged. While such a flag is
open, or one for a possible cry for help, planned texts to the number are held
(`schedules.database.tables.safety.held_for`) until a coach acknowledges it.
"""

from coach.conversation.check_in_rules import read_answers
from coach.conversation.intentions import Bar, ForCoach, Hold, Intention, OptOut, RaiseFlag, RecordAnswer, Reply
from coach.conversation.state import State
from coach.understanding import Intent, Reading

FLAGGING = ("crisis", "urgent", "worry")  # flags that hold texts: see `schedules.database.tables.safety`


def answer_crisis(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Send help lines at once, flag the text, and hold planned texts until a coach has looked."""
    if reading.intent is not Intent.CRISIS:
        return None
    lines = Reply(f"violence.{state.country}") if reading.violence else _lines(state, "crisis")
    return (*_flag(state, "crisis"), *_also_a_stop(state, reading), ForCoach(), lines)


def answer_urgent(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Handle a physical emergency the same way, and bar the steps it contraindicates."""
    if reading.urgency != "emergency":
        return None
    recorded = read_answers(state, reading)[0] if state.person and not state.suppressed else ()
    bar = (Bar(reading.bars),) if reading.bars and state.person else ()
    return (
        *recorded,
        *_flag(state, "urgent"),
        *bar,
        *_also_a_stop(state, reading),
        ForCoach(),
        _lines(state, "urgent"),
    )


def answer_medical(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Flag a medical matter that is not an emergency; an answer in the same text still counts."""
    if reading.intent is not Intent.MEDICAL:
        return None
    bar = (Bar(reading.bars),) if reading.bars else ()
    recorded = read_answers(state, reading)[0] if is_asked(state) else ()
    return (*recorded, RaiseFlag("medical"), *bar, ForCoach(), Reply("medical_same_day"))


def answer_worry(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Answer a possible cry for help with gentle words and a help line, even after STOP; a coach reads it."""
    if not reading.worrying:
        return None
    recorded = read_answers(state, reading)[0] if is_asked(state) and not state.suppressed else ()
    stop = _also_a_stop(state, reading) if reading.intent is Intent.OPT_OUT else ()
    held = state.person is not None and state.person.held_for in FLAGGING
    flag = () if held else (RaiseFlag("read", holds=True),)
    return (*recorded, *stop, *flag, ForCoach(), Reply(f"worry.{state.country}"))


def answer_held(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """While a crisis or urgent flag is open, record answers and repeat the help lines; say nothing cheerful.

    While somebody else may have the phone, record, ask and answer nothing. Whoever wants the texts back is told that a
    person will read it.
    """
    held = state.person.held_for if state.person and not state.suppressed else None
    if held == "someone_else":
        if reading.intent in (Intent.OPT_IN, Intent.RESUME):
            return (ForCoach(), Reply("please_read_received"))
        return (ForCoach(),) if reading.intent is not Intent.ACK else ()
    if held not in FLAGGING:
        return None
    if reading.intent is Intent.ACK and reading.for_coach is None:
        return (ForCoach(),)
    recorded = read_answers(state, reading)[0] if is_asked(state) else ()
    lines = Reply(f"worry.{state.country}") if held == "crisis" else Reply("please_read_received")
    return (*(one for one in recorded if isinstance(one, RecordAnswer)), ForCoach(), lines)


def is_asked(state: State) -> bool:
    """Whether answers count: none do before the welcome is confirmed."""
    return state.person is not None and state.person.status != "invited"


def _flag(state: State, kind: str) -> tuple[Intention, ...]:
    """Raise at most one flag of a kind per hour; the paged coach sees the later texts beside it."""
    return () if kind in state.flagged else (RaiseFlag(kind),)


def _also_a_stop(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Carry out a sure stop in the same text; hold planned texts for a doubtful one."""
    if (state.carrier_stopped or reading.stop == "sure") and not state.suppressed:
        return (OptOut("text message"),)
    return (Hold("stop_or_not"),) if reading.stop != "no" and state.person and not state.suppressed else ()


def _lines(state: State, kind: str) -> Reply:
    """Return the help lines; those for unknown numbers do not promise that a coach is told."""
    return Reply(f"{kind}.{state.country}" if state.person else f"{kind}_unknown.{state.country}")
