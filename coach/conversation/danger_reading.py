"""Complete the reading of a text by what only matters in danger: earlier texts, a shared phone, something swallowed."""

import re
from dataclasses import replace
from functools import cache

from sqlalchemy import Connection

from coach.alerts.calls import (
    ATTACKED,
    CALL_ALL_THE_SAME,
    DO_NOT_CALL,
    NO_CALL,
    NO_CALL_WANTED,
    SAFE_FOR_NOW,
    TEXT_THEM,
    VIOLENCE,
    Told,
    calling,
    is_shared,
    stated_end,
)
from coach.alerts.shared_phones import load_told
from coach.conversation.gather import StoredText
from coach.conversation.gather_earlier import has_told_an_attack, load_earlier
from coach.conversation.joined_texts import is_danger, read_together
from coach.conversation.rules.danger import FLAGGING, is_open_crisis, is_open_danger
from coach.conversation.rules.last_words import is_courtesy, is_only_a_stop, may_be_last_words, took_them_all
from coach.conversation.rules.mourning import tells_a_death
from coach.conversation.state import State
from coach.understanding import Asked, Intent, Reading, understand
from coach.understanding.alarms.amounts import asks_plainly, is_poisoning
from coach.understanding.alarms.attacks import tells_an_attack
from coach.understanding.alarms.people import beside_their_questions
from coach.understanding.alarms.said_of_others import goes_on_about_another
from coach.understanding.alarms.shared_phone import (
    asks_no_call,
    calls_for_us,
    has_come,
    is_by_outsider,
    is_found_out,
    is_read_by_others,
    wants_a_call,
    wants_no_calls,
    wants_no_reply,
    wants_texts,
)
from coach.understanding.small_intents import is_in_jest

OTHER_HAND_WRITES = "Somebody else may have this phone"
NO_REPLY_WANTED = "They asked us not to write back"
NOT_WRITTEN = "We do not write back to this phone: somebody else may have it, or they asked for that"


GOES_ON_WITH = re.compile(
    r"\b(?:pregnan\w+|breast ?feeding|(?:do|should|can) i (?:keep|continue|go on|still)|embarazad\w+|amamant\w+"
    r"|(?:sigo|debo seguir|puedo seguir) (?:tom|us)\w+)\b",
    re.IGNORECASE,
)


def with_danger(
    connection: Connection, state: State, message: StoredText, alone: Reading, name: str | None
) -> tuple[State, Reading]:
    """Read the text together with those just before it, and note in the state what the help lines depend on."""
    writes = state.people.is_another or (state.other_wrote and not state.people.mine)
    state = replace(state, other_writes=writes)
    alone = _but_for_thanks(state, message.body, _but_for_their_questions(state, message.body, alone, name))
    earlier = load_earlier(connection, message.number_hash, message.sid, message.now) if state.wrote_lately else ()
    reading = read_together(earlier, message.body, alone, name)
    said = " ".join((*(one.body for one in earlier), message.body))
    if earlier and reading.intent is Intent.CRISIS and not reading.violence:
        reading = reading._replace(violence=understand(said, Asked.NONE, name=name).violence)
    of_another = bool(earlier) and goes_on_about_another(earlier[-1].body, message.body)
    wanted = wants_no_reply(message.body) and not of_another

    @cache
    def before() -> tuple[Told, ...]:
        return load_told(connection, message.number_hash, message.now)

    near = is_found_out(message.body) or (state.people.other_back and not state.people.safe_to_call)
    silence = wanted or (near and not is_danger(reading) and is_shared(before()))
    shared = (is_read_by_others(message.body) and not is_in_jest(message.body)) or (silence and is_shared(before()))
    calls = state.silent and not silence and calls_for_us(message.body)
    calls = calls and not (state.people.other_hand or state.people.may_write)
    state = replace(state, calls_us=calls)
    asks_help = reading.intent is Intent.HELP and is_shared(before())
    called = wants_a_call(message.body) or state.people.safe_to_call or state.people.only_mine
    called = called and not (shared or silence or state.people.other_hand)
    if not (shared or calls or called or asks_help or state.other_writes or _is_alarming(state, reading)):
        return state, reading
    known = calling(before(), message.now)
    threatened = reading.violence and not is_by_outsider(said) and known.until is None
    unwanted = silence or wants_no_calls(said)
    now_private = shared or threatened or wants_no_calls(said)
    violent = any(one.is_open and one.reading.get(VIOLENCE) for one in before())
    called = called and not now_private
    private = now_private or reading.violence or is_shared(before())
    words = said if reading is not alone else message.body
    swallowed = (_is_alarming(state, reading) and is_poisoning(words, reading)) or (
        reading.intent is Intent.CRISIS and took_them_all(message.body)
    )
    last = (
        is_open_crisis(state)
        and not (
            tells_a_death(state.people, reading, message.body)
            or state.other_writes
            or (state.silent and state.people.may_write)
        )
        and may_be_last_words(message.body, reading, stopped=_stops_plainly(state, message, reading))
    )
    if state.other_writes:
        reading = reading._replace(why=f"{reading.why} {OTHER_HAND_WRITES}.")
    overdose = swallowed and is_danger(reading)
    forbidden = now_private or (not called and known.forbidden)
    if forbidden or (private and (overdose or called or known.until)):
        this = Told(message.now, _marks_of(message.body, reading, unwanted=unwanted))
        still = overdose or calling((this, *before()), message.now).overdose
        safe = called or (known.until and not forbidden)
        why = f"{reading.why} {CALL_ALL_THE_SAME if still else SAFE_FOR_NOW if safe else DO_NOT_CALL}."
        not_written = NO_REPLY_WANTED if wanted else NOT_WRITTEN if silence or (state.silent and not calls) else None
        reading = reading._replace(why=f"{why} {not_written}." if not_written else why)
    elif asks_no_call(message.body):
        reading = reading._replace(why=f"{reading.why} {TEXT_THEM if wants_texts(message.body) else NO_CALL_WANTED}.")
    asks_silence = silence and (shared or reading.violence)
    unnamed = private or (state.other_writes and not (is_danger(reading) or reading.worrying))
    state = replace(state, says_shared=shared, private=unnamed, not_to_call=forbidden, asks_silence=asks_silence)
    state = _as_they_want_calls(state, message, called=called, forbidden=forbidden)
    state = replace(state, swallowed=swallowed, last_words=last, wants_no_call=unwanted, told_violence=violent)
    return _as_it_is_told(connection, state, message, reading), reading


def _marks_of(body: str, reading: Reading, *, unwanted: bool) -> dict[str, bool]:
    """Return what this text says about calling, as it will be stored."""
    marks = {VIOLENCE: reading.violence, NO_CALL: unwanted, ATTACKED: is_danger(reading) and tells_an_attack(body)}
    return {mark: told for mark, told in marks.items() if told}


def _as_it_is_told(connection: Connection, state: State, message: StoredText, reading: Reading) -> State:
    """Note an attack, a body in danger, a plain medical question, and that whoever is feared has come."""
    overdose = state.swallowed and is_danger(reading)
    asks = reading.urgency == "same_day" and (
        asks_plainly(message.body) or GOES_ON_WITH.search(message.body) is not None
    )
    attacked = is_danger(reading) and tells_an_attack(message.body)
    new = attacked and not has_told_an_attack(connection, message.number_hash, message.now)
    come = state.asks_silence and has_come(message.body)
    return replace(
        state,
        attacked=attacked,
        worse=new or overdose or come,
        has_come=come,
        body_in_danger=reading.urgency == "emergency" or overdose,
        asks_plainly=asks,
    )


def _as_they_want_calls(state: State, message: StoredText, *, called: bool, forbidden: bool) -> State:
    """Note whether they want a call, until when one is safe, and whether they want texts instead."""
    until = stated_end(message.body, message.now, state.person.timing.time_zone) if called and state.person else None
    wanted = not forbidden and wants_texts(message.body)
    only_mine = called and state.people.only_mine
    return replace(state, may_call=called, call_until=until, only_mine=only_mine, wants_texts=wanted)


def _but_for_thanks(state: State, body: str, reading: Reading) -> Reading:
    """Read thanks in open danger as thanks, in the words of either language."""
    plain = reading.intent in (Intent.UNCLEAR, Intent.ACK) and not reading.worrying
    if not (plain and is_open_danger(state) and is_courtesy(body)):
        return reading
    return reading._replace(intent=Intent.ACK, for_coach=None)


def _but_for_their_questions(state: State, body: str, reading: Reading, name: str | None) -> Reading:
    """Take the danger out of a reading that only quotes it: "this is his wife, what is this about suicide?"."""
    if not state.other_writes or not (is_danger(reading) or reading.worrying):
        return reading
    beside = beside_their_questions(body, name)
    left = understand(beside, Asked.NONE, name=name)
    if is_danger(left) or left.worrying or beside == ". ".join(body.split(". ")):
        return reading
    return Reading(Intent.QUESTION, for_coach="read", language=reading.language, why="It asks what we wrote.")


def _stops_plainly(state: State, message: StoredText, reading: Reading) -> bool:
    """Whether the texts are stopped already, or it asks only for that and nothing graver than a worry is open."""
    held = state.person.held_for if state.person else None
    if state.suppressed or held != "worry" or "crisis" in state.flagged:
        return state.suppressed
    return is_only_a_stop(message.body, reading)


def _is_alarming(state: State, reading: Reading) -> bool:
    is_open = state.person is not None and state.person.held_for in FLAGGING
    return is_open or not state.flagged.isdisjoint(FLAGGING) or is_danger(reading) or reading.worrying
