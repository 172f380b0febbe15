"""One text from a phone, from its raw words to its answer, in one commit. The twin of `coach.conversation`.

Whatever goes wrong while it is understood or applied, the raw text is kept and put before a coach. The same MessageSid
again gets the same answer and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from coach.applying import Applier, as_kept
from coach.conversation import respond
from coach.conversation_state import State, asked_of
from coach.flags import acknowledge, find_open_page
from coach.following_up import follow_up
from coach.inbound_facts import Correspondent, find_correspondent, find_row, load_state
from coach.intents import Intention, OfferStep, Reply, SetCadence, SetLanguage, SetTimes
from coach.models import InboundReply
from coach.understanding import Intent, Reading, understand
from content.catalogue import Catalogue, render
from content.wording import fill
from schedules.asked_step import find_offer
from schedules.db import one_writes_at_a_time, writing
from schedules.db import reading as looking
from schedules.keys import InstallationKeys
from schedules.roster import read_phone
from schedules.statements import find_first
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


@dataclass(frozen=True, slots=True)
class Taken:
    """A text as it is kept; `handled` is the reading of what the provider has done with it, if anything."""

    sid: str
    number_hash: str
    body: str
    handled: Reading | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text comes to, before anything of it is written: `kept` are the columns of its row that say so.

    `page` is what its sender, a coach, was paged about: it is seen by this, and nothing else follows.
    """

    found: Correspondent | None
    kept: dict[str, Any]
    reading: Reading | None = None
    intentions: tuple[Intention, ...] = ()
    page: Any | None = None

    def holds(self, connection: Connection, number_hash: str) -> bool:
        """Whether it would still come to this: nothing that decides it has changed since it was looked up."""
        if self.page is not None and find_open_page(connection, number_hash) != self.page:
            return False
        return find_row(connection, number_hash) == (self.found and self.found.row)


# Built once for each database: a second text of the same MessageSid is no new row.
KEPT = ("participant_id", "check_in_id", "intent", "score", "habit", "used_as", "night_on", "reading", "answer")
KEEP: dict[str, Any] = {
    name: dialect_insert(InboundReply)
    .values({key: bindparam(key) for key in ("message_sid", "number_hash", "body", "received_at", *KEPT, "for_coach")})
    .on_conflict_do_nothing(index_elements=["message_sid"])
    .returning(InboundReply.id)
    for name, dialect_insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
UNREAD = dict.fromkeys(KEPT) | {"for_coach": False}


def receive(reception: Reception, text: InboundText, now: datetime) -> str | None:
    """Store, understand, apply and answer. Returns the words to answer with, or None for silence."""
    number_hash = reception.keys.number_hash(canonical(text.sender, reception.default_country))
    body = text.body.replace("\x00", "")[:LONGEST_BODY]
    handled = HANDLED.get((text.opt_out_type or "").upper()) if reception.opt_out_mode == "advanced" else None
    taken = Taken(text.sid, number_hash, body, handled, now)
    try:
        return _converse(reception, taken)
    except Exception:
        with writing(reception.engine) as connection:  # nothing of it is there yet: what they wrote is kept by itself
            log.exception("reply_not_understood", reply=_keep(connection, taken, UNREAD | {"for_coach": True}))
        return None


def canonical(sender: str, country: str) -> str:
    """A sender's number as E.164 where it is one; a short code or a name stays as it is."""
    try:
        return read_phone(sender, country)
    except ValueError:
        return sender


def _converse(reception: Reception, taken: Taken) -> str | None:
    understood = None
    if one_writes_at_a_time(reception.engine):  # then most of the work is done before our turn to write
        with looking(reception.engine) as connection:
            understood = _understand(reception, connection, taken)
    with writing(reception.engine) as connection:
        if understood is None or not understood.holds(connection, taken.number_hash):
            understood = _understand(reception, connection, taken)
        reply_id = _keep(connection, taken, understood.kept)
        if reply_id is None:
            return _earlier_answer(connection, taken.sid)
        _apply(connection, reply_id, taken, understood)
    participant = understood.found and understood.found.participant_id
    log.info("reply_read", reply=reply_id, participant=participant, intent=understood.kept["intent"])
    answer: str | None = understood.kept["answer"]
    return answer


def _understand(reception: Reception, connection: Connection, taken: Taken) -> Understood:
    page = find_open_page(connection, taken.number_hash)
    if page is not None:
        [thanks, *_] = reception.catalogue.texts_for("page_acknowledged", "en")
        told = render(thanks, participant=f"participant {page.participant_id}")
        return Understood(None, UNREAD | {"answer": told}, page=page)
    found = find_correspondent(connection, taken.number_hash, reception.catalogue, taken.now)
    state = load_state(
        connection,
        found,
        number_hash=taken.number_hash,
        body=taken.body,
        carrier_answers=reception.opt_out_mode == "default" or taken.handled is not None,
        default_country=reception.default_country,
        now=taken.now,
    )
    reading = follow_up(state, taken.body, understand(taken.body, asked_of(state.person)))
    if reading.intent is not Intent.CRISIS:
        reading = taken.handled or reading
    if reading.command and reading.command.name == "another_step":
        state = _with_offer(reception, connection, found, state, taken.now)
    intentions = respond(state, reading)
    answer = compose_answer(reception, found, reading, intentions, taken.sid)
    return Understood(found, as_kept(found, reading, intentions, answer, taken.now), reading, intentions)


def _keep(connection: Connection, taken: Taken, kept: dict[str, Any]) -> int | None:
    """The id of the text's row, or None if this MessageSid is already there."""
    raw = {"message_sid": taken.sid, "number_hash": taken.number_hash, "body": taken.body, "received_at": taken.now}
    stored = find_first(connection, KEEP[connection.dialect.name], **raw, **kept)
    return stored and int(stored.id)


def _earlier_answer(connection: Connection, sid: str) -> str | None:
    return connection.execute(select(InboundReply.answer).where(InboundReply.message_sid == sid)).scalar_one()


def _apply(connection: Connection, reply_id: int, taken: Taken, understood: Understood) -> None:
    if understood.page is not None:
        acknowledge(connection, understood.page.id, understood.page.coach_id, taken.now)
    if understood.reading is not None:
        applier = Applier(connection, reply_id, taken.number_hash, taken.body, understood.found, taken.now)
        applier.apply(understood.intentions)
        applier.hear(understood.reading)


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
