"""Complete the reading of a text by what only matters in danger: earlier texts, a shared phone, something swallowed."""

import re
from collections.abc import Sequence
from functools import cache

from sqlalchemy import Connection

from coach.alerts.calls import (
    AT_HAND_ALL_THE_SAME,
    ATTACKED,
    BODY_ALL_THE_SAME,
    CALL_ALL_THE_SAME,
    DO_NOT_CALL,
    NO_CALL,
    NO_CALL_WANTED,
    SAFE_FOR_NOW,
    TEXT_THEM,
    VIOLENCE,
    Calling,
    Told,
    calling,
    is_shared,
    stated_end,
    tells_of_body,
)
from coach.alerts.shared_phones import load_told
from coach.conversation.gather import StoredText
from coach.conversation.gather_earlier import has_told_an_attack, load_earlier
from coach.conversation.joined_texts import EarlierText, is_danger, read_together
from coach.conversation.rules.danger import FLAGGING, is_open_crisis, is_open_danger
from coach.conversation.rules.last_words import (
    is_courtesy,
    is_everyday,
    is_only_a_stop,
    may_be_last_words,
    took_them_all,
)
from coach.conversation.rules.mourning import tells_a_death
from coach.conversation.state import State
from coach.understanding import Asked, Intent, Reading, understand
from coach.understanding.alarms.amounts import asks_plainly, is_poisoning
from coach.understanding.alarms.attacks import tells_an_attack
from coach.understanding.alarms.means import has_means_at_hand, is_only_planned
from coach.understanding.alarms.people import SHORTEST_NAME, People, beside_their_questions, notice
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
from coach.understanding.words.tokens import fold

OTHER_HAND_WRITES = "Somebody else may have this phone"
NO_REPLY_WANTED = "They asked us not to write back"
NOT_WRITTEN = "We do not write back to this phone: somebody else may have it, or they asked for that"


GOES_ON_WITH = re.compile(
    r"\b(?:pregnan\w+|breast ?feeding|(?:do|should|can) i (?:keep|continue|go on|still)|embarazad\w+|amamant\w+"
    r"|(?:sigo|debo seguir|puedo seguir) (?:tom|us)\w+)\b",
    re.IGNORECASE,
)


def _earlier(connection: Connection, state: State, message: StoredText) -> tuple[EarlierText, ...]:
    """Load the texts that this one may go on from; one that only asks for a plan goes on from none."""
    asks = state.plan is not None and state.plan.wish is not None
    if asks or not state.wrote_lately:
        return ()
    return load_earlier(connection, message.number_hash, message.sid, message.now)


def with_danger(
    connection: Connection, state: State, message: StoredText, alone: Reading, name: str | None
) -> tuple[State, Reading]:
    """Read the text together with those just before it, and note in the state what the help lines depend on."""
    writes = state.people.is_another or (state.other_wrote and not state.people.mine)
    state = state.noting(other_writes=writes, everyday=is_open_danger(state) and is_everyday(message.body, alone))
    alone = _but_for_thanks(state, message.body, _but_for_their_questions(state, message.body, alone, name))
    earlier = _earlier(connection, state, message)
    reading = read_together(earlier, message.body, alone, name)
    said = " ".join((*(one.body for one in earlier), message.body))
    if earlier and reading.intent is Intent.CRISIS and not reading.violence:
        reading = reading._replace(violence=understand(said, Asked.NONE, name=name).violence)
    of_another = bool(earlier) and goes_on_about_another(earlier[-1].body, message.body)
    wanted = wants_no_reply(message.body) and not of_another

    @cache
    def before() -> tuple[Told, ...]:
        return load_told(connection, message.number_hash, message.now)

    near = _is_near(state.people, message.body)
    silence = wanted or (near and not is_danger(reading) and is_shared(before()))
    read_along = is_read_by_others(message.body) and not is_in_jest(message.body)
    shared = read_along or (silence and is_shared(before()))
    calls = calls_for_us(message.body) or state.people.safe_to_call or _is_back(state, message.body, name)
    calls = calls and state.silent and not (silence or state.people.other_hand or state.people.may_write)
    state = state.noting(calls_us=calls)
    asks_help = reading.intent is Intent.HELP and is_shared(before())
    called = wants_a_call(message.body) or state.people.safe_to_call or state.people.only_mine
    called = called and not (shared or silence or state.people.other_hand)
    if not (shared or calls or called or asks_help or state.other_writes or _is_alarming(state, reading)):
        return state, reading
    known = calling(before(), message.now)
    threatened = reading.violence and not is_by_outsider(said) and known.until is None
    no_calls = _want_no_calls((*(one.body for one in earlier), message.body), name)
    unwanted, now_private = silence or no_calls, shared or threatened or no_calls
    called = called and not now_private
    private = now_private or reading.violence or is_shared(before())
    words = said if reading is not alone else message.body
    state = state.noting(told_violence=any(one.is_open and one.reading.get(VIOLENCE) for one in before()))
    state = _as_they_mean_to(state, reading, message.body, words)
    state = state.noting(last_words=_are_last_words(state, message, reading), wants_no_call=unwanted)
    if state.other_writes:
        reading = reading._replace(why=f"{reading.why} {OTHER_HAND_WRITES}.")
    overdose = state.swallowed and is_danger(reading)
    forbidden = now_private or (not called and known.forbidden)
    this = Told(message.now, _marks_of(message.body, reading, unwanted=unwanted))
    told = overdose or state.at_hand or tells_of_body(this.reading) or called or known.until
    if forbidden or (private and told):
        safe = bool(called or (known.until and not forbidden))
        marked = _mark(state, this, calling((this, *before()), message.now), overdose=overdose, safe=safe)
        not_written = NO_REPLY_WANTED if wanted else NOT_WRITTEN if silence or (state.silent and not calls) else None
        reading = reading._replace(why=". ".join(filter(None, (f"{reading.why} {marked}", not_written))) + ".")
    elif asks_no_call(message.body):
        reading = reading._replace(why=f"{reading.why} {TEXT_THEM if wants_texts(message.body) else NO_CALL_WANTED}.")
    asks_silence = silence and (shared or reading.violence)
    unnamed = private or (state.other_writes and not (is_danger(reading) or reading.worrying))
    state = state.noting(says_shared=shared, private=unnamed, not_to_call=forbidden, asks_silence=asks_silence)
    state = _as_they_want_calls(state, message, called=called, forbidden=forbidden)
    return _as_it_is_told(connection, state, message, reading), reading


def _mark(state: State, this: Told, said: Calling, *, overdose: bool, safe: bool) -> str:
    """Return what coaches are told of a call that somebody else may answer: the gravest reason first."""
    if overdose or said.overdose:
        return CALL_ALL_THE_SAME
    if state.at_hand or said.at_hand:
        return AT_HAND_ALL_THE_SAME
    if tells_of_body(this.reading) or said.body:
        return BODY_ALL_THE_SAME
    return SAFE_FOR_NOW if safe else DO_NOT_CALL


def _are_last_words(state: State, message: StoredText, reading: Reading) -> bool:
    """Whether it may be the deed or a farewell in an open crisis, or tells of what it is to be done with."""
    by_another = state.other_writes or (state.silent and state.people.may_write)
    if not is_open_crisis(state) or by_another or tells_a_death(state.people, reading, message.body):
        return False
    plainly = _stops_plainly(state, message, reading)
    return state.planned or state.at_hand or may_be_last_words(message.body, reading, stopped=plainly)


def _as_they_mean_to(state: State, reading: Reading, body: str, words: str) -> State:
    """Note what was swallowed, or, by somebody who thinks of suicide, is at hand or planned."""
    crisis = reading.intent is Intent.CRISIS
    own = not reading.violence and (crisis or (is_open_crisis(state) and not state.told_violence))
    planned = own and is_only_planned(words)
    swallowed = _is_alarming(state, reading) and is_poisoning(words, reading) and not planned
    swallowed = swallowed or (crisis and took_them_all(body))
    return state.noting(swallowed=swallowed, planned=planned, at_hand=own and has_means_at_hand(words))


def _is_near(people: People, body: str) -> bool:
    """Whether whoever reads along may have found the phone, or is about to; not if they want a call themselves."""
    wanted = people.mine and (people.call_later or people.safe_to_call)
    return (is_found_out(body) and not wanted) or (people.other_back and not people.safe_to_call)


def _is_back(state: State, body: str, name: str | None) -> bool:
    """Whether somebody in open danger has the phone again and gives their name: a mere "it's me" may be anybody's."""
    named = name is not None and fold(name)[:SHORTEST_NAME] in fold(body)
    return state.people.mine and named and is_open_danger(state)


def _want_no_calls(bodies: Sequence[str], name: str | None) -> bool:
    """Whether the texts of the last minutes ask for no calls, after the last one that wants one."""
    if not wants_no_calls(" ".join(bodies)):
        return False
    wanted = [place for place, body in enumerate(bodies) if wants_a_call(body) or notice(body, name).safe_to_call]
    return wants_no_calls(" ".join(bodies[wanted[-1] + 1 :] if wanted else bodies))


def _marks_of(body: str, reading: Reading, *, unwanted: bool) -> dict[str, object]:
    """Return what this text says about calling, as it will be stored."""
    marks = {
        VIOLENCE: reading.violence,
        NO_CALL: unwanted,
        ATTACKED: is_danger(reading) and tells_an_attack(body),
        "urgency": reading.urgency,
    }
    return {mark: told for mark, told in marks.items() if told}


def _as_it_is_told(connection: Connection, state: State, message: StoredText, reading: Reading) -> State:
    """Note an attack, a body in danger, a plain medical question, and that whoever is feared has come."""
    overdose = state.swallowed and is_danger(reading)
    asks = reading.urgency == "same_day" and (
        asks_plainly(message.body) or GOES_ON_WITH.search(message.body) is not None
    )
    attacked = is_danger(reading) and tells_an_attack(message.body)
    new = (attacked or state.at_hand) and not has_told_an_attack(connection, message.number_hash, message.now)
    come = state.asks_silence and has_come(message.body)
    return state.noting(
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
    return state.noting(may_call=called, call_until=until, only_mine=only_mine, wants_texts=wanted)


def _but_for_thanks(state: State, body: str, reading: Reading) -> Reading:
    """Read thanks in open danger as thanks, in the words of either language."""
    if reading.worrying or not is_open_danger(state):
        return reading
    if reading.intent in (Intent.UNCLEAR, Intent.ACK) and is_courtesy(body):
        return reading._replace(intent=Intent.ACK, for_coach=None)
    named = any(span.kind == "opt_out" for span in reading.recognised)
    if reading.intent is Intent.OPT_OUT and not named and is_everyday(body, reading):
        return reading._replace(intent=Intent.UNCLEAR, stop="no")  # "ya me siento mejor, gracias" only sounds like one
    return reading


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
