"""Load what was told and replied of late, only for the texts whose reply depends on it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select

from coach.alerts.calls import OTHER_HAND, SWALLOWED
from coach.alerts.shared_phones import FOR_LONG
from coach.conversation.gather import StoredText
from coach.conversation.gather_earlier import find_readings, says_again
from coach.conversation.help_lines import Danger
from coach.conversation.rules.danger import FLAGGING, is_open_danger
from coach.conversation.rules.last_words import says_where
from coach.conversation.rules.mourning import NEWS, NEWS_HOLDS, tells_a_death
from coach.conversation.rules.stops import denies_a_stop, says_start
from coach.conversation.state import State
from coach.database.tables import InboundReply
from coach.reflections.what_helps import load_own_effects
from coach.understanding import Intent, Reading, asks_back
from schedules.database.prepared import find_all
from schedules.database.types import readable

LATELY = timedelta(hours=1)
REPLIED = "replied"  # the replies in a stored reading that are said only once in a time
REMEMBERED = (
    *(
        "condolence",
        "please_read_received",
        "person_will_check",
        "news_received",
        "who_we_are",
        "stop_or_not",
        "texts_wait",
        "calm_crisis",
        "calm_urgent",
        "help",
        "called_help",
    ),
)


def with_what_was_said(
    connection: Connection, state: State, message: StoredText, reading: Reading, participant_id: int | None
) -> State:
    """Note a death that is told, that we may write again and, where it matters, what was said before."""
    held = state.person.held_for if state.person else None
    people, someone_else = state.people, state.person is not None and state.person.someone_else
    tells = tells_a_death(people, reading, message.body) or (someone_else and people.death and not people.mine)
    state = state.noting(tells_death=tells, may_write=state.silent and people.may_write)
    if state.suppressed:
        state = state.noting(
            wants_back=denies_a_stop(message.body) or asks_back(message.body),
            says_start=says_start(message.body),
        )
    if reading.command is not None and reading.command.name == "bring_back":
        state = state.noting(left_out=_left_out(connection, message.number_hash))
    if reading.command is not None and reading.command.name == "what_helps":
        state = _with_own_effects(connection, state, participant_id)
    matters = tells or reading.intent is Intent.UNCLEAR or state.suppressed or held in FLAGGING
    matters = matters or reading.stop == "doubtful" or (state.person is not None and state.person.stop_asked)
    matters = matters or any(span.kind == "programme" for span in reading.recognised)
    in_danger = is_open_danger(state)
    matters = matters or someone_else or people.news or state.other_writes or in_danger
    if not matters:
        return state
    return _with_earlier(connection, state, message, in_danger=in_danger)


def _with_earlier(connection: Connection, state: State, message: StoredText, *, in_danger: bool) -> State:
    """Note what was replied and told before this text."""
    replied: dict[str, timedelta] = {}
    news = danger = told = False  # danger: of their own, since the condolence
    lately: set[Danger] = set()
    for row in find_readings(connection, message.number_hash, message.now - FOR_LONG):
        age, kept = message.now - row.received_at, row.reading or {}
        for key in kept.get(REPLIED, ()):
            if key != "condolence" or not danger:
                replied.setdefault(key, age)
        danger = danger or kept.get("intent") == Intent.CRISIS or kept.get("urgency") == "emergency"
        if in_danger and age <= LATELY:
            lately |= _dangers_of(kept)
        told = told or ("poison" in lately and OTHER_HAND in kept)  # told by whoever has the phone since
        news = news or (age <= NEWS_HOLDS and _has_news(kept))
    known = frozenset(lately) if told or not state.other_writes else frozenset()
    new = in_danger and not says_again(connection, message.number_hash, message.body, message.now - LATELY)
    where = in_danger and says_where(message.body)
    state = state.noting(replied=replied, news_lately=news, says_new=new, whereabouts=where)
    return state.noting(lately=known, poison_open="poison" in known)


def _dangers_of(kept: dict[str, Any]) -> set[Danger]:
    """Return the dangers of an earlier text for which there is a line of its own."""
    found: set[Danger] = {"poison"} if SWALLOWED in kept else set()
    return found | {"self"} if kept.get("intent") == Intent.CRISIS and not kept.get("violence") else found


def _with_own_effects(connection: Connection, state: State, participant_id: int | None) -> State:
    """Add what the worker found to help them, and when they were last told."""
    if state.person is None or participant_id is None:
        return state
    return replace(state, person=replace(state.person, own_effects=load_own_effects(connection, participant_id)))


LEFT_OUT = select(readable(InboundReply.reading)).where(
    InboundReply.number_hash == bindparam("number"), InboundReply.intent == Intent.QUESTION.value
)


def _left_out(connection: Connection, number_hash: str) -> frozenset[str]:
    """Return the steps that somebody left out by text."""
    rows = find_all(connection, LEFT_OUT, number=number_hash)
    commands = [(row.reading or {}).get("command") or {} for row in rows]
    return frozenset(one["step"] for one in commands if one.get("name") == "leave_out" and one.get("step"))


def _has_news(kept: dict[str, Any]) -> bool:
    return any(span.get("kind") in NEWS for span in kept.get("recognised") or ())
