"""Answer whoever asks for help with their legs at once: one thing to do now, within their exclusions. Pure.

This happens at any hour. It is logged as asked for and answers no check-in; their coach sees what they wrote.
"""

import re

from coach.conversation.intentions import ForCoach, HelpAtNight, Intention, RaiseFlag, Reply
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
_OF_THE_CALL = re.compile(r"988|911|999|112|024|\bhung up\b|\bcolg(?:aron|[oó])\b")  # no words of danger by themselves


def answer_failed_line(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Name another way to somebody whom the crisis line or the emergency number did not help, and page a coach."""
    if not state.people.line_failed or state.person is None or state.other_writes or state.poison_open:
        return None
    named = [span.text.lower() for span in reading.recognised if span.kind == "crisis"]
    if reading.urgency == "emergency" or not all(_OF_THE_CALL.search(words) for words in named):
        return None
    flag = () if "crisis" in state.flagged else (RaiseFlag("crisis"),)
    return (*flag, ForCoach(), Reply(f"{'violence' if state.private else 'line_failed'}.{state.country}"))


def answer_help_now(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Offer one thing to do now, another each time; after three in a night only kind words."""
    person = state.person
    asks = reading.intent is Intent.UNCLEAR and any(span.kind == "now" for span in reading.recognised)
    if not asks or person is None or person.status != "active" or reading.score is not None:
        return None
    if state.helped_tonight >= MOST_A_NIGHT:
        return (HelpAtNight(), ForCoach(), Reply("help_now_enough"))
    possible = [key for key, harms in AT_ONCE if harms.isdisjoint(person.exclude)]
    key = possible[(person.today.toordinal() + state.helped_tonight) % len(possible)]
    return (HelpAtNight(), ForCoach(), Reply(key))
