"""Load what "JOIN WORD" depends on: the clinic with that word, and what it knows of the number."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, select

from coach.conversation.gather import Correspondent, StoredText
from coach.conversation.joining.words import JoinWords
from coach.conversation.state import Joining, State
from coach.participants.enrol_form import zones_of_number
from coach.understanding import Intent, Reading
from schedules.database.prepared import find_all
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import Joining as JoiningRow
from schedules.database.types import UtcInstant
from schedules.enrolment.roster_file import read_telephone
from schedules.timing.quiet_hours import next_daytime, quiet_hours_from

# Whoever sends texts from thousands of made-up numbers gets no more answers from a clinic than these.
WELCOMES_IN_AN_HOUR = 100
CLINIC = select(
    *(Clinic.id, Clinic.name, Clinic.country, Clinic.time_zone, Clinic.quiet_hours),
    exists().where(CoachAccount.number_hash == bindparam("number")).label("pages_a_coach"),
).where(Clinic.keyword == bindparam("word"))
JOINED = select(func.count().label("people")).where(
    JoiningRow.clinic_id == bindparam("clinic"), JoiningRow.joined_at > bindparam("since", type_=UtcInstant)
)
DANGER = (Intent.CRISIS, Intent.MEDICAL, Intent.OPT_OUT)


def with_join(
    connection: Connection,
    state: State,
    correspondent: Correspondent | None,
    message: StoredText,
    words: JoinWords | None,
    reading: Reading,
) -> tuple[State, Reading]:
    """Note in the state what they join and read the text as that, unless it tells of danger or wants a stop."""
    if words is None or reading.intent in DANGER or reading.urgency is not None:
        return state, reading
    rows = find_all(connection, CLINIC, word=words.word, number=message.number_hash)
    if not rows:
        return state, reading
    [clinic] = rows
    known = next((row for row in correspondent.rows if row.name == clinic.name), None) if correspondent else None
    zone = _zone(message.sender, clinic)
    since = message.now - timedelta(hours=1)
    [joined] = find_all(connection, JOINED, clinic=clinic.id, since=since)
    join = Joining(
        clinic_id=clinic.id,
        clinic=clinic.name,
        words=words,
        zone=zone,
        status=known.status if known else None,
        possible=_can_be_texted(message, clinic, zone),
        pages_a_coach=bool(clinic.pages_a_coach),
        room=joined.people < WELCOMES_IN_AN_HOUR,
    )
    joins = Reading(Intent.OPT_IN, language=words.language, why=f"Joins by the keyword {words.word}.")
    return replace(state, join=join), joins if words.plain else joins._replace(for_coach="read")


def _zone(sender: str, clinic: Any) -> str:
    """Return the one time zone of the area code, or the clinic's if there are several or none."""
    zones = zones_of_number(sender, clinic.country)
    return zones[0] if len(zones) == 1 else clinic.time_zone


def _can_be_texted(message: StoredText, clinic: Any, zone: str) -> bool:
    """Whether the sender is somebody's own phone, and the clinic has hours in which it may be texted."""
    try:
        read_telephone(message.sender, clinic.country)
        next_daytime(message.now, None, zone, quiet_hours_from(clinic.quiet_hours))
    except ValueError:
        return False
    return True
