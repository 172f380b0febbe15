"""Deliver what waits: each endpoint on a thread of its own, so that one that is down or slow delays no other.

One worker at a time serves an endpoint, under a lease. It tries the oldest event of each participant that waits, so
that a participant's events arrive in order; if one fails, only that participant's later ones wait for it. Requests are
made outside of transactions.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Lock
from time import monotonic

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, and_, case, exists, func, or_, select, update

from coach.events.decide import PAUSES, REST, Answer, Event, after_try, body_of, headers_of, needs_rest, trouble_of
from coach.events.post import POST_SECONDS, post
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.events import WAITS, WebhookEndpoint, WebhookEvent
from schedules.database.types import readable
from schedules.events.record import WAITING

AT_ONCE = 32  # endpoints served at the same time
BATCH = 100
SERVED_FOR = 20.0  # seconds, after which an endpoint's thread is free for another
LEASE = timedelta(minutes=2)  # longer than that and one more request take
# A time further ahead than this was written by a wrong clock, and does not count.
TOO_FAR_AHEAD = PAUSES[-1] * 2

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DeliveryContext:
    """What delivering needs. `public_only`: never into a private network. `seconds` bounds a request."""

    engine: Engine
    now: Callable[[], datetime]
    public_only: bool
    stopping: Signal = field(default_factory=Signal)
    seconds: float = POST_SECONDS


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that this worker serves; `url` and `secret` are None if no data key decrypts them."""

    id: int
    url: str | None
    secret: str | None


class Courier:
    """Serves endpoints that have something due."""

    def __init__(self, context: DeliveryContext) -> None:
        self._context = context
        self._pool = ThreadPoolExecutor(AT_ONCE, "events")
        self._serving: list[Future[int]] = []
        self._lock = Lock()

    def run(self) -> int:
        """Begin to serve what is due, and wait for nothing. Returns how many were delivered since the last run."""
        with self._lock:
            ended = [one for one in self._serving if one.done()]
            self._serving = [one for one in self._serving if not one.done()]
            for endpoint in self._take(AT_ONCE - len(self._serving)):
                self._serving.append(self._pool.submit(serve, self._context, endpoint))
        return sum(one.result() for one in ended)

    def run_to_end(self) -> int:
        """Serve what is due, and wait until that is done. Returns how many were delivered since the last run."""
        delivered = self.run()
        with self._lock:
            served, self._serving = self._serving, []
        wait_for(served)
        return delivered + sum(one.result() for one in served)

    def _take(self, at_most: int) -> list[Endpoint]:
        """Claim endpoints that nobody serves."""
        now = self._context.now()
        with read_transaction(self._context.engine) as connection:
            due = select(WebhookEndpoint.id).where(_is_free(now), _has_due(now)).order_by(WebhookEndpoint.id)
            ids = connection.execute(due.limit(max(0, at_most))).scalars().all()
        return [taken for id in ids if (taken := _claim(self._context.engine, id, now))]


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Whether an endpoint was not removed, nobody serves it, and it is not resting."""
    rests, lease = WebhookEndpoint.rests_until_at, WebhookEndpoint.lease_until_at
    return and_(
        WebhookEndpoint.removed_at.is_(None),
        or_(rests.is_(None), rests <= now, rests > now + REST * 2),
        or_(lease.is_(None), lease <= now, lease > now + LEASE * 2),
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(WebhookEvent.due_at <= now, WebhookEvent.due_at > now + TOO_FAR_AHEAD)


def _has_due(now: datetime) -> ColumnElement[bool]:
    return exists().where(WebhookEvent.endpoint_id == WebhookEndpoint.id, WAITS, _is_due(now))


def _claim(engine: Engine, id: int, now: datetime) -> Endpoint | None:
    """Claim an endpoint; None if another worker was faster."""
    with write_transaction(engine) as connection:
        this = update(WebhookEndpoint).where(WebhookEndpoint.id == id, _is_free(now))
        if not connection.execute(this.values(lease_until_at=now + LEASE)).rowcount:
            return None
        columns = (WebhookEndpoint.id, readable(WebhookEndpoint.url), readable(WebhookEndpoint.secret))
        return Endpoint(*connection.execute(select(*columns).where(WebhookEndpoint.id == id)).one())


def serve(context: DeliveryContext, endpoint: Endpoint) -> int:
    """Deliver to a claimed endpoint until nothing is due, it fails, or its time is up. Returns how many it took."""
    delivered, refused, until = 0, 0, monotonic() + SERVED_FOR
    rests_until_at = None
    try:
        while rests_until_at is None and (ids := _first_of_each(context, endpoint.id)):
            for id in ids:
                if context.stopping.is_set() or monotonic() > until:
                    return delivered
                answer = _deliver(context, endpoint, id)
                if answer is None:
                    continue
                delivered += answer.took_it
                refused = 0 if answer.took_it else refused + 1
                if needs_rest(answer, refused) and not answer.took_it:
                    rests_until_at = context.now() + REST
                    break
    except Exception:
        rests_until_at = context.now() + REST
        log.exception("endpoint_not_served", endpoint=endpoint.id)
    finally:
        _release(context.engine, endpoint.id, rests_until_at)
    return delivered


def _release(engine: Engine, endpoint_id: int, rests_until_at: datetime | None) -> None:
    with write_transaction(engine) as connection:
        this = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
        connection.execute(this.values(lease_until_at=None, rests_until_at=rests_until_at))


def _first_of_each(context: DeliveryContext, endpoint_id: int) -> list[int]:
    """Return the oldest waiting event of each participant, if it is due.

    Participants with a flag come first, so that an urgent sign does not wait behind a week's summaries; then what
    failed before, so that an endpoint that is down fails with the same few.
    """
    waiting = (WebhookEvent.endpoint_id == endpoint_id, WAITS)
    first = (
        select(
            func.min(WebhookEvent.id).label("id"),
            func.max(case((WebhookEvent.type.startswith("flag."), 1), else_=0)).label("flagged"),
        )
        .where(*waiting)
        .group_by(WebhookEvent.participant_id)
        .subquery()
    )
    tried = case((WebhookEvent.attempts > 0, 0), else_=1)
    due = (
        select(WebhookEvent.id)
        .join(first, first.c.id == WebhookEvent.id)
        .where(_is_due(context.now()))
        .order_by(first.c.flagged.desc(), tried, WebhookEvent.due_at, WebhookEvent.id)
        .limit(BATCH)
    )
    with read_transaction(context.engine) as connection:
        return list(connection.execute(due).scalars())


def _deliver(context: DeliveryContext, endpoint: Endpoint, id: int) -> Answer | None:
    """Try one event; None if it is gone, because its participant was erased meanwhile."""
    with read_transaction(context.engine) as connection:
        event = _load(connection, id)
    if event is None:
        return None
    began = context.now()
    answer = _post(context, endpoint, event, began)
    with write_transaction(context.engine) as connection:
        _settle(connection, endpoint.id, event, answer, began, context.now())
    if not answer.took_it:
        log.warning("event_not_taken", endpoint=endpoint.id, row=id, trouble=trouble_of(answer))
    return answer


def _load(connection: Connection, id: int) -> Event | None:
    columns = [getattr(WebhookEvent, name) for name in Event.__slots__]
    row = connection.execute(select(*columns).where(WebhookEvent.id == id, WAITS)).first()
    return Event(*row) if row else None


def _post(context: DeliveryContext, endpoint: Endpoint, event: Event, now: datetime) -> Answer:
    if endpoint.url is None or endpoint.secret is None:
        return Answer(None, "DATA_KEYS does not decrypt its address")
    body = body_of(event)
    headers = headers_of(event, body, endpoint.secret, now)
    return post(endpoint.url, body, headers, public_only=context.public_only, seconds=context.seconds)


def _settle(
    connection: Connection, endpoint_id: int, event: Event, answer: Answer, began: datetime, now: datetime
) -> None:
    following, trouble = after_try(event, answer, now), trouble_of(answer)
    connection.execute(
        update(WebhookEvent)
        .where(WebhookEvent.id == event.id, WAITS)
        .values(
            state=following.state,
            due_at=following.due_at,
            attempts=event.attempts + 1,
            tried_since_at=event.tried_since_at or began,
            settled_at=None if following.state == WAITING else now,
            http_status=answer.status,
            trouble=trouble,
        )
    )
    health = (
        {"answered_at": now, "failing_since_at": None, "trouble": None}
        if answer.took_it
        else {"failing_since_at": func.coalesce(WebhookEndpoint.failing_since_at, now), "trouble": trouble}
    )
    connection.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).values(health))
