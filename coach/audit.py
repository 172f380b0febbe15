"""The audit log: who did what to whose data. Append-only, and hash-chained so that tampering shows.

`record` only queues; the rows are written last in the transaction, under a lock on the end of the chain. So rows are in
commit order, the lock is held for a single insert, and since no lock is taken after it, transactions cannot deadlock.
`coach.database.audit_chain` holds the chain itself, and verifies it.
"""

import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, and_, event, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from coach.database.audit_chain import Verified, append, verify
from coach.database.tables import AuditEvent
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Participant
from schedules.database.turns import DatabaseBusyError, is_transient

__all__ = ["Verified", "access_to", "contains", "record", "record_view", "search", "summary_of", "verify"]

COMMAND_LINE = "command line"
PERSON = "the person"
WORKER = "worker"
ANCHOR_TROUBLE = {
    "missing": "What says how long the audit log is was removed from the database.",
    "forged": "What says how long the audit log is was changed without the data keys.",
    "differs": "Rows of the audit log were removed, or rows before its chain were changed.",
}
# A detail is a number or one of our own words: never a name, a text or a phone number.
_WORD = re.compile(r"(?!.*\d{7})[A-Za-z0-9_.:,/ -]{0,60}")
_LARGEST_NUMBER = 10**9
SAVEPOINT = object()  # marks in the queue where a savepoint began

log = structlog.get_logger(__name__)

VIEW_TIMEOUT, VIEW_RETRY = 0.05, 0.2  # seconds

Detail = int | bool | str | None


@dataclass(frozen=True, slots=True)
class View:
    """One view of a page or a record, or an attempt at it."""

    action: str
    actor: str
    subject: str
    at: datetime
    clinic_id: int | None


@dataclass(frozen=True, slots=True)
class Search:
    """What entries are looked for; what is empty is not looked at. `since` is the first instant, `before` the end.

    Parts of words are enough. `subject` may also be a participant's number, or (part of) an account's address.
    `addressed` is the subject of failed sign-ins of a whole address that has no account.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    before: datetime | None = None
    addressed: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the audit log."""

    at: datetime
    actor: str
    action: str
    subject: str | None
    detail: Mapping[str, Detail]
    id: int = 0


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


def record_view(
    engine: Engine,
    actor: str,
    subject: str,
    at: datetime,
    clinic_id: int | None = None,
    *,
    action: str = "viewed",
) -> None:
    """Record a view by a page that only reads: right away, or in the background while another process is writing.

    A page never waits for a writer. Views that could not be written yet are retried in order.
    """
    with _views_lock:
        _views.append((engine, View(action, actor, subject, at, clinic_id)))
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
                    record(connection, view.actor, view.action, view.subject, view.at, view.clinic_id)
        except (SQLAlchemyError, DatabaseBusyError) as error:
            if is_transient(error):
                return False
            _views[:] = [one for one in _views if one[0] is not engine]
            raise
        _views[:] = [one for one in _views if one[0] is not engine]
    return True


def summary_of(verified: Verified) -> str:
    """Return the outcome of a verification in sentences."""
    before = f" {verified.unchained} rows predate the chain." if verified.unchained else ""
    if verified.broken_id is not None:
        return (
            f"Row {verified.broken_id} does not follow from the {verified.rows} rows before it: "
            f"it was changed or inserted, or the row before it was removed.{before}"
        )
    if verified.anchor != "holds":
        return f"{ANCHOR_TROUBLE[verified.anchor]} {verified.rows} rows follow from each other.{before}"
    last = f" The last hash is {verified.head}." if verified.head else ""
    return f"{verified.rows} rows hold.{last}{before}"


def search(
    connection: Connection, scope: ColumnElement[bool], wanted: Search, page: int, per_page: int
) -> PageOfEntries:
    """A page of the entries in scope that are looked for, the newest first. `page` counts from 1."""
    where = [scope]
    if wanted.actor:
        where.append(AuditEvent.actor.icontains(wanted.actor, autoescape=True))
    if wanted.action:
        where.append(AuditEvent.action.icontains(wanted.action, autoescape=True))
    if wanted.subject:
        where.append(_is_about(connection, wanted))
    if wanted.since is not None:
        where.append(AuditEvent.at >= wanted.since)
    if wanted.before is not None:
        where.append(AuditEvent.at < wanted.before)
    total = connection.execute(select(func.count()).select_from(AuditEvent).where(*where)).scalar_one()
    pages = max(1, -(-total // per_page))
    page = min(max(1, page), pages)
    columns = (AuditEvent.at, AuditEvent.actor, AuditEvent.action, AuditEvent.subject, AuditEvent.detail)
    newest = select(*columns, AuditEvent.id).where(*where).order_by(AuditEvent.id.desc())
    rows = connection.execute(newest.limit(per_page).offset((page - 1) * per_page))
    return PageOfEntries([Entry(*row) for row in rows], total, page, pages)


def _is_about(connection: Connection, wanted: Search) -> ColumnElement[bool]:
    """Whether an entry is about what was typed: a participant's number, an account's address, or part of a subject."""
    typed = wanted.subject.casefold()
    if typed.isdecimal():
        return AuditEvent.subject == f"participant {int(typed)}"
    if "@" in typed:
        ids = connection.execute(select(CoachAccount.id).where(CoachAccount.email.contains(typed, autoescape=True)))
        return AuditEvent.subject.in_([*(f"account {id}" for id in ids.scalars()), wanted.addressed])
    # A number at the end is a whole one: "participant 1" is not about participant 12.
    if typed[-1:].isdecimal():
        whole = (
            AuditEvent.subject.iendswith(typed, autoescape=True),
            AuditEvent.subject.icontains(f"{typed} ", autoescape=True),
        )
        return or_(*whole)
    return AuditEvent.subject.icontains(typed, autoescape=True)


def access_to(connection: Connection, participant_id: int, clinic_id: int) -> list[Entry]:
    """All entries about one participant, and every export of their clinic while they were in it, the newest first."""
    columns = (AuditEvent.at, AuditEvent.actor, AuditEvent.action, AuditEvent.subject, AuditEvent.detail)
    in_clinic = select(Participant.id).where(
        Participant.id == participant_id,
        Participant.created_at <= AuditEvent.at,
        or_(Participant.erased_at.is_(None), Participant.erased_at > AuditEvent.at),
    )
    exports = and_(AuditEvent.subject == f"clinic {clinic_id}", AuditEvent.action == "exported", in_clinic.exists())
    about = or_(AuditEvent.subject == f"participant {participant_id}", exports)
    return [Entry(*row) for row in connection.execute(select(*columns).where(about).order_by(AuditEvent.id.desc()))]


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
        append(connection, pending)


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
