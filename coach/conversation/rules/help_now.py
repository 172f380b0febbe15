"""Answer whoever asks for help with their legs at once: one thing to do now, within their exclusions. Pure.

This happens at any hour. It is logged as asked for and answers no check-in; their coach sees what they wrote.
"""

from coach.conversation.intentions import ForCoach, HelpAtNight, Intention, Reply
from coach.conversation.state import State
from coach.understanding import Intent, Reading

# What helps at once, with whom it could harm. At least three have nobody, so that no night repeats one.
AT_ONCE: tuple[tuple[str, frozenset[str]], ...] = (
    ("help_now_puzzle", frozenset()),
    ("help_now_walk", frozenset({"fall_risk"})),
    ("help_now_breathing", frozenset()),
    ("help_now_pack", frozenset({"leg_swelling", "neuropathy", "recent_clot"})),
    ("help_now_in_bed", frozenset()),
)
MOST_A_NIGHT = 3


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
