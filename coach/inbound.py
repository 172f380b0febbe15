"""One text from a phone, from its raw words to its answer, in one commit. The twin of `coach.conversation`.

The raw text is stored before it is understood; whatever goes wrong afterwards, it is kept and put before a coach. The
same MessageSid again gets the same answer and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from coach.applying import Applier
from coach.conversation import respond
from coach.conversation_state import State, asked_of
from coach.flags import acknowledge_by_text
from coach.following_up import follow_up
from coach.inbound_facts import Correspondent, find_correspondent, load_state
from coach.intents import Intention, OfferStep, Reply, SetCadence, SetLanguage, SetTimes
from coach.models import InboundReply
from coach.understanding import Intent, Reading, understand
from content.catalogue import Catalogue, render
from content.wording import fill
from schedules.asked_step import find_offer
from schedules.db import writing
from schedules.keys import InstallationKeys
from schedules.roster import read_phone
from schedules.strategy_choice import pick_text

LONGEST_BODY = 4000
# What the provider says it has done (Advanced Opt-Out), and the reading that means the same.
HANDLED = {
    "STOP": Reading(Intent.OPT_OUT, keyword="STOP", why="the carrier has opted them out"),
    "START": Reading(Intent.OPT_IN, keyword="START", why="the carrier has opted them in"),
    "HELP": Reading(Intent.HELP, keyword="HELP", why="the carrier has answered HELP"),
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text as the provider hands it over; `opt_out_type` is set where it has handled STOP, START or HELP itself."""

    sid: str
    sender: str
    body: str
    opt_out_type: str | None = None


@dataclass(frozen=True, slots=True)
class Reception:
    """What receiving needs. `opt_out_mode` is who answers STOP: `default` and `advanced` the provider, `self` we."""

    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    opt_out_mode: str = "default"
    default_country: str = "us"


# Built once for each database: a second text of the same MessageSid is no new row.
RAW: dict[str, Any] = {
    name: dialect_insert(InboundReply)
    .values({key: bindparam(key) for key in ("message_sid", "number_hash", "body", "received_at")})
    .on_conflict_do_nothing(index_elements=["message_sid"])
    .returning(InboundReply.id)
    for name, dialect_insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}


def receive(reception: Reception, text: InboundText, now: datetime) -> str | None:
    """Store, understand, apply and answer. Returns the words to answer with, or None for silence."""
    number_hash = reception.keys.number_hash(canonical(text.sender, reception.default_country))
    body = text.body.replace("\x00", "")[:LONGEST_BODY]
    try:
        with writing(reception.engine) as connection:
            reply_id = _store_raw(connection, text.sid, number_hash, body, now)
            if reply_id is None:
                return _earlier_answer(connection, text.sid)
            return _understand_and_apply(reception, connection, reply_id, number_hash, body, text, now)
    except Exception:
        with writing(reception.engine) as connection:  # nothing of it is there yet: what they wrote is kept by itself
            kept = _store_raw(connection, text.sid, number_hash, body, now)
            log.exception("reply_not_understood", reply=kept)
            connection.execute(update(InboundReply).where(InboundReply.id == kept).values(for_coach=True))
        return None


def canonical(sender: str, country: str) -> str:
    """A sender's number as E.164 where it is one; a short code or a name stays as it is."""
    try:
        return read_phone(sender, country)
    except ValueError:
        return sender


def _store_raw(connection: Connection, sid: str, number_hash: str, body: str, now: datetime) -> int | None:
    """The raw row's id, or None if this MessageSid is already there."""
    raw = {"message_sid": sid, "number_hash": number_hash, "body": body, "received_at": now}
    stored: int | None = connection.execute(RAW[connection.dialect.name], raw).scalar_one_or_none()
    return stored


def _earlier_answer(connection: Connection, sid: str) -> str | None:
    return connection.execute(select(InboundReply.answer).where(InboundReply.message_sid == sid)).scalar_one()


def _understand_and_apply(
    reception: Reception,
    connection: Connection,
    reply_id: int,
    number_hash: str,
    body: str,
    text: InboundText,
    now: datetime,
) -> str | None:
    paged_about = acknowledge_by_text(connection, number_hash, now)
    if paged_about is not None:
        [thanks, *_] = reception.catalogue.texts_for("page_acknowledged", "en")
        told = render(thanks, participant=f"participant {paged_about}")
        connection.execute(update(InboundReply).where(InboundReply.id == reply_id).values(answer=told))
        return told
    found = find_correspondent(connection, number_hash, reception.catalogue, now)
    state = load_state(
        connection,
        found,
        number_hash=number_hash,
        body=body,
        carrier_answers=reception.opt_out_mode == "default" or _handled(reception, text) is not None,
        default_country=reception.default_country,
        now=now,
    )
    reading = follow_up(state, body, understand(body, asked_of(state.person)))
    if reading.intent is not Intent.CRISIS:
        reading = _handled(reception, text) or reading
    if reading.command and reading.command.name == "another_step":
        state = _with_offer(reception, connection, found, state, now)
    intentions = respond(state, reading)
    applier = Applier(connection, reply_id, number_hash, body, found, now)
    applier.apply(intentions)
    answer = compose_answer(reception, found, reading, intentions, text.sid)
    applier.finish(reading, intentions, answer)
    log.info("reply_read", reply=reply_id, participant=found and found.participant_id, intent=reading.intent)
    return answer


def _with_offer(
    reception: Reception, connection: Connection, found: Correspondent | None, state: State, now: datetime
) -> State:
    """The state with the step that they would get now."""
    if found is None or state.person is None:
        return state
    enrolment, zone = found.enrolment.id, found.enrolment.timing.time_zone
    offer = find_offer(connection, enrolment, zone, reception.catalogue, reception.keys, now)
    return replace(state, person=replace(state.person, another=offer))


def _handled(reception: Reception, text: InboundText) -> Reading | None:
    return HANDLED.get((text.opt_out_type or "").upper()) if reception.opt_out_mode == "advanced" else None


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
    language, cadence, evening_at = found.language, found.cadence, found.enrolment.timing.evening_at
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
        "zone": found.enrolment.timing.time_zone,
        "cadence": cadence,
    }
    return language, values
