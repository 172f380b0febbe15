"""Add, list, remove and replay endpoints. The caller holds the transaction; every change is audited."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, true, update

from coach.audit import record
from coach.events.addresses import EndpointError, read_url
from coach.events.decide import SECRET_PREFIX
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.events import GIVEN_UP, WAITS, WebhookEndpoint, WebhookEvent
from schedules.database.types import readable
from schedules.events.record import TYPES, WAITING, EventType

KEPT = timedelta(days=30)  # what was delivered or given up
CLEARED_AT_ONCE = 5000
AT_MOST = 10  # endpoints of a clinic: each event is written and sent once for each


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint that may be added: its address, and the types it is told of (none for all)."""

    url: str
    types: tuple[EventType, ...]


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint as it is listed, with how many of its events wait and how many were given up."""

    id: int
    clinic_id: int
    clinic: str
    url: str
    types: Sequence[EventType]
    created_at: datetime
    answered_at: datetime | None
    failing_since_at: datetime | None
    trouble: str | None
    waiting: int
    failed: int

    @property
    def host(self) -> str:
        """The host of its address: the rest may hold a secret of the receiver's."""
        return urlsplit(self.url).hostname or "unreadable address"


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """An event as it is listed."""

    id: int
    endpoint_id: int
    participant_id: int
    type: str
    at: datetime
    state: str
    due_at: datetime
    attempts: int
    settled_at: datetime | None
    trouble: str | None


def read_endpoint(url: str, types: Sequence[str], *, in_production: bool) -> NewEndpoint:
    """Check what was given. May look up a name, so it is done before the transaction. Raises EndpointError."""
    wrong = [type for type in types if type not in TYPES]
    if wrong:
        raise EndpointError(f"'{wrong[0][:40]}' is not a type of event: choose from {', '.join(TYPES)}.", "types")
    return NewEndpoint(read_url(url, in_production=in_production), tuple(type for type in TYPES if type in types))


def add_endpoint(
    connection: Connection, clinic_id: int, new: NewEndpoint, actor: str, now: datetime
) -> tuple[int, str]:
    """Add an endpoint and return its id and its secret, which is shown once. Raises EndpointError."""
    connection.execute(select(Clinic.id).where(Clinic.id == clinic_id).with_for_update(key_share=True))  # in turns
    here = (WebhookEndpoint.clinic_id == clinic_id, WebhookEndpoint.removed_at.is_(None))
    there = select(func.count()).select_from(WebhookEndpoint).where(*here)
    if connection.execute(there).scalar_one() >= AT_MOST:
        raise EndpointError(f"A clinic may have {AT_MOST} webhooks: remove one first.", field="")
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    row = {"clinic_id": clinic_id, "url": new.url, "secret": secret, "types": list(new.types), "created_at": now}
    id = connection.execute(insert(WebhookEndpoint).values(row).returning(WebhookEndpoint.id)).scalar_one()
    record(connection, actor, "added", f"webhook {id}", now, clinic_id, {"types": len(new.types) or len(TYPES)})
    return id, secret


def list_endpoints(connection: Connection, *whose: ColumnElement[bool]) -> list[EndpointLine]:
    """List endpoints; `whose` are conditions on the clinic or the endpoint."""
    counts = [
        select(func.count()).where(WebhookEvent.endpoint_id == WebhookEndpoint.id, state).scalar_subquery()
        for state in (WAITS, GIVEN_UP)
    ]
    rows = connection.execute(
        select(
            *(WebhookEndpoint.id, WebhookEndpoint.clinic_id, Clinic.name, readable(WebhookEndpoint.url, "")),
            *(WebhookEndpoint.types, WebhookEndpoint.created_at, WebhookEndpoint.answered_at),
            *(WebhookEndpoint.failing_since_at, WebhookEndpoint.trouble, *counts),
        )
        .join(Clinic, Clinic.id == WebhookEndpoint.clinic_id)
        .where(*whose, WebhookEndpoint.removed_at.is_(None))
        .order_by(Clinic.name, WebhookEndpoint.id)
    )
    return [EndpointLine(**dict(zip(EndpointLine.__slots__, row, strict=True))) for row in rows]


def list_deliveries(connection: Connection, endpoint_ids: Sequence[int], at_most: int) -> list[DeliveryLine]:
    """List the newest events of endpoints, latest first."""
    columns = [getattr(WebhookEvent, name) for name in DeliveryLine.__slots__]
    newest = select(*columns).where(WebhookEvent.endpoint_id.in_(endpoint_ids)).order_by(WebhookEvent.id.desc())
    return [DeliveryLine(*row) for row in connection.execute(newest.limit(at_most))]


def remove_endpoint(
    connection: Connection, id: int, actor: str, now: datetime, whose: ColumnElement[bool] | None = None
) -> bool:
    """Remove an endpoint, its secret and its events. Return whether there was one within `whose`."""
    clinic_id = _clinic_of(connection, id, whose)
    if clinic_id is None:
        return False
    emptied = {"url": "", "secret": "", "removed_at": now}
    connection.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == id).values(emptied))
    connection.execute(delete(WebhookEvent).where(WebhookEvent.endpoint_id == id))
    record(connection, actor, "removed", f"webhook {id}", now, clinic_id)
    return True


def replay(
    connection: Connection,
    id: int,
    actor: str,
    now: datetime,
    *,
    since: datetime | None = None,
    whose: ColumnElement[bool] | None = None,
) -> int | None:
    """Send again what was given up, or with `since` everything since then. None if there is no such endpoint."""
    clinic_id = _clinic_of(connection, id, whose)
    if clinic_id is None:
        return None
    again = and_(~WAITS, WebhookEvent.at >= since) if since else GIVEN_UP
    count = connection.execute(
        update(WebhookEvent)
        .where(WebhookEvent.endpoint_id == id, again)
        .values(state=WAITING, due_at=now, attempts=0, tried_since_at=None, settled_at=None)
    ).rowcount
    # What waits for its next try is tried now, too.
    waits = (WebhookEvent.endpoint_id == id, WAITS, WebhookEvent.due_at > now)
    count += connection.execute(update(WebhookEvent).where(*waits).values(due_at=now)).rowcount
    connection.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == id).values(rests_until_at=None))
    record(connection, actor, "replayed", f"webhook {id}", now, clinic_id, {"events": count})
    return count


def _clinic_of(connection: Connection, id: int, whose: ColumnElement[bool] | None) -> int | None:
    found = (
        select(WebhookEndpoint.clinic_id)
        .join(Clinic, Clinic.id == WebhookEndpoint.clinic_id)
        .where(WebhookEndpoint.id == id, WebhookEndpoint.removed_at.is_(None), true() if whose is None else whose)
    )
    return connection.execute(found).scalar_one_or_none()


def clear_settled(connection: Connection, now: datetime) -> int:
    """Delete events delivered or given up long ago, and those of removed endpoints. Returns how many."""
    removed = select(WebhookEndpoint.id).where(WebhookEndpoint.removed_at.is_not(None))
    old = or_(WebhookEvent.settled_at < now - KEPT, WebhookEvent.endpoint_id.in_(removed))
    some = select(WebhookEvent.id).where(old).limit(CLEARED_AT_ONCE)
    return connection.execute(delete(WebhookEvent).where(WebhookEvent.id.in_(some))).rowcount
