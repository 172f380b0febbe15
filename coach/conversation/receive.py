"""Process one inbound text, from raw words to reply, in one commit, by `coach.conversation.rules.respond`.

A repeated MessageSid gets the same reply and changes nothing. `coach.conversation.unapplied` handles texts that an
internal error kept from being applied.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, select, text

from coach.conversation.apply import ApplyContext
from coach.conversation.compose import compose_answer
from coach.conversation.danger_reading import with_danger
from coach.conversation.gather import Correspondent, StoredText, find_correspondent, find_rows
from coach.conversation.gather_said import with_what_was_said
from coach.conversation.gather_state import load_state
from coach.conversation.intentions import LINK, Intention, Invite, OpenOwnPage, TellWhatHelps
from coach.conversation.joining.apply import enrol_by_keyword
from coach.conversation.joining.gather import with_join
from coach.conversation.joining.words import read_join
from coach.conversation.plans.apply import PLAN_INTENTIONS, apply_plan
from coach.conversation.plans.gather import with_plan
from coach.conversation.reply_columns import as_kept
from coach.conversation.rules.beside_answer import with_words_beside
from coach.conversation.rules.follow_up import follow_up
from coach.conversation.rules.mourning import of_their_own_dead
from coach.conversation.rules.respond import respond
from coach.conversation.state import State, asked_of
from coach.database.tables import InboundReply
from coach.participants.own_page import link_token, open_link
from coach.reflections.what_helps import record_told
from coach.understanding import Asked, Intent, Reading, understand
from coach.understanding.alarms.people import notice
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import has_single_writer, read_transaction, write_transaction
from schedules.database.turns import is_transient
from schedules.database.upsert import insert_or_ignore
from schedules.enrolment.roster_file import read_phone
from schedules.planning.step_on_request import find_offer

LONGEST_BODY = 4000
# The reading that corresponds to what the carrier reports having done with a keyword.
READ_BY_CARRIER = {
    "STOP": Reading(Intent.OPT_OUT, keyword="STOP", stop="sure", why="the carrier has opted them out"),
    "START": Reading(Intent.OPT_IN, keyword="START", confirms=True, why="the carrier has opted them in"),
    "HELP": Reading(Intent.HELP, keyword="HELP", why="the carrier has answered HELP"),
}
TELEPHONE = re.compile(r"\+\d{7,15}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text as the provider delivers it; `opt_out_type` is set if it handled STOP, START or HELP itself."""

    sid: str
    sender: str
    body: str
    opt_out_type: str | None = None
    media: int = 0


@dataclass(frozen=True, slots=True)
class ReceiveContext:
    """What `receive` needs. `opt_out_mode` says who answers STOP: the provider (`default`, `advanced`) or we (`self`).

    `public_url` is where links to a participant's own page lead. `patience` is how many seconds to wait for the write
    lock before deferring a text; the provider's webhook timeout is fifteen seconds.
    """

    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    opt_out_mode: str = "default"
    default_country: str = "us"
    patience: float = 3.0
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """The outcome of a text before anything is written; `kept` holds the columns of its row."""

    correspondent: Correspondent | None
    state: State
    kept: dict[str, Any]
    reading: Reading
    intentions: tuple[Intention, ...] = ()

    def holds(self, connection: Connection, message: StoredText) -> bool:
        """Whether the outcome is still valid: no row it was decided from has changed since."""
        return (
            self.correspondent is not None
            and find_rows(connection, message.number_hash, message.now) == self.correspondent.rows
        )


READING_COLUMNS = (
    *("participant_id", "check_in_id", "intent", "score", "habit", "used_as", "night_on", "reading", "answer"),
    *("in_vain", "for_coach", "retry_at"),
)
NOT_READ_YET: dict[str, object] = dict.fromkeys(READING_COLUMNS) | {"for_coach": True, "in_vain": False}


def as_stored(context: ReceiveContext, text: InboundText, now: datetime) -> StoredText:
    """Prepare a text for storage: hash the sender's number and truncate the body."""
    sender = canonical(text.sender, context.default_country)
    return StoredText(
        text.sid,
        context.keys.number_hash(sender),
        text.body.replace("\x00", "")[:LONGEST_BODY],
        now,
        (text.opt_out_type or "").upper() if (text.opt_out_type or "").upper() in READ_BY_CARRIER else None,
        text.media,
        TELEPHONE.fullmatch(sender) is not None,
        sender,
    )


def canonical(sender: str, country: str) -> str:
    """Return the sender's number in E.164; leave a short code or a name unchanged."""
    try:
        return read_phone(sender, country)
    except ValueError:
        return sender


def converse(context: ReceiveContext, message: StoredText) -> str | None:
    """Store, understand, apply and answer a text. Returns the reply, or None for silence."""
    return as_sent(context, message, _stored_answer(context, message))


def as_sent(context: ReceiveContext, message: StoredText, answer: str | None) -> str | None:
    """Return a reply with the link to the sender's own page, which is not stored with it."""
    return with_link(context, message.sid, answer) if answer else answer


def with_link(context: ReceiveContext, sid: str, answer: str) -> str:
    """Return a reply as it was sent in answer to a text: with the link, where it has one."""
    if LINK not in answer:
        return answer
    return answer.replace(LINK, f"{context.public_url}/me/{link_token(context.keys, sid)}")


def _stored_answer(context: ReceiveContext, message: StoredText) -> str | None:
    if not has_single_writer(context.engine):
        return _converse(context, message, context.patience)
    try:
        return _converse(context, message, patience=0.0)
    except Exception as error:
        if not is_transient(error):
            raise
    # Others are writing: do most of the work before waiting for the write lock.
    with read_transaction(context.engine) as connection:
        understood = read_in_context(context, connection, message)
    return _converse(context, message, context.patience, understood)


def _converse(
    context: ReceiveContext, message: StoredText, patience: float, understood: Understood | None = None
) -> str | None:
    with write_transaction(context.engine, patience) as connection:
        one_text_at_a_time(connection, message.number_hash)
        if understood is None or not understood.holds(connection, message):
            understood = read_in_context(context, connection, message)
        reply_id = keep(connection, message, understood.kept)
        if reply_id is None:
            return earlier_answer(connection, message.sid)
        apply_to(context, connection, reply_id, message, understood)
    participant = understood.correspondent and understood.correspondent.participant_id
    log.info("reply_read", reply=reply_id, participant=participant, intent=understood.kept["intent"])
    answer: str | None = understood.kept["answer"]
    return answer


def one_text_at_a_time(connection: Connection, number_hash: str) -> None:
    """Serialize texts from one number, so that the second is read after the first has been applied."""
    if connection.dialect.name == "postgresql":
        connection.execute(ONE_OF_NUMBER, {"number": number_hash})


ONE_OF_NUMBER = text("SELECT pg_advisory_xact_lock(hashtextextended(:number, 0))")


def read_in_context(context: ReceiveContext, connection: Connection, message: StoredText) -> Understood:
    """Decide the outcome of a text from its sender and what they were asked. Writes nothing."""
    correspondent = find_correspondent(connection, message.number_hash, context.catalogue, message.now)
    name = correspondent.first_name if correspondent else None
    people, carrier_answers = notice(message.body, name), context.opt_out_mode == "default"
    state = load_state(connection, correspondent, message, people, carrier_answers, context.default_country)
    reading = follow_up(state, message.body, _read(state, message.body, name))
    state, reading = with_words_beside(state, message.body, reading)
    state, reading = with_join(connection, state, correspondent, message, read_join(message.body), reading)
    state, reading = of_their_own_dead(state, reading, message.body, name)
    state, reading = with_plan(connection, context.catalogue, state, correspondent, message, reading)
    state, reading = with_danger(connection, state, message, _with_carrier(reading, message), name)
    who = correspondent.participant_id if correspondent else None
    state = with_what_was_said(connection, state, message, reading, who)
    if reading.command and reading.command.name == "another_step":
        state = _with_offer(context, connection, correspondent, state, message.now)
    intentions = respond(state, reading)
    answer = compose_answer(context.catalogue, context.keys, correspondent, reading, intentions, message)
    return Understood(
        correspondent,
        state,
        as_kept(correspondent, state, reading, intentions, answer, message.now),
        reading,
        intentions,
    )


def _read(state: State, body: str, name: str | None) -> Reading:
    """Read a text as an answer to what was last asked or, failing that, to another clinic's invitation."""
    reading = understand(body, asked_of(state.person), name=name)
    if not state.invited_elsewhere or reading.habit is not None:
        return reading
    consent = understand(body, Asked.CONSENT, name=name)
    return consent if consent.confirms else reading


def _with_carrier(reading: Reading, message: StoredText) -> Reading:
    """Follow what the carrier did with a text, except that danger in it is always read."""
    handled = READ_BY_CARRIER.get(message.opt_out_type or "")
    if handled is None:
        return reading
    if reading.intent is Intent.CRISIS or reading.urgency == "emergency":
        return reading._replace(stop=handled.stop, keyword=handled.keyword)
    return handled._replace(for_coach=reading.for_coach if reading.unexplained else None)


def keep(connection: Connection, message: StoredText, kept: dict[str, object]) -> int | None:
    """Insert the text's row and return its id, or None if this MessageSid exists."""
    raw = {
        "message_sid": message.sid,
        "number_hash": message.number_hash,
        "body": message.body,
        "received_at": message.now,
        "media": message.media,
        "opt_out_type": message.opt_out_type,
    }
    # A second text of the same MessageSid is no new row.
    stored: int | None = insert_or_ignore(connection, InboundReply, raw | kept, key=("message_sid",))
    return stored


def earlier_answer(connection: Connection, sid: str) -> str | None:
    """Return the earlier reply to this MessageSid."""
    return connection.execute(select(InboundReply.answer).where(InboundReply.message_sid == sid)).scalar_one()


def apply_to(
    context: ReceiveContext, connection: Connection, reply_id: int, message: StoredText, understood: Understood
) -> None:
    """Apply the intentions of a text."""
    for one in understood.intentions:
        if isinstance(one, Invite):
            enrol_by_keyword(connection, context.catalogue, context.keys, message, reply_id, one)
        elif isinstance(one, OpenOwnPage) and understood.correspondent is not None:
            token = link_token(context.keys, message.sid)
            open_link(connection, understood.correspondent.participant_id, token, message.now)
        elif isinstance(one, TellWhatHelps) and understood.correspondent is not None:
            record_told(connection, understood.correspondent.participant_id, understood.correspondent.person.today)
        elif isinstance(one, PLAN_INTENTIONS) and understood.correspondent is not None:
            apply_plan(connection, understood.correspondent, one, message.now)
    changes = ApplyContext(connection, reply_id, message, understood.correspondent, understood.state.paged_coach)
    changes.apply(understood.intentions)
    changes.hear(understood.reading, understood.intentions)


def _with_offer(
    context: ReceiveContext, connection: Connection, correspondent: Correspondent | None, state: State, now: datetime
) -> State:
    """Add the step that would be offered now to the state."""
    if correspondent is None or state.person is None:
        return state
    enrolment, zone = correspondent.enrolment.id, correspondent.enrolment.timing.time_zone
    offer = find_offer(connection, enrolment, zone, context.catalogue, context.keys, now)
    return replace(state, person=replace(state.person, another=offer))


def read_alone(message: StoredText) -> Reading:
    """Read a text without context; enough to recognize danger and stops."""
    return _with_carrier(understand(message.body, Asked.NONE), message)
