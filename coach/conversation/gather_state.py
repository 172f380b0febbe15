"""Load the state a reply depends on, besides its sender: recent texts, open flags, marks on the number."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, select

from coach.alerts.shared_phones import FOR_LONG
from coach.conversation.gather import OPEN_FLAG, RECENT, SINCE, STRANGER_ANSWER_EVERY, Correspondent, StoredText
from coach.conversation.gather_earlier import has_asked_for_silence, is_by_another
from coach.conversation.joined_texts import JOINED_WITHIN
from coach.conversation.paged_coaches import find_paged_coach
from coach.conversation.state import State
from coach.database.tables import InboundReply
from coach.understanding import Intent
from coach.understanding.alarms.people import People
from schedules.database.prepared import find_all
from schedules.database.tables.people import Suppression
from schedules.database.tables.safety import HOLDING_KINDS, Flag

FLAGGED_LATELY = timedelta(hours=1)
ONE_NIGHT = timedelta(hours=10)
SPACED_BY = timedelta(minutes=15)
JUST_NOW = timedelta(minutes=3)
SUPPRESSED = select(Suppression.number_hash).where(Suppression.number_hash == bindparam("number"))
BEFORE = (
    select(
        InboundReply.received_at,
        InboundReply.answer.is_not(None).label("answered"),
        InboundReply.in_vain,
        InboundReply.intent,
        InboundReply.used_as,
    )
    .where(*RECENT)
    .order_by(InboundReply.received_at.desc(), InboundReply.id.desc())
    .limit(60)
)
FLAGGED = select(Flag.kind, Flag.opened_at).where(*OPEN_FLAG, Flag.opened_at > SINCE)


def load_state(
    connection: Connection,
    correspondent: Correspondent | None,
    message: StoredText,
    people: People,
    carrier_answers: bool,
    default_country: str,
) -> State:
    """Load the state of the conversation before this text; `people` is what the text itself says of people."""
    now, row = message.now, correspondent.rows[0] if correspondent else None
    load = partial(find_all, connection, number=message.number_hash)
    before = load(BEFORE, since=now - STRANGER_ANSWER_EVERY) if row is None or row.wrote_before else []
    today = load(FLAGGED, since=now - STRANGER_ANSWER_EVERY) if row is None or row.has_flag else []
    flagged = [one for one in today if one.opened_at > now - FLAGGED_LATELY]
    paged = find_paged_coach(connection, message.number_hash, message.body) if row is None or row.is_coach else None
    alarms = sorted(row.opened_at for row in flagged if row.kind in HOLDING_KINDS)
    marked = row is None or row.flagged_lately
    return State(
        person=correspondent.person if correspondent else None,
        suppressed=correspondent.suppressed if correspondent else bool(load(SUPPRESSED)),
        carrier_answers=carrier_answers or message.opt_out_type is not None,
        carrier_stopped=message.opt_out_type == "STOP",
        country=correspondent.country if correspondent else default_country,
        paged_coach=paged,
        answerable=message.answerable,
        people=people,
        in_vain_hour=sum(row.in_vain and row.received_at > now - timedelta(hours=1) for row in before),
        in_vain_day=sum(row.in_vain for row in before),
        flagged=frozenset(row.kind for row in flagged),
        questions_hour=sum(_is_question(row) and row.received_at > now - FLAGGED_LATELY for row in before),
        answered_hour=_answered_since(before, max([now - FLAGGED_LATELY, *alarms[:1]])),
        answered_day=_answered_since(before, now - STRANGER_ANSWER_EVERY),
        answered_within_hour=_answered_since(before, now - FLAGGED_LATELY) > 0,
        silent=marked and has_asked_for_silence(connection, message.number_hash, now - FOR_LONG),
        other_wrote=marked and is_by_another(connection, message.number_hash, now - STRANGER_ANSWER_EVERY),
        other_has_phone=_is_held_as_anothers(connection, correspondent, message),
        answered_just_now=_answered_since(before, now - JUST_NOW) > 0,
        answered_lately=_answered_since(before, now - SPACED_BY) > 0,
        wrote_lately=any(row.received_at > now - JOINED_WITHIN for row in before),
        helped_tonight=sum(row.used_as == "night_help" and row.received_at > now - ONE_NIGHT for row in before),
        media=message.media,
        invited_elsewhere=correspondent is not None
        and any(one is not correspondent.enrolment for one in correspondent.invited),
    )


def _is_held_as_anothers(connection: Connection, correspondent: Correspondent | None, message: StoredText) -> bool:
    """Whether texts are held because somebody else wrote, however long ago, and the participant is not back."""
    held = correspondent is not None and correspondent.person.someone_else
    return held and is_by_another(connection, message.number_hash, message.now - FOR_LONG)


def _is_question(row: Any) -> bool:
    return bool(row.answered and row.intent == Intent.QUESTION)


def _answered_since(before: Sequence[Any], since: datetime) -> int:
    return sum(row.answered and row.received_at > since for row in before)
