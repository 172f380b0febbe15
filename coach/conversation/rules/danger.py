"""Rules for danger, whoever the sender and whatever their state. Pure.

The country's help lines are sent at once, a flag is opened on the number, and coaches are paged. While such a flag is
open, or one for a possible cry for help, planned texts to the number are held
(`schedules.database.tables.safety.held_for`) until a coach acknowledges it.
"""

from dataclasses import replace

from coach.conversation.help_lines import Danger, Holder, lines_for
from coach.conversation.intentions import Bar, Confirm, ForCoach, Hold, Intention, OptOut, RaiseFlag, Reply
from coach.conversation.rules.check_in import answers_only, in_our_form, read_answers
from coach.conversation.state import State
from coach.understanding import Intent, Reading
from coach.understanding.result import AT_THE_WHEEL, FIRE

CRISES = ("crisis", "worry")  # what may be danger to oneself
FLAGGING = ("crisis", "urgent", "worry")  # flags that hold texts: see `schedules.database.tables.safety`


def answer_crisis(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Send help lines at once, flag the text, and hold planned texts until a coach has looked.

    The emergency number comes first where a body is in danger as well.
    """
    if reading.intent is not Intent.CRISIS:
        return None
    return (*flag_once(state, "crisis"), *_also_a_stop(state, reading), ForCoach(), *_lines_now(state, reading))


def _lines_now(state: State, reading: Reading) -> tuple[Reply, ...]:
    """Return the lines for the danger that a text tells, and for what else was told within the hour."""
    told: set[Danger] = {"fire"} if any(span.kind == FIRE for span in reading.recognised) else set()
    if state.swallowed:
        told.add("poison")
    elif reading.urgency == "emergency" and not told:
        told.add("body")
    if reading.intent is Intent.CRISIS:
        told.add("violence" if reading.violence else "self")
    keys = lines_for(told, state.lately, _holder(state))
    return tuple(Reply(f"{key}.{state.country}") for key in keys)


def _holder(state: State) -> Holder:
    if state.person is None:
        return "unknown_reads_along" if state.private else "unknown"
    return "reads_along" if state.private else "own"


def answer_urgent(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Handle a physical emergency the same way, and bar the steps it contraindicates."""
    if reading.urgency != "emergency":
        return None
    theirs = state.person is not None and not (state.suppressed or state.people.minor)  # a child's is not the parent's
    recorded = read_answers(state, in_our_form(reading))[0] if theirs else ()
    bar = (Bar(reading.bars),) if reading.bars and state.person else ()
    return (
        *recorded,
        *flag_once(state, "urgent"),
        *bar,
        *_also_a_stop(state, reading),
        ForCoach(),
        *((pulled,) if (pulled := _pull_over(state, reading)) else _lines_now(state, reading)),
    )


def answer_medical(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Flag a medical matter that is not an emergency; an answer in the same text still counts.

    While danger is open, "how many would it take?" is no question about a medicine: the help lines are sent. An
    everyday question gets its answer, and a line on how to get help.
    """
    if reading.intent is not Intent.MEDICAL:
        return None
    bar = (Bar(reading.bars),) if reading.bars else ()
    recorded = read_answers(state, reading)[0] if is_asked(state) else ()
    held = state.person.held_for if state.person else None
    if held in FLAGGING and state.asks_plainly and not state.private:
        lines = how_to_get_help(state, held, always=True)
        return (*recorded, RaiseFlag("medical"), *bar, ForCoach(), Reply("medical_same_day"), *lines)
    if held in FLAGGING:
        kind = "crisis" if held == "crisis" and "crisis" not in state.flagged else "medical"
        return (*recorded, *flag_once(state, kind), *bar, ForCoach(), help_lines(state, held))
    return (*recorded, RaiseFlag("medical"), *bar, ForCoach(), _pull_over(state, reading) or Reply("medical_same_day"))


def _pull_over(state: State, reading: Reading) -> Reply | None:
    """Return the words for somebody who is, or was, asleep at the wheel."""
    told = any(span.kind == AT_THE_WHEEL for span in reading.recognised)
    return Reply(f"driving.{state.country}") if told and not state.private else None


def answer_worry(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Answer a possible cry for help with gentle words and a help line, even after STOP; a coach reads it."""
    if not reading.worrying:
        return None
    recorded = read_answers(state, in_our_form(reading))[0] if is_asked(state) and not state.suppressed else ()
    stop = _also_a_stop(state, reading) if reading.intent is Intent.OPT_OUT else ()
    held = state.person is not None and state.person.held_for in FLAGGING
    flag = () if held else (RaiseFlag("read", holds=True),)
    return (*recorded, *stop, *flag, ForCoach(), help_lines(state, "worry"))


def answer_last_words(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """In an open crisis, take what may be the deed or a farewell for a new cry for help; record nothing."""
    if not state.last_words:
        return None
    stopped = (Reply("stopped"),) if reading.stop == "sure" and not state.suppressed else ()
    lines = lines_beside_stop(state) if stopped else (help_lines(state, "crisis"),)
    return (*flag_once(state, "crisis"), *_also_a_stop(state, reading), ForCoach(), *lines, *stopped)


def answer_yes_in_danger(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Confirm the welcome for whoever says YES while danger is open; the texts stay held, and the lines follow."""
    person = state.person
    if person is None or person.status != "invited" or person.held_for not in FLAGGING or not reading.confirms:
        return None
    if state.suppressed or state.other_writes or person.someone_else:
        return None
    by_chance = (Reply("confirmed_by_chance"),) if person.randomised else ()
    said = (*by_chance,) if state.private else (Reply("confirmed_held"), *by_chance)
    return (Confirm(), ForCoach(), *said, lines_all_the_same(state))


def answer_shared_phone(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Name nothing to a phone that somebody else reads; a coach sees the text, whatever else it asks for.

    Only a sure stop is also carried out, unless it asks for no reply.
    """
    if not state.says_shared or state.person is None or state.suppressed or reading.worrying:
        return None
    if reading.intent is Intent.AUTO_REPLY and any(span.kind == "auto_reply" for span in reading.recognised):
        return None
    held = state.person.held_for
    recorded = answers_only(state, in_our_form(reading)) if is_asked(state) else ()
    stop = _also_a_stop(state, reading) if reading.intent is Intent.OPT_OUT else ()
    if held in FLAGGING:
        come = (RaiseFlag("crisis"),) if state.has_come else ()
        return (*recorded, *come, *stop, ForCoach(), *how_to_get_help(state, held))
    flag = flag_once(state, "medical" if reading.intent is Intent.MEDICAL else "read")
    if state.asks_silence:
        flag = (RaiseFlag("read", holds=True),)
    return (*recorded, *stop, *flag, ForCoach(), Reply("please_read_received"))


def how_to_get_help(state: State, held: str, *, always: bool = False, neutral: bool = False) -> tuple[Intention, ...]:
    """Say one of several texts in turn: a few an hour, then one every quarter of an hour.

    New words still get one every few minutes. ``neutral``: without a word of what was said, as to a relative.
    """
    few = MOST_CALLS if state.poison_open else A_FEW
    waits = state.answered_just_now if state.says_new else state.answered_lately
    if not always and state.answered_hour >= few and waits:
        return ()
    if state.poison_open and neutral:
        return (help_lines(replace(state, private=True), "urgent"),)
    if state.poison_open:
        return (Reply(f"open_poison_{state.answered_day % POISON_VARIANTS + 1}.{state.country}"),)
    kind = "open_crisis" if held in CRISES and not (state.private or neutral) else "open_urgent"
    return (Reply(f"{kind}_{state.answered_day % VARIANTS + 1}.{state.country}"),)


def calls_out(reading: Reading) -> bool:
    """Whether somebody asks if anyone is there, or calls for help: never met with silence while danger is open."""
    return reading.intent is Intent.HELP or any(span.kind == "calls" for span in reading.recognised)


def lines_again(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Repeat the lines to an unknown number in danger, every quarter of an hour or when they call out."""
    kind = "crisis" if "crisis" in state.flagged else "urgent"
    quiet = state.answered_lately and not (calls_out(reading) and state.answered_hour < MOST_CALLS)
    return () if quiet else (help_lines(state, kind),)


A_FEW, VARIANTS, POISON_VARIANTS = 3, 3, 2
MOST_CALLS = 20  # answered in an hour


def lines_all_the_same(state: State) -> Reply:
    """Return the lines beside what was done while danger is open: a stop, a return, HELP."""
    if state.swallowed or state.poison_open:
        return help_lines(state, "crisis")
    kind = "open_crisis" if is_open_crisis(state) and not state.private else "open_urgent"
    return Reply(f"{kind}_{VARIANTS}.{state.country}")


def lines_beside_stop(state: State) -> tuple[Reply, ...]:
    """Return those lines, but none where somebody violent may read along and nothing was swallowed."""
    quiet = state.private and state.told_violence and not (state.swallowed or state.poison_open)
    return () if quiet else (lines_all_the_same(state),)


def is_open_crisis(state: State) -> bool:
    """Whether a flag of the number for a crisis or a possible cry for help is open."""
    held = state.person.held_for if state.person else None
    return held in CRISES or "crisis" in state.flagged


def is_open_danger(state: State) -> bool:
    """Whether any flag that holds texts for danger is open on the number."""
    held = state.person.held_for if state.person else None
    return held in FLAGGING or not state.flagged.isdisjoint(FLAGGING)


def is_asked(state: State) -> bool:
    """Whether answers count: none do before the welcome is confirmed."""
    return state.person is not None and state.person.status != "invited"


def counts_in_danger(state: State, reading: Reading) -> bool:
    """Whether an answer counts. Within minutes of other texts in a crisis, "six or so" may be pills."""
    held = state.person.held_for if state.person else None
    return is_asked(state) and not (held == "crisis" and state.wrote_lately and reading.habit is None)


def flag_once(state: State, kind: str) -> tuple[Intention, ...]:
    """Raise at most one flag of a kind per hour, unless it gets worse; the coach sees the later texts beside it."""
    return (RaiseFlag(kind),) if state.worse or kind not in state.flagged else ()


def _also_a_stop(state: State, reading: Reading) -> tuple[Intention, ...]:
    """Carry out a sure stop in the same text; hold planned texts for a doubtful one.

    Where somebody reads along, "don't text me, he sees these" asks for silence, and is no question about a stop.
    """
    silence = state.asks_silence and not (state.has_come and reading.stop == "sure")
    if reading.keyword is None and (silence or (state.says_shared and reading.stop != "sure")):
        return ()
    if (state.carrier_stopped or reading.stop == "sure") and not state.suppressed:
        return (OptOut("text message"),)
    return (Hold("stop_or_not"),) if reading.stop != "no" and state.person and not state.suppressed else ()


def help_lines(state: State, kind: str) -> Reply:
    """Return the lines for a danger that is open, beside whatever else a text says: see `lines_for`."""
    if kind == "worry" and state.says_shared and state.person and not state.swallowed:
        return Reply(f"open_urgent_{VARIANTS}.{state.country}")
    told: Danger = "poison" if state.swallowed or state.poison_open else OPEN[kind]
    return Reply(f"{lines_for({told}, frozenset(), _holder(state))[0]}.{state.country}")


OPEN: dict[str, Danger] = {"crisis": "self", "urgent": "body", "worry": "worry"}
