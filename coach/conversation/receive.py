"""One text from a phone, from its raw words to its answer, in one commit. The twin of `coach.conversation.rules`.

The same MessageSid again gets the same answer and changes nothing. What an error of ours keeps from being applied is
`coach.conversation.unapplied`'s.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from coach.conversation.apply import ApplyContext, as_kept
from coach.conversation.follow_up_rules import follow_up
from coach.conversation.gather import Correspondent, StoredText, find_correspondent, find_rows, load_state
from coach.conversation.intentions import Confirm, Intention, OfferStep, Reply, SetCadence, SetLanguage, SetTimes
from coach.conversation.rules import respond
from coach.conversation.state import State, asked_of
from coach.database.tables import InboundReply
from coach.understanding import Asked, Intent, Reading, understand
from content.catalogue import Catalogue
from content.wording import fill
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import one_writes_at_a_time, read_transaction, write_transaction
from schedules.database.prepared import find_first
from schedules.decisions.eligibility import pick_text
from schedules.enrolment.roster_file import read_phone
from schedules.planning.step_on_request import find_offer

LONGEST_BODY = 4000
# What the provider says it has done with a text of its own accord, and the reading that means the same.
READ_BY_CARRIER = {
    "STOP": Reading(Intent.OPT_OUT, keyword="STOP", stop="sure", why="the carrier has opted them out"),
    "START": Reading(Intent.OPT_IN, keyword="START", confirms=True, why="the carrier has opted them in"),
    "HELP": Reading(Intent.HELP, keyword="HELP", why="the carrier has answered HELP"),
}
TELEPHONE = re.compile(r"\+\d{7,15}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text as the provider hands it over; `opt_out_type` is set where it has handled STOP, START or HELP itself."""

    sid: str
    sender: str
    body: str
    opt_out_type: str | None = None
    media: int = 0


@dataclass(frozen=True, slots=True)
class ReceiveContext:
    """What receiving needs. `opt_out_mode` is who answers STOP: `default` and `advanced` the provider, `self` we.

    `patience` is how many seconds to wait for others that write, before a text is kept to be applied later: the
    provider waits fifteen in all.
    """

    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    opt_out_mode: str = "default"
    default_country: str = "us"
    patience: float = 3.0


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text comes to, before anything of it is written: `kept` are the columns of its row that say so."""

    correspondent: Correspondent | None
    state: State
    kept: dict[str, Any]
    reading: Reading
    intentions: tuple[Intention, ...] = ()

    def holds(self, connection: Connection, message: StoredText) -> bool:
        """Whether it would still come to this: nothing that decides it has changed since it was looked up."""
        return (
            self.correspondent is not None
            and find_rows(connection, message.number_hash, message.now) == self.correspondent.rows
        )


# Built once for each database: a second text of the same MessageSid is no new row.
TEXT_COLUMNS = ("message_sid", "number_hash", "body", "received_at", "media", "opt_out_type")
READING_COLUMNS = (
    *("participant_id", "check_in_id", "intent", "score", "habit", "used_as", "night_on", "reading", "answer"),
    *("in_vain", "for_coach", "retry_at"),
)
INSERT_REPLY: dict[str, Any] = {
    name: dialect_insert(InboundReply)
    .values({key: bindparam(key) for key in (*TEXT_COLUMNS, *READING_COLUMNS)})
    .on_conflict_do_nothing(index_elements=["message_sid"])
    .returning(InboundReply.id)
    for name, dialect_insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
NOT_READ_YET: dict[str, Any] = dict.fromkeys(READING_COLUMNS) | {"for_coach": True, "in_vain": False}


def as_stored(context: ReceiveContext, text: InboundText, now: datetime) -> StoredText:
    """A text as it is kept: who wrote by the hash of their number, and no more of the words than we take."""
    sender = canonical(text.sender, context.default_country)
    return StoredText(
        text.sid,
        context.keys.number_hash(sender),
        text.body.replace("\x00", "")[:LONGEST_BODY],
        now,
        (text.opt_out_type or "").upper() if (text.opt_out_type or "").upper() in READ_BY_CARRIER else None,
        text.media,
        TELEPHONE.fullmatch(sender) is not None,
    )


def canonical(sender: str, country: str) -> str:
    """A sender's number as E.164 where it is one; a short code or a name stays as it is."""
    try:
        return read_phone(sender, country)
    except ValueError:
        return sender


def converse(context: ReceiveContext, message: StoredText) -> str | None:
    """Store, understand, apply and answer. Returns the words to answer with, or None for silence."""
    understood = None
    if one_writes_at_a_time(context.engine):  # then most of the work is done before our turn to write
        with read_transaction(context.engine) as connection:
            understood = read_in_context(context, connection, message)
    with write_transaction(context.engine, context.patience) as connection:
        one_text_at_a_time(connection, message.number_hash)
        if understood is None or not understood.holds(connection, message):
            understood = read_in_context(context, connection, message)
        reply_id = keep(connection, message, understood.kept)
        if reply_id is None:
            return earlier_answer(connection, message.sid)
        apply_to(connection, reply_id, message, understood)
    participant = understood.correspondent and understood.correspondent.participant_id
    log.info("reply_read", reply=reply_id, participant=participant, intent=understood.kept["intent"])
    answer: str | None = understood.kept["answer"]
    return answer


def one_text_at_a_time(connection: Connection, number_hash: str) -> None:
    """Two texts of one phone at once: the second waits here, and is read with what the first has changed."""
    if connection.dialect.name == "postgresql":
        connection.execute(ONE_OF_NUMBER, {"number": number_hash})


ONE_OF_NUMBER = text("SELECT pg_advisory_xact_lock(hashtextextended(:number, 0))")


def read_in_context(context: ReceiveContext, connection: Connection, message: StoredText) -> Understood:
    """What a text comes to, by who wrote it and what they were asked. Writes nothing."""
    correspondent = find_correspondent(connection, message.number_hash, context.catalogue, message.now)
    state = load_state(connection, correspondent, message, context.opt_out_mode == "default", context.default_country)
    name = correspondent.first_name if correspondent else None
    reading = follow_up(state, message.body, _read(state, message.body, name))
    reading = _with_carrier(reading, message)
    if reading.command and reading.command.name == "another_step":
        state = _with_offer(context, connection, correspondent, state, message.now)
    intentions = respond(state, reading)
    answer = compose_answer(context, correspondent, reading, intentions, message.sid)
    return Understood(
        correspondent, state, as_kept(correspondent, reading, intentions, answer, message.now), reading, intentions
    )


def _read(state: State, body: str, name: str | None) -> Reading:
    """A text as an answer to what they were last asked, or to another clinic's invitation if it is none."""
    reading = understand(body, asked_of(state.person), name=name)
    if not state.invited_elsewhere or reading.habit is not None:
        return reading
    consent = understand(body, Asked.CONSENT, name=name)
    return consent if consent.confirms else reading


def _with_carrier(reading: Reading, message: StoredText) -> Reading:
    """Danger is read whatever the carrier has made of a text; else what the carrier has done is what it meant."""
    handled = READ_BY_CARRIER.get(message.opt_out_type or "")
    if handled is None:
        return reading
    if reading.intent is Intent.CRISIS or reading.urgency == "emergency":
        return reading._replace(stop=handled.stop, keyword=handled.keyword)
    return handled._replace(for_coach=reading.for_coach if reading.unexplained else None)


def keep(connection: Connection, message: StoredText, kept: dict[str, Any]) -> int | None:
    """The id of the text's row, or None if this MessageSid is already there."""
    raw = {
        "message_sid": message.sid,
        "number_hash": message.number_hash,
        "body": message.body,
        "received_at": message.now,
        "media": message.media,
        "opt_out_type": message.opt_out_type,
    }
    stored = find_first(connection, INSERT_REPLY[connection.dialect.name], **raw, **kept)
    return stored and int(stored.id)


def earlier_answer(connection: Connection, sid: str) -> str | None:
    """What the same MessageSid was answered with before."""
    return connection.execute(select(InboundReply.answer).where(InboundReply.message_sid == sid)).scalar_one()


def apply_to(connection: Connection, reply_id: int, message: StoredText, understood: Understood) -> None:
    """Everything that a text changes."""
    changes = ApplyContext(connection, reply_id, message, understood.correspondent, understood.state.paged_coach)
    changes.apply(understood.intentions)
    changes.hear(understood.reading, understood.intentions)


def _with_offer(
    context: ReceiveContext, connection: Connection, correspondent: Correspondent | None, state: State, now: datetime
) -> State:
    """The state with the step that they would get now."""
    if correspondent is None or state.person is None:
        return state
    enrolment, zone = correspondent.enrolment.id, correspondent.enrolment.timing.time_zone
    offer = find_offer(connection, enrolment, zone, context.catalogue, context.keys, now)
    return replace(state, person=replace(state.person, another=offer))


def compose_answer(
    context: ReceiveContext,
    correspondent: Correspondent | None,
    reading: Reading,
    intentions: Sequence[Intention],
    sid: str,
) -> str | None:
    """The replies among the intentions, each from its variants by a draw of this message, joined into one text."""
    offered = [one.offer.words for one in intentions if isinstance(one, OfferStep) and one.offer.words]
    replies = [intention for intention in intentions if isinstance(intention, Reply)]
    if not offered and not replies:
        return None
    language, values = _placeholders(correspondent, reading, intentions)
    catalogue = context.catalogue
    if language not in catalogue.languages:
        language = catalogue.languages[0]
    said = [
        fill(
            catalogue,
            pick_text(catalogue.texts_for(reply.key, language), context.keys.draw(sid, reply.key)),
            values | reply.values,
        )
        for reply in replies
    ]
    return " ".join([*offered, *said])


def _placeholders(
    correspondent: Correspondent | None, reading: Reading, intentions: Sequence[Intention]
) -> tuple[str, dict[str, str]]:
    """The language to answer in and what placeholders may need, as it will be once the intentions are applied."""
    if correspondent is None:
        return reading.language or "en", {}
    confirmed = (
        correspondent.invited[0] if any(isinstance(one, Confirm) for one in intentions) else correspondent.enrolment
    )
    language, cadence, evening_at = correspondent.language, correspondent.cadence, confirmed.timing.evening_at
    for intention in intentions:
        if isinstance(intention, SetLanguage):
            language = intention.language
        elif isinstance(intention, SetCadence):
            cadence = intention.cadence
        elif isinstance(intention, SetTimes):
            evening_at = intention.evening_at or evening_at
    values = {
        "clinic": correspondent.clinic,
        "time": f"{evening_at:%H:%M}",
        "zone": confirmed.timing.time_zone,
        "cadence": cadence,
    }
    return language, values | ({"contact": correspondent.contact} if correspondent.contact else {})


def read_alone(message: StoredText) -> Reading:
    """What a text says by itself, whoever wrote it and whatever they were asked: danger and stops need no more."""
    return _with_carrier(understand(message.body, Asked.NONE), message)
