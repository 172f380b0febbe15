"""Have the provider delete texts, messages, or everything about a number. Queued in the database and retried.

Deleting twice is harmless, so nothing is claimed. Decides only when to retry.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, delete, insert, select, update

from schedules.database.apart import error_name
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.limits import ProviderDeletion
from schedules.database.types import readable
from schedules.gateway.protocol import Forgetting, Gateway, GatewayDownError

BATCH = 100
GIVE_UP_AFTER = 15  # with doubling from one minute to six hours, about two days
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=6)
# A text in flight while its person is erased shows up at the provider within this time.
SETTLES_WITHIN = timedelta(minutes=5)

log = structlog.get_logger(__name__)


def enqueue_number_deletion(connection: Connection, phone: str, now: datetime) -> None:
    """Queue the deletion of everything to and from a number, once texts in flight have landed."""
    row = {"phone": phone, "what": "message", "due_at": now + SETTLES_WITHIN}
    connection.execute(insert(ProviderDeletion).values(row))


def enqueue_body_deletions(connection: Connection, sids: Iterable[str], now: datetime) -> None:
    """Queue the deletion of message bodies."""
    rows = [{"provider_sid": sid, "what": "body", "due_at": now} for sid in sids]
    if rows:
        connection.execute(insert(ProviderDeletion), rows)


def forget_due(engine: Engine, gateway: Gateway, now: datetime) -> int:
    """Request the deletions that are due. Returns how many entries are done."""
    plain = [column for column in ProviderDeletion.__table__.columns if column.name != "phone"]
    with read_transaction(engine) as connection:
        due = connection.execute(
            select(*plain, readable(ProviderDeletion.phone))
            .where(ProviderDeletion.due_at <= now)
            .order_by(ProviderDeletion.due_at, ProviderDeletion.id)
            .limit(BATCH)
        ).all()
    reasons = {row.id: _try_deletion(gateway, row) for row in due}
    if due:
        with write_transaction(engine) as connection:
            _settle(connection, due, reasons, now)
    return sum(reason is None for reason in reasons.values())


def _try_deletion(gateway: Gateway, row: Any) -> str | None:
    try:
        return _delete_at_provider(gateway, row)
    except GatewayDownError as error:
        return str(error)
    except Exception as error:  # an unexpected answer or a bug must not stop the others
        return error_name(error)


def _delete_at_provider(gateway: Gateway, row: Any) -> str | None:
    what: Forgetting = row.what
    if row.provider_sid is not None:
        return gateway.forget(row.provider_sid, what)
    if row.phone is None:
        return "unreadable"
    reasons = [gateway.forget(sid, what) for sid in list(gateway.ids_with(row.phone))]
    return next((reason for reason in reasons if reason), None)


def _settle(connection: Connection, due: Sequence[Any], reasons: dict[int, str | None], now: datetime) -> None:
    for row in due:
        this, reason = ProviderDeletion.id == row.id, reasons[row.id]
        if reason is None:
            connection.execute(delete(ProviderDeletion).where(this))
            continue
        attempts = row.attempts + 1
        again = now + min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts - 1, 10)))
        given_up = attempts >= GIVE_UP_AFTER
        if given_up:
            log.error("provider_did_not_forget", deletion=row.id, reason=reason)
        connection.execute(
            update(ProviderDeletion)
            .where(this)
            .values(attempts=attempts, reason=reason[:40], due_at=None if given_up else again)
        )
