"""Rules for texts by somebody else, and for a participant behind a hold that somebody else caused. Pure."""

from datetime import timedelta

from coach.conversation.intentions import (
    AskAgain,
    Confirm,
    ForCoach,
    Hold,
    Intention,
    RecordAnswer,
    Reply,
    Volunteer,
)
from coach.conversation.rules.commands import answer_wish
from coach.conversation.rules.danger import FLAGGING, flag_once, how_to_get_help
from coach.conversation.rules.mourning import NEWS_HOLDS, seen_today
from coach.conversation.state import State, was_replied
from coach.understanding import Intent, Reading

AN_HOUR = timedelta(hours=1)
PAUSED = Reply("someone_else")
COUNTED = (RecordAnswer, Volunteer, Confirm, AskAgain)


def answer_news_of_them(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Hold the texts when somebody tells that the participant is gravely ill; one kind line, a coach today.

    Where help is at hand ("he's in the ICU with a stroke") it is no emergency for us.
    """
    people, person = state.people, state.person
    if not people.news or people.mine or person is None or state.tells_death or reading.intent is Intent.CRISIS:
        return None
    if (reading.urgency == "emergency" or reading.worrying) and not people.in_care:
        return None
    if state.suppressed:
        return seen_today(state)
    if person.held_for in FLAGGING:
        return (Hold("someone_else"), *seen_today(state), *how_to_get_help(state, person.held_for or "", neutral=True))
    once = () if was_replied(state, "news_received", NEWS_HOLDS) else (Reply("news_received"),)
    return (Hold("someone_else"), *seen_today(state), *once)


def answer_missing(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """While danger is open, tell whoever looks for somebody what to do, and page: it may be the participant."""
    person, people = state.person, state.people
    held = person.held_for if person else None
    told = any(span.kind in ("crisis", "worry") for span in reading.recognised) or reading.urgency == "emergency"
    told = told or state.last_words or (reading.intent is Intent.CRISIS and not state.other_writes)
    if not people.missing or people.mine or told or held not in FLAGGING or state.tells_death or state.suppressed:
        return None
    hold = (Hold("someone_else"),) if people.is_another else ()
    return (*hold, *flag_once(state, "urgent"), ForCoach(), Reply(f"missing.{state.country}"))


def answer_alive(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Tell a participant behind somebody else's hold that a person will check; only a coach ends it."""
    person, people = state.person, state.people
    if person is None or not person.someone_else or state.suppressed or reading.stop == "sure":
        return None
    if not people.mine or people.other_hand or state.tells_death:
        return None
    if person.held_for in FLAGGING:
        return (*seen_today(state), *how_to_get_help(state, person.held_for or ""))
    once = () if was_replied(state, "person_will_check", AN_HOUR) else (Reply("person_will_check"),)
    return (*seen_today(state), *once)


def answer_good_news(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Note good news told from a number held as somebody else's: "she is fine, the surgery went well"."""
    person = state.person
    if person is None or not person.someone_else or state.suppressed or reading.intent is not Intent.UNCLEAR:
        return None
    told = any(span.kind == "good_news" for span in reading.recognised)
    return (ForCoach(), Reply("noted")) if told and person.held_for == "someone_else" else None


def answer_relay(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Show a coach an answer told by somebody who helps: it is not counted, and the texts go on."""
    person, people = state.person, state.people
    told = any(span.kind == "relay" for span in reading.recognised)
    if not told or person is None or person.status == "invited" or reading.intent is not Intent.WRONG_NUMBER:
        return None
    if reading.stop != "no" or people.minor or people.asks_of_them or state.suppressed or person.held_for:
        return None
    return (*seen_today(state), Reply("noted"))


def answer_someone_else(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Another person has the phone: hold texts, say nothing about health, flag a coach.

    The number is not opted out; a coach decides. While danger is open, "sorry, wrong person" may be taken back words:
    the lines stay, and a relative gets lines that name nothing.
    """
    person, people = state.person, state.people
    if person is None or reading.stop == "sure" or not _is_by_another(state, reading):
        return None
    if people.mine and not (people.other_hand or people.minor):
        return None
    if state.suppressed:  # a START from their hand must not bring the texts back
        return (*((Hold("someone_else"),) if people.is_another or people.minor else ()), *seen_today(state))
    asks, held = people.asks_of_them, person.held_for
    if held in FLAGGING and not (people.other_hand or people.minor or asks):
        denied = (Hold("someone_else"), *seen_today(state)) if people.not_them else (ForCoach(),)
        return (*denied, *how_to_get_help(state, held or ""))
    if asks or held in FLAGGING:
        said = who_we_are(state) if asks else how_to_get_help(state, held or "", neutral=True)
        paused = (PAUSED,) if reading.stop != "no" and not asks else ()
        return (Hold("someone_else"), *seen_today(state), *said, *paused)
    return None if person.someone_else else (Hold("someone_else"), *seen_today(state), PAUSED)


def answer_other_hand(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Go on saying only who we are to somebody else at the phone; open danger gets lines that name nothing."""
    person = state.person
    if person is None or state.suppressed or state.tells_death:
        return None
    asks = person.held_for == "someone_else" and state.people.asks_of_texts and not state.people.mine
    if not (state.other_writes or asks):
        return None
    if reading.stop != "no" or reading.intent is Intent.AUTO_REPLY or "condolence" in state.replied:
        return None
    said = (Reply("who_we_are"),) if reading.intent is Intent.HELP else who_we_are(state)
    if person.held_for in FLAGGING:
        answers = reading.score is not None or reading.habit is not None  # who answers for them asks nothing
        said = (() if answers else said) or how_to_get_help(state, person.held_for or "", neutral=True)
    elif not person.someone_else or reading.intent not in (Intent.HELP, Intent.QUESTION):
        return None
    return (Hold("someone_else"), *seen_today(state), *said)


def answer_time_on_shared_phone(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Change the time for somebody in trouble over our texts ("he goes mad when it buzzes"), and show a coach."""
    person = state.person
    if not state.says_shared or reading.intent is not Intent.SET_TIME or state.asks_silence or person is None:
        return None
    if state.suppressed or person.held_for is not None or (changed := answer_wish(state, reading)) is None:
        return None
    return (*seen_today(state), *changed)


def _is_by_another(state: State, reading: Reading) -> bool:
    people = state.people
    may_stop = people.other_hand and reading.stop == "doubtful"  # "how do I stop these for him"
    return reading.intent is Intent.WRONG_NUMBER or people.minor or people.asks_of_them or may_stop


def who_we_are(state: State) -> tuple[Intention, ...]:
    """Say who we are in words that fit any habit text, at most once an hour."""
    return () if was_replied(state, "who_we_are", AN_HOUR) else (Reply("who_we_are"),)


def counts_nothing_of_others(state: State, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Record nothing from a number held as somebody else's: a coach reads what came."""
    if state.person is None or not state.person.someone_else:
        return intentions
    return tuple(one for one in intentions if not isinstance(one, COUNTED))
