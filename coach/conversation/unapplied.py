"""What an error of ours keeps from being applied: tried again, else kept, read for danger and stop, applied later.

The words are matched before any lock is waited for, so that a cry for help is answered whatever the database does.
Only where nothing at all could be kept does the provider get an error, and hands the text over again.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, or_, select, update

from coach.alerts.paging import open_flag
from coach.conversation.gather import Taken
from coach.conversation.receive import (
    KEPT,
    UNREAD,
    InboundText,
    Reception,
    apply_to,
    converse,
    earlier_answer,
    keep,
    one_text_at_a_time,
    read_alone,
    read_in_context,
    take,
)
from coach.database.tables import InboundReply
from coach.understanding import Intent, Reading
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.turns import is_transient
from schedules.database.types import readable
from schedules.enrolment.lifecycle import record_opt_out
from schedules.outbox.queue import NewMessage, enqueue

TRIES = 2
FIRST_AGAIN, LONGEST_AGAIN = timedelta(seconds=15), timedelta(minutes=30)
# An answer that comes later than this is not one any more: a coach has it.
ANSWERS_WITHIN = timedelta(hours=1)
AT_MOST = 50

log = structlog.get_logger(__name__)


class NotKeptError(RuntimeError):
    """Nothing of a text could be stored. `lines` are the safety lines it must be answered with all the same, if any."""

    def __init__(self, lines: str | None) -> None:
        super().__init__("the text could not be stored")
        self.lines = lines


def receive(reception: Reception, text: InboundText, now: datetime) -> str | None:
    """Store, understand, apply and answer. Returns the words to answer with, or None for silence.

    Raises:
        NotKeptError: the database could not be written at all; the provider should hand the text over again.
    """
    taken = take(reception, text, now)
    for last in (*(False,) * (TRIES - 1), True):
        try:
            return converse(reception, taken)
        except Exception as error:
            log.exception("reply_not_applied", again=is_transient(error) and not last)
            if last or not is_transient(error):
                break
    return _keep_for_later(reception, taken)


def _keep_for_later(reception: Reception, taken: Taken) -> str | None:
    """Keep the words, with their person where that can be told, and do at once what cannot wait."""
    alarm = _alarm(taken)
    lines = _lines(reception, alarm, taken)
    for attempt in (_keep_and_act, _keep_alone):
        try:
            with write_transaction(reception.engine, reception.patience / 2) as connection:
                return attempt(reception, connection, taken, alarm)
        except Exception:
            log.exception("reply_not_kept")
    raise NotKeptError(lines)


def _alarm(taken: Taken) -> Reading | None:
    """Danger or a stop in the words themselves; None where they say neither, or cannot be read."""
    try:
        found = read_alone(taken)
    except Exception:
        log.exception("words_not_read")
        return None
    dangerous = found.intent is Intent.CRISIS or found.urgency == "emergency"
    return found if dangerous or found.intent is Intent.OPT_OUT else None


def _lines(reception: Reception, alarm: Reading | None, taken: Taken, who: Any = None) -> str | None:
    """The safety lines for whoever it is; to a number that is nobody's those that promise nothing of a coach."""
    kind = _danger(alarm)
    if alarm is None or kind is None or not taken.answerable:
        return None
    key = f"{kind}.{who.country}" if who else f"{kind}_unknown.{reception.default_country}"
    language = who.language if who else alarm.language or "en"
    [text] = reception.catalogue.texts_for(key, language if language in reception.catalogue.languages else "en")
    return text.body


def _danger(alarm: Reading | None) -> str | None:
    if alarm is None:
        return None
    return "crisis" if alarm.intent is Intent.CRISIS else "urgent" if alarm.urgency == "emergency" else None


def _keep_and_act(reception: Reception, connection: Connection, taken: Taken, alarm: Reading | None) -> str | None:
    """Keep the words with whoever has the number, flag them, and obey a stop: by what a number alone can tell."""
    people = connection.execute(WHO, {"number": taken.number_hash}).all()
    who = people[0] if people else None
    answer = _lines(reception, alarm, taken, who)
    kept = UNREAD | {
        "participant_id": who.id if who else None,
        "answer": answer,
        "retry_at": taken.now + FIRST_AGAIN,
    }
    reply_id = keep(connection, taken, kept)
    if reply_id is None:
        return earlier_answer(connection, taken.sid)
    kind = _danger(alarm) or ("read" if who else None)
    if kind:
        open_flag(connection, reply_id, who.id if who else None, taken.number_hash, kind, taken.now)
    if alarm is not None and alarm.stop == "sure" and _danger(alarm) is None:
        record_opt_out(connection, taken.number_hash, taken.now, source="text message")
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


def _keep_alone(reception: Reception, connection: Connection, taken: Taken, alarm: Reading | None) -> str | None:
    """The words and no more, where even looking up whose they are fails."""
    lines = _lines(reception, alarm, taken)
    reply_id = keep(connection, taken, UNREAD | {"answer": lines, "retry_at": taken.now + FIRST_AGAIN})
    return earlier_answer(connection, taken.sid) if reply_id is None else lines


def apply_unapplied(reception: Reception, now: datetime) -> int:
    """Apply what was kept unapplied and is due to be tried again, each by itself. Returns how many now are."""
    with read_transaction(reception.engine) as connection:
        # Later than any waits: put off by a clock that was ahead.
        waits = or_(InboundReply.retry_at <= now, InboundReply.retry_at > now + LONGEST_AGAIN * 2)
        due = select(InboundReply.id).where(waits).order_by(InboundReply.retry_at)
        ids = connection.execute(due.limit(AT_MOST)).scalars().all()
    applied = 0
    for reply_id in ids:
        try:
            with write_transaction(reception.engine) as connection:
                applied += _apply_again(reception, connection, reply_id, now)
        except Exception:
            log.exception("reply_still_not_applied", reply=reply_id)
            _put_off(reception, reply_id, now)
    return applied


def _apply_again(reception: Reception, connection: Connection, reply_id: int, now: datetime) -> bool:
    query = select(
        InboundReply.message_sid,
        InboundReply.number_hash,
        readable(InboundReply.body, ""),
        InboundReply.received_at,
        InboundReply.opt_out_type,
        InboundReply.media,
        readable(InboundReply.answer),
    ).where(InboundReply.id == reply_id, InboundReply.retry_at.is_not(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        return False
    taken = Taken(row.message_sid, row.number_hash, row.body, row.received_at, row.opt_out_type, row.media)
    one_text_at_a_time(connection, taken.number_hash)
    understood = read_in_context(reception, connection, taken)
    kept = {name: understood.kept[name] for name in KEPT} | {"retry_at": None}
    late = row.answer is not None or now - row.received_at > ANSWERS_WITHIN
    kept |= {"for_coach": True} | ({"answer": row.answer} if late else {})
    connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(**kept))
    apply_to(connection, reply_id, taken, understood)
    if not late and understood.kept["answer"] and understood.found:
        _answer(reception, connection, understood.found.enrolment.id, reply_id, understood.kept["answer"], now)
    return True


def _answer(
    reception: Reception, connection: Connection, enrolment_id: int, reply_id: int, words: str, now: datetime
) -> None:
    """What the text would have been answered with at once, as a text of its own."""
    answer = NewMessage(
        enrolment_id=enrolment_id,
        kind="answer",
        body=words,
        token=reception.keys.token("late answer", reply_id),
        expires_at=now + ANSWERS_WITHIN,
        created_at=now,
    )
    enqueue(connection, answer)


def _put_off(reception: Reception, reply_id: int, now: datetime) -> None:
    with write_transaction(reception.engine) as connection:
        tries = connection.execute(select(InboundReply.tries).where(InboundReply.id == reply_id)).scalar_one_or_none()
        if tries is not None:
            again = min(LONGEST_AGAIN, FIRST_AGAIN * (1 << min(tries, 8)))
            values = {"tries": tries + 1, "retry_at": now + again}
            connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(values))
