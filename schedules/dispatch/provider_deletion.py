"""Have the provider delete texts, messages, or everything about a number. Queued in the database and retried.

Deleting twice is harmless, so nothing is claimed. Decides only when to retry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from schedules.database.apart import error_name
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.limits import ProviderDeletion
from schedules.database.types import readable
from schedules.gateway.protocol import Forgetting, Gateway, GatewayDownError

BATCH = 100
GIVE_UP_AFTER = 15  # with doubling from one minute to six hours, about two days
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=6)
# A number is kept for a provider that never confirms until then, and no longer.
KEPT_AT_MOST = timedelta(days=90)
# A text in flight while its person is erased shows up at the provider within this time.
SETTLES_WITHIN = timedelta(minutes=5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DueDeletion:
    """An entry that is due. `phone` is None if it was not set or cannot be decrypted."""

    id: int
    what: Forgetting
    provider_sid: str | None
    phone: str | None
    attempts: int


def enqueue_number_deletion(connection: Connection, phone: str, now: datetime) -> None:
    """Queue the deletion of everything to and from a number, once texts in flight have landed."""
    row = {"phone": phone, "what": "message", "since_at": now, "due_at": now + SETTLES_WITHIN}
    connection.execute(insert(ProviderDeletion).values(row))


def enqueue_body_deletions(connection: Connection, sids: Iterable[str], now: datetime) -> None:
    """Queue the deletion of message bodies."""
    rows = [{"provider_sid": sid, "what": "body", "since_at": now, "due_at": now} for sid in sids]
    if rows:
        connection.execute(insert(ProviderDeletion), rows)


def forget_due(engine: Engine, gateway: Gateway, now: datetime) -> int:
    """Request the deletions that are due. Returns how many entries are done."""
    with read_transaction(engine) as connection:
        due = _load_due(connection, now)
    reasons = {one.id: _try_deletion(gateway, one) for one in due}
    if due:
        with write_transaction(engine) as connection:
            _settle(connection, due, reasons, now)
    return sum(reason is None for reason in reasons.values())


def list_deletions(connection: Connection) -> list[dict[str, object]]:
    """List what is queued or given up, oldest first, without numbers; `last_on` is when we forget it ourselves."""
    columns = (ProviderDeletion.id, ProviderDeletion.provider_sid, ProviderDeletion.attempts)
    more = (ProviderDeletion.reason, ProviderDeletion.due_at, ProviderDeletion.since_at)
    return [
        {
            "id": row.id,
            "what": "a number" if row.provider_sid is None else "a text",
            "attempts": row.attempts,
            "reason": row.reason,
            "given_up": row.due_at is None,
            "last_on": (row.since_at + KEPT_AT_MOST).date().isoformat() if row.since_at else None,
        }
        for row in connection.execute(select(*columns, *more).order_by(ProviderDeletion.id))
    ]


def count_given_up(connection: Connection) -> int:
    """Return how many deletions were given up."""
    given_up = select(func.count()).select_from(ProviderDeletion).where(ProviderDeletion.due_at.is_(None))
    return connection.execute(given_up).scalar_one()


def retry_given_up(connection: Connection, now: datetime) -> int:
    """Queue again what was given up; return how many."""
    this = update(ProviderDeletion).where(ProviderDeletion.due_at.is_(None))
    return connection.execute(this.values(due_at=now, attempts=0)).rowcount


def end_overdue(connection: Connection, now: datetime) -> list[int]:
    """Forget what the provider has not confirmed by the last date; return the ids. Older rows get theirs from now."""
    undated = update(ProviderDeletion).where(ProviderDeletion.since_at.is_(None))
    connection.execute(undated.values(since_at=now))
    old = delete(ProviderDeletion).where(ProviderDeletion.since_at < now - KEPT_AT_MOST)
    ids = list(connection.execute(old.returning(ProviderDeletion.id)).scalars())
    if ids:
        log.error("provider_never_confirmed_deletion", deletions=ids)
    return ids


def _load_due(connection: Connection, now: datetime) -> list[DueDeletion]:
    rows = connection.execute(
        select(
            ProviderDeletion.id,
            ProviderDeletion.what,
            ProviderDeletion.provider_sid,
            readable(ProviderDeletion.phone),
            ProviderDeletion.attempts,
        )
        .where(ProviderDeletion.due_at <= now)
        .order_by(ProviderDeletion.due_at, ProviderDeletion.id)
        .limit(BATCH)
    )
    return [DueDeletion(**row._mapping) for row in rows]


def _try_deletion(gateway: Gateway, due: DueDeletion) -> str | None:
    try:
        return _delete_at_provider(gateway, due)
    except GatewayDownError as error:
        return str(error)
    except Exception as error:  # an unexpected answer or a bug must not stop the others
        return error_name(error)


def _delete_at_provider(gateway: Gateway, due: DueDeletion) -> str | None:
    if due.provider_sid is not None:
        return gateway.forget(due.provider_sid, due.what)
    if due.phone is None:
        return "unreadable"
    reasons = [gateway.forget(sid, due.what) for sid in list(gateway.ids_with(due.phone))]
    return next((reason for reason in reasons if reason), None)


def _settle(connection: Connection, due: Sequence[DueDeletion], reasons: dict[int, str | None], now: datetime) -> None:
    for one in due:
        this, reason = ProviderDeletion.id == one.id, reasons[one.id]
        if reason is None:
            connection.execute(delete(ProviderDeletion).where(this))
            continue
        attempts = one.attempts + 1
        again = now + min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts - 1, 10)))
        given_up = attempts >= GIVE_UP_AFTER
        if given_up:
            log.error("provider_did_not_forget", deletion=one.id, reason=reason)
        connection.execute(
            update(ProviderDeletion)
            .where(this)
            .values(attempts=attempts, reason=reason[:40], due_at=None if given_up else again)
        )
