"""The audit log: who did what to whose data. Append-only, and hash-chained so that tampering shows.

`record` only queues; the rows are written last in the transaction, under a lock on the end of the chain. So rows are in
commit order, the lock is held for a single insert, and since no lock is taken after it, transactions cannot deadlock.
Each row's `hash` is an HMAC-SHA256 over its content and the previous hash, with a key derived from the installation's
secret: someone who can write to the database but lacks the data keys cannot forge a valid chain.
"""

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, Row, event, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from coach.database.tables import AuditEvent
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import write_transaction
from schedules.database.tables.work import Installation
from schedules.database.turns import DatabaseBusyError, is_transient

COMMAND_LINE = "command line"
PERSON = "the person"
WORKER = "worker"
CHAIN_LOCK = 0x524C5341  # an advisory lock id that nothing else uses
CHUNK = 1000
# A detail is a number or one of our own words: never a name, a text or a phone number.
_WORD = re.compile(r"(?!.*\d{7})[A-Za-z0-9_.:,/ -]{0,60}")
_LARGEST_NUMBER = 10**9
SAVEPOINT = object()  # marks in the queue where a savepoint began

log = structlog.get_logger(__name__)

VIEW_TIMEOUT, VIEW_RETRY = 0.05, 0.2  # seconds

Detail = int | bool | str | None


@dataclass(frozen=True, slots=True)
class View:
    """One view of a page or a record."""

    actor: str
    subject: str
    at: datetime
    clinic_id: int | None


@dataclass(frozen=True, slots=True)
class Search:
    """What entries are looked for; what is empty is not looked at. `since` is the first instant, `before` the end."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the audit log."""

    at: datetime
    actor: str
    action: str
    subject: str | None
    detail: Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class PageOfEntries:
    """A page of the audit log, and how many entries there are on all pages."""

    entries: Sequence[Entry]
    total: int
    page: int
    pages: int


# Views that this process has not written yet.
_views: list[tuple[Engine, View]] = []
_views_lock, _retrying = threading.Lock(), threading.Event()


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a verification: how many rows are valid, the last hash, and the id of the first invalid row.

    `unchained` rows precede the chain: an earlier version of the software wrote them.
    """

    rows: int
    unchained: int
    head: str
    broken_id: int | None = None


def record(
    connection: Connection,
    actor: str,
    action: str,
    subject: str,
    at: datetime,
    clinic_id: int | None = None,
    detail: Mapping[str, Detail] | None = None,
) -> None:
    """Queue an audit entry: who (an account's email, or a constant above) did what to what, in this transaction.

    `action` is a verb in the past tense (`viewed`, `changed`, `exported`, `erased` …), `subject` such as
    `participant 12`. Raises ValueError for a detail that could be a phone number, a name or a text.
    """
    detail = dict(detail or {})
    for name, value in detail.items():
        _check_detail(name, value)
    pending = connection.info.setdefault("audit", [])
    pending.append(
        {"at": at, "clinic_id": clinic_id, "actor": actor, "action": action, "subject": subject, "detail": detail}
    )


def record_view(engine: Engine, actor: str, subject: str, at: datetime, clinic_id: int | None = None) -> None:
    """Record a view by a page that only reads: right away, or in the background while another process is writing.

    A page never waits for a writer. Views that could not be written yet are retried in order.
    """
    with _views_lock:
        _views.append((engine, View(actor, subject, at, clinic_id)))
        if not _write_views(VIEW_TIMEOUT) and not _retrying.is_set():
            _retrying.set()
            threading.Thread(target=_retry_views, name="views").start()


def _retry_views() -> None:
    while _retrying.is_set():
        time.sleep(VIEW_RETRY)
        with _views_lock:
            try:
                if _write_views(VIEW_TIMEOUT):
                    _retrying.clear()
            except Exception:  # a view that can never be written must not block later ones
                log.exception("views_lost")


def _write_views(patience: float) -> bool:
    """Write the queued views; return whether all are written."""
    while _views:
        engine = _views[0][0]
        pending = [view for of, view in _views if of is engine]
        try:
            with write_transaction(engine, patience) as connection:
                for view in pending:
                    record(connection, view.actor, "viewed", view.subject, view.at, view.clinic_id)
        except (SQLAlchemyError, DatabaseBusyError) as error:
            if is_transient(error):
                return False
            _views[:] = [one for one in _views if one[0] is not engine]
            raise
        _views[:] = [one for one in _views if one[0] is not engine]
    return True


def verify(connection: Connection) -> Verified:
    """Verify the chain from its beginning. Rows without a hash are valid only before the first row of the chain."""
    key = _chain_key(connection)
    rows, unchained, head = 0, 0, ""
    for row in _all_rows(connection):
        if not row.hash and not head:
            unchained += 1
            continue
        if not hmac.compare_digest(row.hash, _hash(key, head, row._mapping)):
            return Verified(rows, unchained, head, row.id)
        rows, head = rows + 1, row.hash
    return Verified(rows, unchained, head)


def search(
    connection: Connection, scope: ColumnElement[bool], wanted: Search, page: int, per_page: int
) -> PageOfEntries:
    """A page of the entries in scope that are looked for, the newest first. `page` counts from 1."""
    where = [scope]
    for name in ("actor", "action", "subject"):
        if value := getattr(wanted, name):
            where.append(getattr(AuditEvent, name) == value)
    if wanted.since is not None:
        where.append(AuditEvent.at >= wanted.since)
    if wanted.before is not None:
        where.append(AuditEvent.at < wanted.before)
    total = connection.execute(select(func.count()).select_from(AuditEvent).where(*where)).scalar_one()
    pages = max(1, -(-total // per_page))
    page = min(max(1, page), pages)
    columns = (AuditEvent.at, AuditEvent.actor, AuditEvent.action, AuditEvent.subject, AuditEvent.detail)
    newest = select(*columns).where(*where).order_by(AuditEvent.id.desc())
    rows = connection.execute(newest.limit(per_page).offset((page - 1) * per_page))
    return PageOfEntries([Entry(*row) for row in rows], total, page, pages)


def contains(connection: Connection, head: str) -> bool:
    """Whether a hash noted earlier is still in the chain. It is not if the newest rows were removed."""
    return connection.execute(select(AuditEvent.id).where(AuditEvent.hash == head)).first() is not None


def _check_detail(name: str, value: object) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int) and abs(value) < _LARGEST_NUMBER:
        return
    if isinstance(value, str) and _WORD.fullmatch(value):
        return
    raise ValueError(f"the audit detail '{name}' may hold only an id, a count or one of our own words")


@event.listens_for(Engine, "commit")
def _write_pending(connection: Connection) -> None:
    pending = connection.info.pop("audit", None)
    if pending:
        _append(connection, pending)


@event.listens_for(Engine, "rollback")
def _forget_pending(connection: Connection) -> None:
    if not connection.invalidated:  # a lost connection takes its queue with it
        connection.info.pop("audit", None)


@event.listens_for(Engine, "savepoint")
def _mark_savepoint(connection: Connection, _name: str | None) -> None:
    connection.info.setdefault("audit", []).append(SAVEPOINT)


@event.listens_for(Engine, "release_savepoint")
def _keep_since_savepoint(connection: Connection, _name: str, _context: None) -> None:
    del connection.info["audit"][_last_savepoint(connection)]


@event.listens_for(Engine, "rollback_savepoint")
def _forget_since_savepoint(connection: Connection, _name: str, _context: None) -> None:
    del connection.info["audit"][_last_savepoint(connection) :]


def _last_savepoint(connection: Connection) -> int:
    pending = connection.info["audit"]
    return max(index for index, one in enumerate(pending) if one is SAVEPOINT)


def _append(connection: Connection, events: Sequence[dict[str, Any]]) -> None:
    if connection.dialect.name == "postgresql":  # on SQLite there is only one writer anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:chain)"), {"chain": CHAIN_LOCK})
    key = _chain_key(connection)
    last = select(AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    previous = connection.execute(last).scalar() or ""
    for one in events:
        previous = one["hash"] = _hash(key, previous, one)
    connection.execute(insert(AuditEvent), events)


def _chain_key(connection: Connection) -> bytes:
    return InstallationKeys.derive(connection.execute(select(Installation.secret)).scalar_one()).audit


def _hash(key: bytes, previous: str, row: Mapping[Any, Any]) -> str:
    content = [row["clinic_id"], row["actor"], row["action"], row["subject"], row["detail"]]
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    message = json.dumps([previous, at, *content], sort_keys=True, ensure_ascii=True)
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def _all_rows(connection: Connection) -> Iterator[Row[Any]]:
    after = 0
    while rows := connection.execute(
        select(AuditEvent.__table__).where(AuditEvent.id > after).order_by(AuditEvent.id).limit(CHUNK)
    ).all():
        yield from rows
        after = rows[-1].id
