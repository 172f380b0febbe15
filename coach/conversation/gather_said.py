"""Load what was told and replied of late, only for the texts whose reply depends on it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from coach.alerts.shared_phones import FOR_LONG, POISON_HOLDS, SWALLOWED
from coach.conversation.gather import StoredText
from coach.conversation.gather_earlier import find_readings
from coach.conversation.rules.danger import FLAGGING, is_open_danger
from coach.conversation.rules.mourning import NEWS, NEWS_HOLDS, tells_a_death
from coach.conversation.rules.stops import denies_a_stop
from coach.conversation.state import State
from coach.understanding import Intent, Reading

REPLIED = "replied"  # the replies in a stored reading that are said only once in a time
REMEMBERED = (
    *("condolence", "please_read_received", "start_hint", "person_will_check", "news_received", "who_we_are"),
)


def with_what_was_said(connection: Connection, state: State, message: StoredText, reading: Reading) -> State:
    """Note a death that is told, that we may write again and, where it matters, what was said before."""
    held = state.person.held_for if state.person else None
    people, someone_else = state.people, state.person is not None and state.person.someone_else
    tells = tells_a_death(people, reading) or (someone_else and people.death and not people.mine)
    state = replace(state, tells_death=tells, may_write=state.silent and people.may_write)
    if state.suppressed:
        state = replace(state, denies_stop=denies_a_stop(message.body))
    matters = tells or reading.intent is Intent.UNCLEAR or state.suppressed or held in FLAGGING
    in_danger = is_open_danger(state)
    matters = matters or someone_else or people.news or people.other_hand or people.asks_of_them or in_danger
    if not matters:
        return state
    replied: dict[str, timedelta] = {}
    news = danger = poison = False  # danger: of their own, since the condolence
    for row in find_readings(connection, message.number_hash, message.now - FOR_LONG):
        age, kept = message.now - row.received_at, row.reading or {}
        for key in kept.get(REPLIED, ()):
            if key != "condolence" or not danger:
                replied.setdefault(key, age)
        danger = danger or kept.get("intent") == Intent.CRISIS or kept.get("urgency") == "emergency"
        poison = poison or (in_danger and age <= POISON_HOLDS and SWALLOWED in kept)
        news = news or (age <= NEWS_HOLDS and _has_news(kept))
    return replace(state, replied=replied, news_lately=news, poison_open=poison)


def _has_news(kept: dict[str, Any]) -> bool:
    return any(span.get("kind") in NEWS for span in kept.get("recognised") or ())
