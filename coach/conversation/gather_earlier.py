"""Load earlier texts of a number: those to be read together with this one, and what they said about the phone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select

from coach.alerts.calls import AT_HAND, ATTACKED, NO_REPLY, OTHER_HAND, OWN_HAND, as_it_stands
from coach.alerts.shared_phones import NEWEST
from coach.conversation.joined_texts import JOINED_WITHIN, MOST_EARLIER, EarlierText
from coach.database.tables import InboundReply
from coach.understanding import Intent
from coach.understanding.plans.words import read_wish
from schedules.database.prepared import find_all, in_constants
from schedules.database.tables.safety import HOLDING_KINDS, Flag
from schedules.database.types import UtcInstant, readable

LATELY = (
    select(
        readable(InboundReply.body, ""),
        InboundReply.intent,
        InboundReply.for_coach,
        readable(InboundReply.reading),
        exists().where(Flag.reply_id == InboundReply.id, in_constants(Flag.kind, HOLDING_KINDS)).label("flagged"),
    )
    .where(
        InboundReply.number_hash == bindparam("number"),
        InboundReply.message_sid != bindparam("sid"),
        InboundReply.received_at > bindparam("since", type_=UtcInstant),
        InboundReply.received_at <= bindparam("now", type_=UtcInstant),
    )
    .order_by(InboundReply.received_at.desc(), InboundReply.id.desc())
    .limit(MOST_EARLIER)
)


def load_earlier(connection: Connection, number_hash: str, sid: str, now: datetime) -> tuple[EarlierText, ...]:
    """Load the texts of the last minutes, oldest first, after the last one that was read as danger."""
    found: list[EarlierText] = []
    for row in find_all(connection, LATELY, number=number_hash, sid=sid, since=now - JOINED_WITHIN, now=now):
        if row.flagged or row.intent == Intent.CRISIS or (row.reading or {}).get("urgency") == "emergency":
            break
        if row.intent == Intent.QUESTION and read_wish(row.body or ""):
            continue  # "my own plan", which we offer: beside another text it would sound like a plan to die
        if row.intent != Intent.AUTO_REPLY and row.body:
            found.append(EarlierText(row.body, row.intent == Intent.CHECKIN and not row.for_coach))
    return tuple(reversed(found))


MAY_WRITE = "may_write"  # set in the stored reading of a text that says that we may write back again
READINGS = (
    select(InboundReply.received_at, readable(InboundReply.reading))
    .where(
        InboundReply.number_hash == bindparam("number"), InboundReply.received_at > bindparam("since", type_=UtcInstant)
    )
    .order_by(InboundReply.received_at.desc(), InboundReply.id.desc())
    .limit(NEWEST)
)


def find_readings(connection: Connection, number_hash: str, since: datetime) -> Sequence[Any]:
    """Load when a number's latest texts came and how they were read, newest first."""
    return find_all(connection, READINGS, number=number_hash, since=since)


def has_asked_for_silence(connection: Connection, number_hash: str, since: datetime) -> bool:
    """Whether a phone that others read asked us not to write back, and neither it nor a coach has ended that since."""
    told = (as_it_stands(row.reading or {}) for row in find_readings(connection, number_hash, since))
    marks = ({*one} & {NO_REPLY, MAY_WRITE} for one in told)
    return NO_REPLY in next((found for found in marks if found), ())


def is_by_another(connection: Connection, number_hash: str, since: datetime) -> bool:
    """Whether somebody else wrote from this phone, and the participant has not said since that they are back."""
    marks = ({*(row.reading or {})} & {OTHER_HAND, OWN_HAND} for row in find_readings(connection, number_hash, since))
    return OTHER_HAND in next((found for found in marks if found), ())


BODIES = select(readable(InboundReply.body, "")).where(
    InboundReply.number_hash == bindparam("number"), InboundReply.received_at > bindparam("since", type_=UtcInstant)
)


def says_again(connection: Connection, number_hash: str, body: str, since: datetime) -> bool:
    """Whether a number has sent the same words since then."""
    earlier = (row.body for row in find_all(connection, BODIES, number=number_hash, since=since))
    return _words(body) in map(_words, earlier)


def _words(body: str) -> str:
    return " ".join("".join(one if one.isalnum() else " " for one in body.lower()).split())


def has_told_an_attack(connection: Connection, number_hash: str, now: datetime) -> bool:
    """Whether a text of the last minutes told of an attack or a weapon at hand, so that this is the same one."""
    found = find_readings(connection, number_hash, now - JOINED_WITHIN)
    return any(not {ATTACKED, AT_HAND}.isdisjoint(row.reading or {}) for row in found)
