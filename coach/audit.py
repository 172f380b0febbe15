"""The record of who did what to whose data: append-only, and chained so that a change of it shows.

`record` only notes; the rows are written as the last thing of the transaction, under a lock on the chain's end. So
rows stand in the order in which they were committed, nobody waits for the lock longer than one insert takes, and
since nothing is locked after it, no two transactions can wait for each other. Each row's `hash` is keyed (HMAC-SHA256)
by a key derived from the installation's secret, over its content and the hash before it: who can write to the
database but lacks the data keys cannot make a chain that holds.
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
from sqlalchemy import ColumnElement, Connection, Engine, event, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from coach.database.tables import AuditEvent
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import write_transaction
from schedules.database.tables.work import Installation
from schedules.database.turns import DatabaseBusyError, passes

COMMAND_LINE = "command line"
PERSON = "the person"
WORKER = "worker"
CHAIN_LOCK = 0x524C5341  # any number that nothing else in the database locks by
CHUNK = 1000
# A detail is a number or a word of ours: never a name, a text or a phone number.
_WORD = re.compile(r"(?!.*\d{7})[A-Za-z0-9_.:, -]{0,60}")
_LARGEST_NUMBER = 10**9
SAVEPOINT = object()  # stands among what is pending where a savepoint began

log = structlog.get_logger(__name__)

VIEW_PATIENCE, VIEWS_AGAIN = 0.05, 0.2  # seconds

Detail = int | bool | str | None


@dataclass(frozen=True, slots=True)
class View:
    """Somebody's look at something."""

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


# What this process has yet to note.
_views: list[tuple[Engine, View]] = []
_views_lock, _noting = threading.Lock(), threading.Event()


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking found: how many rows hold, the last one's hash, and the id of the first row that does not.

    `unchained` rows stand before the first of the chain: an earlier version wrote them.
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
    """Note who (an account's e-mail, or one of the constants above) did what to what, in this transaction.

    `action` is a verb in the past tense (`viewed`, `changed`, `exported`, `erased` …), `subject` such as
    `participant 12`. Raises ValueError for a detail that could be a number, a name or a text.
    """
    detail = dict(detail or {})
    for name, value in detail.items():
        _check_detail(name, value)
    pending = connection.info.setdefault("audit", [])
    pending.append(
        {"at": at, "clinic_id": clinic_id, "actor": actor, "action": action, "subject": subject, "detail": detail}
    )


def record_view(engine: Engine, actor: str, subject: str, at: datetime, clinic_id: int | None = None) -> None:
    """The same for a page that only reads: before it is shown, unless others are writing; then as soon as they let us.

    A page never waits for a writer. What could not be noted at once is this process's to note, in its order.
    """
    with _views_lock:
        _views.append((engine, View(actor, subject, at, clinic_id)))
        if not _write_views(VIEW_PATIENCE) and not _noting.is_set():
            _noting.set()
            threading.Thread(target=_note_later, name="views").start()


def _note_later() -> None:
    while _noting.is_set():
        time.sleep(VIEWS_AGAIN)
        with _views_lock:
            try:
                if _write_views(VIEW_PATIENCE):
                    _noting.clear()
            except Exception:  # what can never be written keeps no later view from being
                log.exception("views_lost")


def _write_views(patience: float) -> bool:
    """Whether all views that were waiting are written."""
    while _views:
        engine = _views[0][0]
        some = [view for of, view in _views if of is engine]
        try:
            with write_transaction(engine, patience) as connection:
                for view in some:
                    record(connection, view.actor, "viewed", view.subject, view.at, view.clinic_id)
        except (SQLAlchemyError, DatabaseBusyError) as error:
            if passes(error):
                return False
            _views[:] = [one for one in _views if one[0] is not engine]
            raise
        _views[:] = [one for one in _views if one[0] is not engine]
    return True


def verify(connection: Connection) -> Verified:
    """Follow the chain from its beginning. Rows from before there was one may stand only before its first."""
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
    """Whether a hash noted earlier is still in the chain: it is not if the newest rows were cut off."""
    return connection.execute(select(AuditEvent.id).where(AuditEvent.hash == head)).first() is not None


def _check_detail(name: str, value: object) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int) and abs(value) < _LARGEST_NUMBER:
        return
    if isinstance(value, str) and _WORD.fullmatch(value):
        return
    raise ValueError(f"the audit's detail '{name}' may hold an id, a count or a word of ours, nothing else")


@event.listens_for(Engine, "commit")
def _write_pending(connection: Connection) -> None:
    pending = connection.info.pop("audit", None)
    if pending:
        _append(connection, pending)


@event.listens_for(Engine, "rollback")
def _forget_pending(connection: Connection) -> None:
    if not connection.invalidated:  # one that is lost is gone with what it was to write
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


def _append(connection: Connection, events: Sequence[Any]) -> None:
    if connection.dialect.name == "postgresql":  # on SQLite a writer is alone already
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
    said = json.dumps([previous, at, *content], sort_keys=True, ensure_ascii=True)
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def _all_rows(connection: Connection) -> Iterator[Any]:
    after = 0
    while rows := connection.execute(
        select(AuditEvent.__table__).where(AuditEvent.id > after).order_by(AuditEvent.id).limit(CHUNK)
    ).all():
        yield from rows
        after = rows[-1].id
