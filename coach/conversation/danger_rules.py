"""What danger does, whoever writes and in whatever state they are. Pure: rules of `coach.conversation.rules`.

The country's lines go out at once, a flag is opened on the number, and coaches are paged. While it is open, and while
one is open of words that may be a cry for help, nothing of our own accord is sent to that number
(`schedules.database.tables.safety.held_for`); only acknowledging it ends that.
"""

from coach.conversation.check_in_rules import read_answers
from coach.conversation.intentions import Bar, ForCoach, Hold, Intention, OptOut, RaiseFlag, RecordAnswer, Reply
from coach.conversation.state import State
from coach.understanding import Intent, Reading

FLAGGING = ("crisis", "urgent", "worry")  # what holds somebody: see `schedules.database.tables.safety`


def answer_crisis(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Safe lines at once, a coach is told, and no cheerful nudge until one has looked."""
    if reading.intent is not Intent.CRISIS:
        return None
    lines = Reply(f"violence.{state.country}") if reading.violence else _lines(state, "crisis")
    return (*_flag(state, "crisis"), *_also_a_stop(state, reading), ForCoach(), lines)


def answer_urgent(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """An emergency of the body: the same, and no step that it speaks against."""
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
    """For a clinician, but no emergency: what was answered counts as well."""
    if reading.intent is not Intent.MEDICAL:
        return None
    bar = (Bar(reading.bars),) if reading.bars else ()
    recorded = read_answers(state, reading)[0] if is_asked(state) else ()
    return (*recorded, RaiseFlag("medical"), *bar, ForCoach(), Reply("medical_same_day"))


def answer_worry(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Words that may be danger and may not: gentle words with a line to call, also after STOP; a coach reads them."""
    if not reading.worrying:
        return None
    recorded = read_answers(state, reading)[0] if is_asked(state) and not state.suppressed else ()
    stop = _also_a_stop(state, reading) if reading.intent is Intent.OPT_OUT else ()
    held = state.person is not None and state.person.held_for in FLAGGING
    flag = () if held else (RaiseFlag("read", holds=True),)
    return (*recorded, *stop, *flag, ForCoach(), Reply(f"worry.{state.country}"))


def answer_held(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """While a crisis or an urgent sign is open nothing cheerful is said: what they answer is kept, and the lines again.

    While somebody else may be at the phone nothing is recorded, asked or answered at all.
    """
    held = state.person.held_for if state.person and not state.suppressed else None
    if held == "someone_else":
        return (ForCoach(),) if reading.intent is not Intent.ACK else ()
    if held not in FLAGGING:
        return None
    if reading.intent is Intent.ACK and reading.for_coach is None:
        return (ForCoach(),)
    recorded = read_answers(state, reading)[0] if is_asked(state) else ()
    lines = Reply(f"worry.{state.country}") if held == "crisis" else Reply("please_read_received")
    return (*(one for one in recorded if isinstance(one, RecordAnswer)), ForCoach(), lines)


def is_asked(state: State) -> bool:
    """Whether an answer of theirs can count: nothing does before the welcome is confirmed."""
    return state.person is not None and state.person.status != "invited"


def _flag(state: State, kind: str) -> tuple[Intention, ...]:
    """One flag an hour of a kind: the coach who was paged about the first sees the others beside it."""
    return () if kind in state.flagged else (RaiseFlag(kind),)


def _also_a_stop(state: State, reading: Reading) -> tuple[Intention, ...]:
    """A stop beside a cry for help is carried out where it is sure; one that may be meant is held."""
    if (state.carrier_stopped or reading.stop == "sure") and not state.suppressed:
        return (OptOut("text message"),)
    return (Hold("stop_or_not"),) if reading.stop != "no" and state.person and not state.suppressed else ()


def _lines(state: State, kind: str) -> Reply:
    """Of a number that is nobody's we cannot say that its coach is told."""
    return Reply(f"{kind}.{state.country}" if state.person else f"{kind}_unknown.{state.country}")
