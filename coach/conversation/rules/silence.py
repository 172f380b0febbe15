"""Send nothing to a phone whose owner asked us not to write back, because somebody else reads it. Pure."""

from coach.conversation.intentions import ForCoach, Intention, OfferStep, RaiseFlag, Reply
from coach.conversation.joined_texts import is_danger
from coach.conversation.rules.danger import FLAGGING
from coach.conversation.rules.stops import RETURN_WORDS
from coach.conversation.state import State
from coach.understanding import Intent, Reading


def as_silent_as_asked(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Drop the replies to such a phone: it gets one neutral text at most, later one an hour to a cry for help."""
    if not (state.asks_silence or state.silent) or _calls_for_an_answer(state, reading, intentions):
        return intentions
    quiet = tuple(one for one in intentions if not isinstance(one, Reply | OfferStep))
    return quiet if ForCoach() in quiet else (*quiet, ForCoach())


def _calls_for_an_answer(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> bool:
    if state.body_in_danger or reading.keyword in RETURN_WORDS:
        return True
    in_danger = any(isinstance(one, RaiseFlag) and one.kind in ("crisis", "urgent") for one in intentions)
    if state.silent:
        wanted = in_danger or is_danger(reading) or reading.worrying or reading.intent is Intent.HELP
        return wanted and not state.answered_within_hour
    had_the_lines = state.answered_within_hour and not state.flagged.isdisjoint(FLAGGING)
    return not had_the_lines
