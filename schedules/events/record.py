"""Write events for the endpoints that want them. Callers hold the transaction.

Where nothing listens, nothing is written. The payload is made of ids, dates, scores and our own words.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, Select, insert, literal, select

from schedules.database.prepared import find_all, in_array, insert_rows
from schedules.database.tables.events import WebhookEndpoint, WebhookEvent
from schedules.database.tables.people import Participant

EventType = Literal[
    "participant.enrolled",
    "participant.confirmed",
    "participant.stopped",
    "participant.erased",
    "night.known",
    "flag.opened",
    "flag.acknowledged",
    "summary.stored",
]
TYPES: tuple[EventType, ...] = get_args(EventType)
# The consent history is the one record of who came and went, so these events are written beside it.
TYPE_OF_CONSENT: Mapping[str, EventType] = {
    "given": "participant.enrolled",
    "confirmed": "participant.confirmed",
    "opted_in": "participant.confirmed",
    "opted_out": "participant.stopped",
}
WAITING = "waiting"

# Built once, because inbound texts use it.
_LISTENING = (
    select(WebhookEndpoint.id, WebhookEndpoint.types, Participant.id.label("participant_id"))
    .join(Participant, Participant.clinic_id == WebhookEndpoint.clinic_id)
    .where(in_array(Participant.id, "participants"), WebhookEndpoint.removed_at.is_(None))
    .order_by(WebhookEndpoint.id)
)


def record_event(connection: Connection, type: EventType, participant_id: int, at: datetime, **data: object) -> None:
    """Write one event about a participant."""
    record_events(connection, type, at, [(participant_id, data)])


def record_events(
    connection: Connection, type: EventType, at: datetime, about: Sequence[tuple[int, Mapping[str, object]]]
) -> None:
    """Write an event of one type for each participant and data, in this order."""
    if not about:
        return
    people = sorted({participant_id for participant_id, _ in about})
    told: dict[int, list[int]] = defaultdict(list)
    for row in find_all(connection, _LISTENING, participants=people):
        if _wants(row.types, type):
            told[row.participant_id].append(row.id)
    events = [(endpoint, person, dict(data)) for person, data in about for endpoint in told[person]]
    columns = ("endpoint_id", "participant_id", "data")
    insert_rows(connection, WebhookEvent, columns, events, type=type, at=at, due_at=at, state=WAITING, attempts=0)


def record_consents(connection: Connection, kind: str, at: datetime, clinic_id: int, people: Select[int]) -> None:
    """Write the event of a kind of consent for all participants that a query selects, in its order."""
    type = TYPE_OF_CONSENT.get(kind)
    if type is None:
        return
    endpoints = select(WebhookEndpoint.id, WebhookEndpoint.types).where(
        WebhookEndpoint.clinic_id == clinic_id, WebhookEndpoint.removed_at.is_(None)
    )
    for endpoint in connection.execute(endpoints.order_by(WebhookEndpoint.id)).all():
        if _wants(endpoint.types, type):
            same: dict[str, object] = {
                **{"endpoint_id": endpoint.id, "type": type, "at": at, "due_at": at},
                **{"data": {}, "state": WAITING, "attempts": 0},
            }
            values = [literal(value, getattr(WebhookEvent, name).type) for name, value in same.items()]
            connection.execute(insert(WebhookEvent).from_select(["participant_id", *same], people.add_columns(*values)))


def _wants(types: Sequence[str], type: str) -> bool:
    return not types or type in types
