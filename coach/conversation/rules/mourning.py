"""Rules for a death that is told, grave news beside an answer, and the hours after them. Pure."""

import re
from dataclasses import replace
from datetime import timedelta

from coach.conversation.intentions import ForCoach, Hold, Intention, OptOut, Pause, RaiseFlag, Reply
from coach.conversation.rules.check_in import answers_only
from coach.conversation.rules.commands import first_evening
from coach.conversation.rules.danger import FLAGGING, how_to_get_help
from coach.conversation.state import State, was_replied
from coach.understanding import Intent, Reading
from coach.understanding.alarms.people import People
from coach.understanding.result import TextSpan

NEWS = ("grief", "grave")  # kinds of spans
NOT_CHEERED = (*NEWS, "heed")
NEWS_HOLDS = timedelta(hours=12)
TOLD = (Intent.UNCLEAR, Intent.CHECKIN, Intent.ACK, Intent.QUESTION)


# No more texts to somebody who is spoken of: "ya no le escriban".
_OF_THEM = re.compile(
    r"\bno (?:le|lo|la)s? (?:escrib|mand|text|molest)\w*|\b(?:stop|quit|don'?t|no more)\b.*\b(?:him|her|his)\b",
    re.IGNORECASE,
)


def tells_a_death(people: People, reading: Reading, body: str) -> bool:
    """Whether a text says that the participant has died, or tells of a death and may be by somebody else."""
    if people.died or reading.died:
        return True
    told = people.death or any(span.kind == "grief" for span in reading.recognised)
    told = told and not (people.mine and not people.other_hand)
    of_them = reading.stop != "sure" or people.other_hand or _OF_THEM.search(body) is not None
    return told and reading.intent in (Intent.WRONG_NUMBER, Intent.OPT_OUT) and of_them


def answer_death(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Condole once, hold the texts, and show a coach; say nothing about health. A sure stop is carried out as well."""
    if not state.tells_death or state.person is None:
        return None
    stop = (OptOut("text message"),) if reading.stop == "sure" and not state.suppressed else ()
    hold = () if state.suppressed else (Hold("someone_else"),)
    condolence = () if "condolence" in state.replied else (Reply("condolence"),)
    return (*stop, *hold, *seen_today(state), *condolence)


_OF_SOMEBODY = re.compile(
    r"\W*(?:he|she|they|my|our|mi|nuestr[oa]|[eé]l|ella|ya|se|muri[oó]|falleci[oó])\b", re.IGNORECASE
)


# Of whom "she died" is told, at the end: "she died last night. my wife".
_MY_OWN = re.compile(
    r"[.,;!\n]\W*(?:it was |era )?(?:my|mi) (?:\w+ )?(?:wife|husband|hubby|partner|son|daughter|mom|mum|mother|dad"
    r"|father|sister|brother|baby|friend|grand\w+|espos[oa]|marido|mujer|pareja|hij[oa]|mam[aá]|pap[aá]|madre|padre|herman[oa]"
    r"|abuel[oa]|beb[eé]|amig[oa])\W*$",
    re.IGNORECASE,
)


def of_their_own_dead(state: State, reading: Reading, body: str, name: str | None) -> tuple[State, Reading]:
    """Read "she died" as a loss of whoever has just written of danger, or minutes ago, or says "my wife" after it.

    Not where it names the participant, is told by another hand, or asks for no more texts.
    """
    people, person = state.people, state.person
    told = people.died or reading.died or (people.death and reading.intent is Intent.WRONG_NUMBER)
    if person is None or not told or state.other_wrote or person.someone_else or people.other_hand:
        return state, reading
    theirs = person.held_for in FLAGGING or state.wrote_lately or people.mine or _MY_OWN.search(body) is not None
    named = name is not None and name.lower() in body.lower() and not people.mine
    for_them = named or reading.stop != "no" or _OF_THEM.search(body) is not None or "this was h" in body.lower()
    if not theirs or for_them or not (people.mine or _OF_SOMEBODY.match(body)):
        return state, reading
    state = replace(state, people=people._replace(died=False, death=False, grief=True))
    if reading.intent is Intent.CRISIS or reading.urgency is not None:
        return state, reading  # "she died and I want to be with her"
    loss = TextSpan(0, len(body), "grief", body, "tells that somebody they love has died")
    why = "Tells of a death, and seems to be the participant's own loss: ask who has died."
    reading = Reading(Intent.UNCLEAR, recognised=(loss,), language=reading.language, for_coach="read", why=why)
    return state, reading


def answer_news_in_danger(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """While danger is open, say a word of sympathy to somebody who has lost somebody; how to get help follows."""
    held = state.person.held_for if state.person and not state.suppressed else None
    if held not in FLAGGING or state.tells_death or not any(span.kind == "grief" for span in reading.recognised):
        return None
    said = () if state.private else (Reply("grief"),)
    return (*seen_today(state), *said, *how_to_get_help(state, held or "", always=True))


def seen_today(state: State) -> tuple[Intention, ...]:
    """Show a text to a coach today, with at most one flag an hour."""
    return (ForCoach(),) if "read" in state.flagged else (RaiseFlag("read"), ForCoach())


def answer_after_death(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """After the condolence leave a relative in peace until a coach has looked; a sure stop is still carried out."""
    held = state.person.held_for if state.person else None
    if "condolence" not in state.replied or held not in (*FLAGGING, "someone_else") or state.suppressed:
        return None
    wants = state.people.mine or state.people.news or state.people.other_hand
    wants = wants or reading.intent in (Intent.OPT_IN, Intent.RESUME, Intent.QUESTION, Intent.HELP)
    if wants or reading.stop == "sure":
        return None
    flag = reading.intent is Intent.MEDICAL and "medical" not in state.flagged
    return (*((RaiseFlag("medical"),) if flag else ()), ForCoach())


def answer_news(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Answer news of a death or other grave news without cheer or tally; a coach sees it.

    After a death of late nothing more is texted that evening, and they are told so.
    """
    kinds = {span.kind for span in reading.recognised}.intersection(NOT_CHEERED)
    if not kinds:
        return None
    recorded = answers_only(state, _beside_the_loss(reading))
    if "grief" in kinds:
        free = _free_evening(state)
        return (*recorded, *free, *seen_today(state), Reply("grief"), *((Reply("evening_off"),) if free else ()))
    return (*recorded, ForCoach(), Reply("please_read_received"))


def _beside_the_loss(reading: Reading) -> Reading:
    """Drop a yes or no that was read from the words of the loss itself: "he didn't make it"."""
    losses = [span for span in reading.recognised if span.kind == "grief"]
    answers = [span for span in reading.recognised if span.kind == "habit"]
    within = [one for one in answers if any(one.start < loss.end and loss.start < one.end for loss in losses)]
    return reading._replace(habit=None) if within and within == answers else reading


def _free_evening(state: State) -> tuple[Intention, ...]:
    person = state.person
    if person is None or person.status != "active" or person.is_paused or not state.people.lately:
        return ()
    tonight = person.today + timedelta(days=1)
    return (Pause(tonight),) if first_evening(person) < tonight else ()


def answer_in_hospital(state: State, reading: Reading) -> tuple[Intention, ...] | None:
    """Tell a coach that somebody is or was in a hospital: the steps may not fit them any more."""
    if not state.people.in_hospital or state.person is None or reading.intent not in TOLD:
        return None
    flag = () if "medical" in state.flagged else (RaiseFlag("medical"),)
    return (*answers_only(state, reading), *flag, ForCoach(), Reply("in_hospital"))


def with_sympathy(state: State, reading: Reading, intentions: tuple[Intention, ...]) -> tuple[Intention, ...]:
    """Beside such news, confirm a pause without "enjoy the break", and show a coach."""
    kinds = {span.kind for span in reading.recognised}.intersection(NEWS)
    paused = next((one for one in intentions if isinstance(one, Reply) and one.key in ("paused", "paused_open")), None)
    if not (kinds or state.people.in_hospital) or paused is None:
        return intentions
    others = tuple(one for one in intentions if one is not paused)
    sympathy = (Reply("grief"),) if "grief" in kinds else ()
    return (*others, *seen_today(state), *sympathy, Reply("paused_open", paused.values))


def answer_after_news(state: State, _reading: Reading) -> tuple[Intention, ...] | None:
    """In the hours after such news leave an unclear text in peace, or say once that a coach will read it."""
    if not state.news_lately:
        return None
    once = () if was_replied(state, "please_read_received", NEWS_HOLDS) else (Reply("please_read_received"),)
    return (ForCoach(), *once)
