"""Decide from what somebody has texted whether coaches may call them, and how coaches are told. Pure.

A permission to call ends after half an hour, at the time they named, or when the other is back or writes. An overdose,
a poisoning, a weapon at hand beside suicide, or an emergency of somebody's body that nobody did to them, whose flag is
open, outweighs everything but what was told after it: violence with a wish not to be called, or an attack half a day
later.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PRIVATE = "private"  # set in the stored reading of a text that forbids calls: somebody else may read or answer
SWALLOWED = "swallowed"  # and of one that tells of an overdose or a poison
AT_HAND = "at_hand"  # of one in a crisis that names a weapon or another means within reach
ATTACKED = "attacked"  # of one that names a weapon or an assault
WHERE = "where"  # of one that says where they are, while danger is open
MAY_CALL = "may_call"  # of one that asks for a call: true, or until when it is safe
ONLY_MINE = "only_mine"  # of one that says that nobody else has this phone
TEXTED = "texted"  # of one that asks for texts instead of calls
OTHER_HAND = "other_hand"  # of one by somebody else who has the phone
OWN_HAND = "own_hand"  # of one that says it is the participant again
NO_CALL = "no_call"  # of one that asks us not to call or write back
LIFTED = "lifted"  # and of one whose wish about calls and answers a coach has ended since, after speaking with them
NO_REPLY = "no_reply"  # of one that asked us not to write back
WISHES = frozenset({PRIVATE, TEXTED, NO_CALL, NO_REPLY})  # what a coach can end
UNDER_AGE = "under_age"  # of one that says the participant is under 18
VIOLENCE = "violence"  # part of the reading itself, as is how urgent it is
CALL_WITHIN = timedelta(minutes=30)
LONGEST_WINDOW = timedelta(hours=12)
OUTWEIGHS_ATTACK = timedelta(hours=12)  # an overdose does, told at most so long before it

DO_NOT_CALL = "Do not call or text details: somebody else may read or answer this phone"
CALL_ALL_THE_SAME = "A possible overdose: call them or send help, although somebody else may read or answer this phone"
AT_HAND_ALL_THE_SAME = (
    "A weapon or another means at hand: call them or send help, although somebody else may read or answer this phone"
)
BODY_ALL_THE_SAME = "An emergency: call them or send help, although somebody else may read or answer this phone"
SAFE_FOR_NOW = "They say that a call is safe now, and for a short time only: somebody else may answer later"
ASK_WHO = "Somebody else may have this phone: ask who answers, and say nothing about health until you know"
TEXT_THEM = "They asked to be texted instead of called"
NO_CALL_WANTED = "They asked not to be called: nothing says that somebody else may answer this phone"
ALL_THE_SAME = (CALL_ALL_THE_SAME, AT_HAND_ALL_THE_SAME, BODY_ALL_THE_SAME)  # the gravest first
OF_THE_PHONE = (DO_NOT_CALL, *ALL_THE_SAME, SAFE_FOR_NOW, ASK_WHO)


@dataclass(frozen=True, slots=True)
class Told:
    """One text of a number: when it came, how it was read, and whether a flag that it raised is open."""

    at: datetime
    reading: Mapping[str, Any] = field(default_factory=dict)
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Calling:
    """What somebody's texts say about calling them.

    `forbidden`: somebody else may answer. `overdose`: a possible overdose is open, so call whoever answers. `until`: a
    call is safe until then, though somebody else uses this phone. `texted`: they asked to be texted instead, and not
    for a call since. `shared`: somebody else may read along. `in_danger`: a flag of theirs for danger is open.
    `themselves`: after somebody else wrote, they said that they have the phone again. `under_age`: they said so.
    `at_hand`: a weapon or another means of suicide is within reach, and `body`: somebody's body is in danger by no
    violence; both count as an overdose does.
    """

    forbidden: bool = False
    overdose: bool = False
    texted: bool = False
    until: datetime | None = None
    shared: bool = False
    in_danger: bool = False
    themselves: bool = False
    under_age: bool = False
    at_hand: bool = False
    body: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether coaches may call, and what they are told beside it; `until` is when that ends."""

    may_call: bool
    words: str = ""
    until: datetime | None = None


def as_it_stands(reading: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a stored reading without the wishes that a coach has ended."""
    return {name: told for name, told in reading.items() if name not in WISHES} if LIFTED in reading else reading


def wishes_end(reading: Mapping[str, Any], at: datetime) -> Mapping[str, Any] | None:
    """Return a stored reading whose wishes end at a coach's word; None if it has none that stands."""
    return None if WISHES.isdisjoint(as_it_stands(reading)) else {**reading, LIFTED: at.isoformat()}


def wishes_stand_again(reading: Mapping[str, Any], ended_at: str) -> Mapping[str, Any] | None:
    """Return a stored reading with the wishes that ended at that moment; None if none did."""
    if reading.get(LIFTED) != ended_at:
        return None
    return {name: told for name, told in reading.items() if name != LIFTED}


def mark_of(said: Calling, *, someone_else: bool) -> Mark:
    """Return the mark for a phone; ``someone_else``: texts are held because somebody else may have it."""
    emergency = next((words for words, holds in zip(ALL_THE_SAME, _emergencies(said), strict=True) if holds), None)
    if emergency and (said.shared or someone_else):
        return Mark(True, emergency)
    if said.overdose or said.at_hand:
        return Mark(True)
    if said.until is not None:
        return Mark(True, SAFE_FOR_NOW, said.until)
    if said.forbidden:
        return Mark(False, DO_NOT_CALL)
    if someone_else and not said.themselves:
        return Mark(said.in_danger, ASK_WHO if said.in_danger else DO_NOT_CALL)
    return Mark(True, TEXT_THEM if said.texted else "")


def _emergencies(said: Calling) -> tuple[bool, bool, bool]:
    """Return which emergencies are open that outweigh a wish not to be called, in the order of `ALL_THE_SAME`."""
    return said.overdose, said.at_hand, said.body


def calling(told: Sequence[Told], now: datetime) -> Calling:
    """Return what a number's texts, the newest first, say about calling it."""
    overdose, at_hand, body = (_is_open(told, tells) for tells in (_tells(SWALLOWED), _tells(AT_HAND), tells_of_body))
    until = safe_until(told, now)
    outweighed = overdose or at_hand or body
    return Calling(
        forbidden=not outweighed and until is None and _forbids(told, now),
        overdose=overdose,
        at_hand=at_hand,
        body=body,
        texted=_newest(told, TEXTED, MAY_CALL) == TEXTED,
        until=None if outweighed else until,
        shared=is_shared(told),
        in_danger=any(one.is_open and _is_danger(one.reading) for one in told),
        themselves=_newest(told, OTHER_HAND, OWN_HAND) == OWN_HAND,
        under_age=_newest(told, UNDER_AGE) is not None,
    )


def tells_of_body(reading: Mapping[str, Any]) -> bool:
    """Whether a reading tells of an emergency of somebody's body, and of no violence, whose doer may answer."""
    return reading.get("urgency") == "emergency" and not reading.get(VIOLENCE) and ATTACKED not in reading


def _tells(mark: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda reading: mark in reading


def _is_open(told: Sequence[Told], tells: Callable[[Mapping[str, Any]], bool]) -> bool:
    """Whether such a danger is open, and no violence that forbids a call was told after it."""
    violence = unwanted = False
    attacked_at = None
    for one in told:
        if one.is_open and tells(one.reading):
            return attacked_at is None or attacked_at - one.at < OUTWEIGHS_ATTACK
        attacked_at = attacked_at or (one.at if ATTACKED in one.reading else None)
        violence = violence or bool(one.reading.get(VIOLENCE))
        unwanted = unwanted or NO_CALL in one.reading
        if violence and unwanted:
            return False
    return False


def is_shared(told: Sequence[Told]) -> bool:
    """Whether a text says that somebody else may read or answer the phone, and none since that nobody else has it.

    After violence nothing lifts that.
    """
    lifted = False
    for one in told:
        if PRIVATE in one.reading and (not lifted or one.reading.get(VIOLENCE)):
            return True
        lifted = lifted or ONLY_MINE in one.reading
    return False


def safe_until(told: Sequence[Told], now: datetime) -> datetime | None:
    """Return until when a call is safe on a shared phone, as they said; None if it is not, or not any more."""
    for place, one in enumerate(told):
        if PRIVATE in one.reading or OTHER_HAND in one.reading:
            return None
        until = _end(one)
        if until is not None and until > now:
            return until if any(PRIVATE in earlier.reading for earlier in told[place + 1 :]) else None
    return None


def _forbids(told: Sequence[Told], now: datetime) -> bool:
    another = False  # somebody else wrote after the permission, so that it has ended
    for one in told:
        until = _end(one)
        if PRIVATE in one.reading:
            return True
        if ONLY_MINE in one.reading or (until is not None and until > now and not another):
            return False
        another = another or OTHER_HAND in one.reading
    return False


def _end(one: Told) -> datetime | None:
    """Return when a permission to call ends."""
    given = one.reading.get(MAY_CALL)
    if not given:
        return None
    return datetime.fromisoformat(given) if isinstance(given, str) else one.at + CALL_WITHIN


def _newest(told: Sequence[Told], *marks: str) -> str | None:
    """Return which of some marks was set last."""
    return next((mark for one in told for mark in marks if one.reading.get(mark)), None)


def _is_danger(reading: Mapping[str, Any]) -> bool:
    return reading.get("intent") == "crisis" or reading.get("urgency") == "emergency"


_TIME = re.compile(
    r"\b(?:un ?till?|till?|before|(?:back|home|returns?) (?:at|by|around|about)|hasta|antes de"
    r"|(?:llega|vuelve|regresa) a)"
    r"(?: about| around| eso de)?(?: las?)? (\d{1,2})(?:[:.](\d\d))? ?(?:([ap])\.?m\b\.?)?"
    r"(?![\d:.]*\d)(?! ?(?:min|hour|hr|hora|day|week|d[ií]a))",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"\b(?:for|por|next|within) (?:the next |about |like |unos? |unas? )?"
    r"(\d{1,3}|an|a|una?|half an|media) ?(min\w*|hours?|hrs?|horas?)\b",
    re.IGNORECASE,
)
_COUNTS = {"an": 1.0, "a": 1.0, "un": 1.0, "una": 1.0, "half an": 0.5, "media": 0.5}


def stated_end(body: str, now: datetime, time_zone: str) -> datetime | None:
    """Return until when a text says that a call is safe: "till 5", "for 20 minutes"; None if it does not say."""
    plain = " ".join(body.split())
    if (span := _SPAN.search(plain)) is not None:
        count = _COUNTS.get(span[1].lower()) or float(span[1])
        unit = timedelta(minutes=1) if span[2].lower().startswith("min") else timedelta(hours=1)
        return now + min(count * unit, LONGEST_WINDOW)
    found = _TIME.search(plain)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if found is None or hour > 23 or minute > 59:
        return None
    hours = [hour % 12 + 12 * (found[3].lower() == "p")] if found[3] else [hour, (hour + 12) % 24]
    local = now.astimezone(ZoneInfo(time_zone))
    return min(_next(local, one, minute) for one in hours).astimezone(now.tzinfo)


def _next(local: datetime, hour: int, minute: int) -> datetime:
    at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)


def as_of_now(why: str | None, mark: Mark) -> str | None:
    """Return how a text was read, with what stands now about calling them in place of what stood then."""
    then = next((one for one in OF_THE_PHONE if one in (why or "")), None)
    if why is None or then is None:
        return why
    return why.replace(then, mark.words) if mark.words in OF_THE_PHONE else why.replace(f" {then}.", "")
