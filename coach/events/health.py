"""How events out are doing, for metrics, doctor and pages. Reads only."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from coach.events.endpoints import EndpointLine, list_endpoints
from schedules.database.tables.events import GIVEN_UP, WAITS, WebhookEndpoint, WebhookEvent

# Shorter failures are retried before anybody needs to hear of them.
FAILING_AFTER = timedelta(minutes=10)


def measure_events(connection: Connection, now: datetime) -> tuple[int, int, float, int]:
    """Return failing endpoints, waiting events, the age in seconds of the oldest, and events given up."""
    failing = select(func.count()).where(_FAILING, WebhookEndpoint.failing_since_at <= now - FAILING_AFTER)
    waiting, oldest = connection.execute(select(func.count(), func.min(WebhookEvent.at)).where(WAITS)).one()
    given_up = select(func.count()).select_from(WebhookEvent).where(GIVEN_UP)
    return (
        connection.execute(failing).scalar_one(),
        waiting,
        max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        connection.execute(given_up).scalar_one(),
    )


_FAILING = WebhookEndpoint.removed_at.is_(None)


def describe_failing(connection: Connection, now: datetime) -> tuple[tuple[str, ...], int]:
    """Return a description of each endpoint that has failed for a while, and how many endpoints there are."""
    endpoints = list_endpoints(connection)
    return tuple(_words(one) for one in endpoints if is_failing(one, now)), len(endpoints)


def is_failing(endpoint: EndpointLine, now: datetime) -> bool:
    """Whether an endpoint has taken nothing for a while, though it was tried."""
    since = endpoint.failing_since_at
    return since is not None and since <= now - FAILING_AFTER


def _words(one: EndpointLine) -> str:
    return (
        f"Webhook {one.id} of {one.clinic} ({one.host}) has failed since {one.failing_since_at:%Y-%m-%d %H:%M} UTC: "
        f"{one.trouble}. {one.waiting} events wait, {one.failed} were given up."
    )
