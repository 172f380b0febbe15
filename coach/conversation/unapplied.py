"""Receive texts even when an error keeps them from being applied.

Such a text is retried at once, then stored, checked for danger and stops, and applied later. It is read before waiting
for any lock, so that a cry for help is answered whatever the database does. Only if nothing can be stored does the
provider get an error, and delivers the text again.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, or_, select, update

from coach.alerts.paging import open_flag
from coach.conversation.gather import StoredText, find_correspondent
from coach.conversation.joining.words import read_join
from coach.conversation.receive import (
    NOT_READ_YET,
    READING_COLUMNS,
    InboundText,
    ReceiveContext,
    apply_to,
    as_sent,
    as_stored,
    converse,
    earlier_answer,
    keep,
    one_text_at_a_time,
    read_alone,
    read_in_context,
)
from coach.database.tables import InboundReply
from coach.understanding import Intent, Reading
from coach.understanding.alarms.amounts import is_poisoning
from coach.understanding.alarms.shared_phone import is_read_by_others, wants_no_calls
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.turns import is_transient
from schedules.database.types import readable
from schedules.enrolment.lifecycle import record_opt_out
from schedules.outbox.queue import NewMessage, enqueue

TRIES = 2
FIRST_AGAIN, LONGEST_AGAIN = timedelta(seconds=15), timedelta(minutes=30)
# After this a reply is no longer sent; a coach has the text.
ANSWERS_WITHIN = timedelta(hours=1)
AT_MOST = 50

log = structlog.get_logger(__name__)


class NotKeptError(RuntimeError):
    """The text could not be stored. `lines` holds the help lines to answer with all the same, if any."""

    def __init__(self, lines: str | None) -> None:
        super().__init__("the text could not be stored")
        self.lines = lines


def receive(context: ReceiveContext, text: InboundText, now: datetime) -> str | None:
    """Store, understand, apply and answer a text. Returns the reply, or None for silence.

    Raises:
        NotKeptError: the database could not be written at all; the provider should deliver the text again.
    """
    message = as_stored(context, text, now)
    for last in (*(False,) * (TRIES - 1), True):
        try:
            return converse(context, message)
        except Exception as error:
            log.exception("reply_not_applied", again=is_transient(error) and not last)
            if last or not is_transient(error):
                break
    return _keep_for_later(context, message)


def _keep_for_later(context: ReceiveContext, message: StoredText) -> str | None:
    """Store the text, with its sender if that can be looked up, and do what cannot wait."""
    alarm = _alarm(message)
    lines = _lines(context, alarm, message)
    for attempt in (_keep_and_act, _keep_alone):
        try:
            with write_transaction(context.engine, context.patience / 2) as connection:
                return attempt(context, connection, message, alarm)
        except Exception:
            log.exception("reply_not_kept")
    raise NotKeptError(lines)


def _alarm(message: StoredText) -> Reading | None:
    """Return the reading if the words alone show danger or a stop, else None."""
    try:
        reading = read_alone(message)
    except Exception:
        log.exception("words_not_read")
        return None
    dangerous = reading.intent is Intent.CRISIS or reading.urgency == "emergency"
    return reading if dangerous or reading.intent is Intent.OPT_OUT else None


def _lines(context: ReceiveContext, alarm: Reading | None, message: StoredText, who: Any = None) -> str | None:
    """Return the help lines for the sender; those for unknown numbers do not promise a coach."""
    kind = _danger(alarm)
    if alarm is None or kind is None or not message.answerable:
        return None
    country = who.country if who else context.default_country
    key = f"{kind}.{country}" if who else f"{kind}_unknown.{country}"
    swallowed = is_poisoning(message.body, alarm)
    if alarm.violence or is_read_by_others(message.body) or wants_no_calls(message.body):
        body_in_danger = swallowed or alarm.urgency == "emergency"
        key = (f"urgent.{country}" if who else f"urgent_unknown.{country}") if body_in_danger else f"violence.{country}"
    elif swallowed:
        key = f"poison.{country}"
    language = who.language if who else alarm.language or "en"
    [text] = context.catalogue.texts_for(key, language if language in context.catalogue.languages else "en")
    return text.body


def _danger(alarm: Reading | None) -> str | None:
    if alarm is None:
        return None
    return "crisis" if alarm.intent is Intent.CRISIS else "urgent" if alarm.urgency == "emergency" else None


def _keep_and_act(
    context: ReceiveContext, connection: Connection, message: StoredText, alarm: Reading | None
) -> str | None:
    """Store the text under the number's owner, flag it, and obey a stop, using nothing but the number."""
    people = connection.execute(WHO, {"number": message.number_hash}).all()
    who = people[0] if people else None
    answer = _lines(context, alarm, message, who)
    kept = NOT_READ_YET | {
        "participant_id": who.id if who else None,
        "answer": answer,
        "retry_at": message.now + FIRST_AGAIN,
        **_sender_of_join(message),
    }
    reply_id = keep(connection, message, kept)
    if reply_id is None:
        return earlier_answer(connection, message.sid)
    kind = _danger(alarm) or ("read" if who else None)
    if kind:
        open_flag(connection, reply_id, who.id if who else None, message.number_hash, kind, message.now)
    if alarm is not None and alarm.stop == "sure" and _danger(alarm) is None:
        record_opt_out(connection, message.number_hash, message.now, source="text message")
    elif alarm is not None and alarm.stop != "no":
        ids = [person.id for person in people]
        held = update(Enrolment).where(Enrolment.participant_id.in_(ids), Enrolment.held_for.is_(None))
        connection.execute(held.values(held_for="stop_or_not"))
    return answer


WHO = (
    select(Participant.id, Participant.language, Clinic.country)
    .join(Clinic, Clinic.id == Participant.clinic_id)
    .where(Participant.number_hash == bindparam("number"))
    .order_by(Participant.id)
)


def _keep_alone(
    context: ReceiveContext, connection: Connection, message: StoredText, alarm: Reading | None
) -> str | None:
    """Store only the words, if even looking up the sender fails."""
    lines = _lines(context, alarm, message)
    later = {"answer": lines, "retry_at": message.now + FIRST_AGAIN, **_sender_of_join(message)}
    reply_id = keep(connection, message, NOT_READ_YET | later)
    return earlier_answer(connection, message.sid) if reply_id is None else lines


def _sender_of_join(message: StoredText) -> dict[str, object]:
    """Keep the number of somebody who joins until the text is applied, in a column that is encrypted."""
    return {"reading": {"sender": message.sender}} if read_join(message.body) else {}


def apply_unapplied(context: ReceiveContext, now: datetime) -> int:
    """Retry the stored texts that are due, each in its own transaction. Returns how many were applied."""
    with read_transaction(context.engine) as connection:
        # A retry this far ahead was set by a clock that was fast.
        waits = or_(InboundReply.retry_at <= now, InboundReply.retry_at > now + LONGEST_AGAIN * 2)
        due = select(InboundReply.id).where(waits).order_by(InboundReply.retry_at)
        ids = connection.execute(due.limit(AT_MOST)).scalars().all()
    applied = 0
    for reply_id in ids:
        try:
            with write_transaction(context.engine, context.patience) as connection:
                applied += _apply_again(context, connection, reply_id, now)
        except Exception:
            log.exception("reply_still_not_applied", reply=reply_id)
            _put_off(context, reply_id, now)
    return applied


def _apply_again(context: ReceiveContext, connection: Connection, reply_id: int, now: datetime) -> bool:
    query = select(
        InboundReply.message_sid,
        InboundReply.number_hash,
        readable(InboundReply.body, ""),
        InboundReply.received_at,
        InboundReply.opt_out_type,
        InboundReply.media,
        readable(InboundReply.answer),
        InboundReply.reading,
    ).where(InboundReply.id == reply_id, InboundReply.retry_at.is_not(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        return False
    sender = (row.reading or {}).get("sender", "")
    message = StoredText(
        row.message_sid, row.number_hash, row.body, row.received_at, row.opt_out_type, row.media, sender=sender
    )
    one_text_at_a_time(connection, message.number_hash)
    understood = read_in_context(context, connection, message)
    kept = {name: understood.kept[name] for name in READING_COLUMNS} | {"retry_at": None}
    late = row.answer is not None or now - row.received_at > ANSWERS_WITHIN
    kept |= {"for_coach": True} | ({"answer": row.answer} if late else {})
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(**kept))
    apply_to(context, connection, reply_id, message, understood)
    if not late and understood.kept["answer"]:
        sender = find_correspondent(connection, message.number_hash, context.catalogue, now)
        if sender is not None:
            words = as_sent(context, message, understood.kept["answer"]) or ""
            _answer(context, connection, sender.enrolment.id, reply_id, words, now)
    return True


def _answer(
    context: ReceiveContext, connection: Connection, enrolment_id: int, reply_id: int, words: str, now: datetime
) -> None:
    """What the text would have been answered with at once, as a text of its own."""
    answer = NewMessage(
        enrolment_id=enrolment_id,
        kind="answer",
        body=words,
        token=context.keys.token("late answer", reply_id),
        expires_at=now + ANSWERS_WITHIN,
        created_at=now,
    )
    enqueue(connection, answer)


def _put_off(context: ReceiveContext, reply_id: int, now: datetime) -> None:
    with write_transaction(context.engine) as connection:
        tries = connection.execute(select(InboundReply.tries).where(InboundReply.id == reply_id)).scalar_one_or_none()
        if tries is not None:
            again = min(LONGEST_AGAIN, FIRST_AGAIN * (1 << min(tries, 8)))
            values = {"tries": tries + 1, "retry_at": now + again}
            connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(values))
