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
from sqlalchemy import Connection, Engine, select, text

from coach.conversation.apply import Applier, as_kept
from coach.conversation.follow_up_rules import follow_up
from coach.conversation.gather import Correspondent, Taken, find_correspondent, find_rows, load_state
from coach.conversation.intentions import Confirm, Intention, OfferStep, Reply, SetCadence, SetLanguage, SetTimes
from coach.conversation.rules import respond
from coach.conversation.state import State, asked_of
from coach.database.tables import InboundReply
from coach.understanding import Asked, Intent, Reading, understand
from content.catalogue import Catalogue
from content.wording import fill
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import has_single_writer, read_transaction, write_transaction
from schedules.database.upsert import insert_or_ignore
from schedules.decisions.eligibility import pick_text
from schedules.enrolment.roster_file import read_phone
from schedules.planning.step_on_request import find_offer

LONGEST_BODY = 4000
# What the provider says it has done with a text of its own accord, and the reading that means the same.
HANDLED = {
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
class Reception:
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

    found: Correspondent | None
    state: State
    kept: dict[str, Any]
    reading: Reading
    intentions: tuple[Intention, ...] = ()

    def holds(self, connection: Connection, taken: Taken) -> bool:
        """Whether it would still come to this: nothing that decides it has changed since it was looked up."""
        return self.found is not None and find_rows(connection, taken.number_hash, taken.now) == self.found.rows


KEPT = (
    *("participant_id", "check_in_id", "intent", "score", "habit", "used_as", "night_on", "reading", "answer"),
    *("in_vain", "for_coach", "retry_at"),
)
UNREAD: dict[str, Any] = dict.fromkeys(KEPT) | {"for_coach": True, "in_vain": False}


def take(reception: Reception, text: InboundText, now: datetime) -> Taken:
    """A text as it is kept: who wrote by the hash of their number, and no more of the words than we take."""
    sender = canonical(text.sender, reception.default_country)
    return Taken(
        text.sid,
        reception.keys.number_hash(sender),
        text.body.replace("\x00", "")[:LONGEST_BODY],
        now,
        (text.opt_out_type or "").upper() if (text.opt_out_type or "").upper() in HANDLED else None,
        text.media,
        TELEPHONE.fullmatch(sender) is not None,
    )


def canonical(sender: str, country: str) -> str:
    """A sender's number as E.164 where it is one; a short code or a name stays as it is."""
    try:
        return read_phone(sender, country)
    except ValueError:
        return sender


def converse(reception: Reception, taken: Taken) -> str | None:
    """Store, understand, apply and answer. Returns the words to answer with, or None for silence."""
    understood = None
    if has_single_writer(reception.engine):  # then most of the work is done before our turn to write
        with read_transaction(reception.engine) as connection:
            understood = read_in_context(reception, connection, taken)
    with write_transaction(reception.engine, reception.patience) as connection:
        one_text_at_a_time(connection, taken.number_hash)
        if understood is None or not understood.holds(connection, taken):
            understood = read_in_context(reception, connection, taken)
        reply_id = keep(connection, taken, understood.kept)
        if reply_id is None:
            return earlier_answer(connection, taken.sid)
        apply_to(connection, reply_id, taken, understood)
    participant = understood.found and understood.found.participant_id
    log.info("reply_read", reply=reply_id, participant=participant, intent=understood.kept["intent"])
    answer: str | None = understood.kept["answer"]
    return answer


def one_text_at_a_time(connection: Connection, number_hash: str) -> None:
    """Two texts of one phone at once: the second waits here, and is read with what the first has changed."""
    if connection.dialect.name == "postgresql":
        connection.execute(ONE_OF_NUMBER, {"number": number_hash})


ONE_OF_NUMBER = text("SELECT pg_advisory_xact_lock(hashtextextended(:number, 0))")


def read_in_context(reception: Reception, connection: Connection, taken: Taken) -> Understood:
    """What a text comes to, by who wrote it and what they were asked. Writes nothing."""
    found = find_correspondent(connection, taken.number_hash, reception.catalogue, taken.now)
    state = load_state(connection, found, taken, reception.opt_out_mode == "default", reception.default_country)
    name = found.first_name if found else None
    reading = follow_up(state, taken.body, _read(state, taken.body, name))
    reading = _with_carrier(reading, taken)
    if reading.command and reading.command.name == "another_step":
        state = _with_offer(reception, connection, found, state, taken.now)
    intentions = respond(state, reading)
    answer = compose_answer(reception, found, reading, intentions, taken.sid)
    return Understood(found, state, as_kept(found, reading, intentions, answer, taken.now), reading, intentions)


def _read(state: State, body: str, name: str | None) -> Reading:
    """A text as an answer to what they were last asked, or to another clinic's invitation if it is none."""
    reading = understand(body, asked_of(state.person), name=name)
    if not state.invited_elsewhere or reading.habit is not None:
        return reading
    consent = understand(body, Asked.CONSENT, name=name)
    return consent if consent.confirms else reading


def _with_carrier(reading: Reading, taken: Taken) -> Reading:
    """Danger is read whatever the carrier has made of a text; else what the carrier has done is what it meant."""
    handled = HANDLED.get(taken.opt_out_type or "")
    if handled is None:
        return reading
    if reading.intent is Intent.CRISIS or reading.urgency == "emergency":
        return reading._replace(stop=handled.stop, keyword=handled.keyword)
    return handled._replace(for_coach=reading.for_coach if reading.unexplained else None)


def keep(connection: Connection, taken: Taken, kept: dict[str, Any]) -> int | None:
    """The id of the text's row, or None if this MessageSid is already there."""
    raw = {
        "message_sid": taken.sid,
        "number_hash": taken.number_hash,
        "body": taken.body,
        "received_at": taken.now,
        "media": taken.media,
        "opt_out_type": taken.opt_out_type,
    }
    # A second text of the same MessageSid is no new row.
    stored: int | None = insert_or_ignore(connection, InboundReply, raw | kept, key=("message_sid",))
    return stored


def earlier_answer(connection: Connection, sid: str) -> str | None:
    """What the same MessageSid was answered with before."""
    return connection.execute(select(InboundReply.answer).where(InboundReply.message_sid == sid)).scalar_one()


def apply_to(connection: Connection, reply_id: int, taken: Taken, understood: Understood) -> None:
    """Everything that a text changes."""
    applier = Applier(connection, reply_id, taken, understood.found, understood.state.pager)
    applier.apply(understood.intentions)
    applier.hear(understood.reading, understood.intentions)


def _with_offer(
    reception: Reception, connection: Connection, found: Correspondent | None, state: State, now: datetime
) -> State:
    """The state with the step that they would get now."""
    if found is None or state.person is None:
        return state
    enrolment, zone = found.enrolment.id, found.enrolment.timing.time_zone
    offer = find_offer(connection, enrolment, zone, reception.catalogue, reception.keys, now)
    return replace(state, person=replace(state.person, another=offer))


def compose_answer(
    reception: Reception, found: Correspondent | None, reading: Reading, intentions: Sequence[Intention], sid: str
) -> str | None:
    """The replies among the intentions, each from its variants by a draw of this message, joined into one text."""
    offered = [one.offer.words for one in intentions if isinstance(one, OfferStep) and one.offer.words]
    replies = [intention for intention in intentions if isinstance(intention, Reply)]
    if not offered and not replies:
        return None
    language, values = _values(found, reading, intentions)
    catalogue = reception.catalogue
    if language not in catalogue.languages:
        language = catalogue.languages[0]
    said = [
        fill(
            catalogue,
            pick_text(catalogue.texts_for(reply.key, language), reception.keys.draw(sid, reply.key)),
            values | reply.values,
        )
        for reply in replies
    ]
    return " ".join([*offered, *said])


def _values(
    found: Correspondent | None, reading: Reading, intentions: Sequence[Intention]
) -> tuple[str, dict[str, str]]:
    """The language to answer in and what placeholders may need, as it will be once the intentions are applied."""
    if found is None:
        return reading.language or "en", {}
    confirmed = found.invited[0] if any(isinstance(one, Confirm) for one in intentions) else found.enrolment
    language, cadence, evening_at = found.language, found.cadence, confirmed.timing.evening_at
    for intention in intentions:
        if isinstance(intention, SetLanguage):
            language = intention.language
        elif isinstance(intention, SetCadence):
            cadence = intention.cadence
        elif isinstance(intention, SetTimes):
            evening_at = intention.evening_at or evening_at
    values = {
        "clinic": found.clinic,
        "time": f"{evening_at:%H:%M}",
        "zone": confirmed.timing.time_zone,
        "cadence": cadence,
    }
    return language, values | ({"contact": found.contact} if found.contact else {})


def read_alone(taken: Taken) -> Reading:
    """What a text says by itself, whoever wrote it and whatever they were asked: danger and stops need no more."""
    return _with_carrier(understand(taken.body, Asked.NONE), taken)
