"""Answer whoever asks for help with their legs at once: one thing to do now, within their exclusions. Pure.

Also whoever has called a crisis line or the emergency number.

This happens at any hour. It is logged as asked for and answers no check-in; their coach sees what they wrote.
"""

from datetime import timedelta

from coach.conversation.intentions import ForCoach, HelpAtNight, Intention, RaiseFlag, Reply
from coach.conversation.rules.check_in import answers_only, in_our_form
from coach.conversation.rules.danger import counts_in_danger, is_open_danger
from coach.conversation.rules.mourning import was_replied
from coach.conversation.state import State
from coach.understanding import Intent, Reading

# What helps at once, with whom it could harm. At least three have nobody, so that no night repeats one.
AT_ONCE: tuple[tuple[str, frozenset[str]], ...] = (
    ("help_now_puzzle", frozenset()),
    ("help_now_walk", frozenset({"fall_risk"})),
    ("help_now_breathing", frozenset()),
    ("help_now_pack", frozenset({"neuropathy"})),
    ("help_now_in_bed", frozenset()),
)
MOST_A_NIGHT = 3
AN_HOUR = timedelta(hours=1)


def answer_help_now(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Offer one thing to do now, another each time; after three in a night only kind words."""
    person = state.person
    asks = reading.intent in (Intent.UNCLEAR, Intent.QUESTION) and any(
        span.kind == "now" for span in reading.recognised
    )
    if not asks or person is None or person.status != "active" or reading.score is not None:
        return None
    if state.helped_tonight >= MOST_A_NIGHT:
        return (HelpAtNight(), ForCoach(), Reply("help_now_enough"))
    possible = [key for key, harms in AT_ONCE if harms.isdisjoint(person.exclude)]
    key = possible[(person.today.toordinal() + state.helped_tonight) % len(possible)]
    return (HelpAtNight(), ForCoach(), Reply(key))


def answer_called_help(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Say a kind word to somebody who has called a crisis line or the emergency number: no lines again, no new page.

    A coach sees it today; what is open stays open.
    """
    told = any(span.kind == "called_help" for span in reading.recognised)
    if not told or state.person is None or state.suppressed or state.private or state.other_writes or reading.worrying:
        return None
    if reading.intent in (Intent.MEDICAL, Intent.OPT_OUT, Intent.WRONG_NUMBER):
        return None
    recorded = answers_only(state, in_our_form(reading)) if counts_in_danger(state, reading) else ()
    flag = () if is_open_danger(state) or "read" in state.flagged else (RaiseFlag("read"),)
    said = () if was_replied(state, "called_help", AN_HOUR) else (Reply("called_help"),)
    return (*recorded, *flag, ForCoach(), *said)
