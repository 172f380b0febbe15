"""Operational metrics, from a few bounded queries at the time of the request. Reads only.

Nothing is counted in memory, so every process on the same database reports the same figures. Each query uses a partial
index or the newest rows by primary key, so its cost does not grow with the installation's age.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row, func, select, text

from coach.adherence.triage import FLAGGED
from coach.database.tables import InboundReply, MailMessage
from coach.events.health import measure_events
from schedules.database.apart import error_name, is_database_failure
from schedules.database.set_aside import count_set_aside
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.rosters import RosterImport
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import LongWrite, SetAside, WorkerHeartbeat
from schedules.dispatch.senders import load_senders
from schedules.outbox.dead_numbers import count_held, dead_pagers
from schedules.outbox.states import STATE_RANK

NEWEST = 1000  # rows that "recent" figures look at, and none older than RECENT
RECENT = timedelta(days=1)
RECEIPT_DUE = timedelta(minutes=10)  # a text accepted longer ago without a receipt is missing one
WORKING = timedelta(minutes=2)  # a worker that ticked within this time is active

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Queue:
    """How many rows wait, how many are due, and for how many seconds the oldest has been due."""

    waiting: int
    due: int
    age: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts, and ages in seconds. `heartbeat_age` is None if no worker has run in the last day.

    `stuck` counts texts set aside in the last day, `set_aside` other rows set aside, by the work that failed. `unread`
    names the fields that a damaged row keeps from being read; `set_aside` counts them as `measure`.
    """

    texts: Queue = Queue(0, 0, 0.0)
    mails: Queue = Queue(0, 0, 0.0)
    in_doubt: int = 0
    doubt_age: float = 0.0
    planner_lag: float = 0.0
    senders_shut: Mapping[str, int] = field(default_factory=dict)
    recent_texts: Mapping[str, int] = field(default_factory=dict)
    without_receipt: int = 0
    receipt_lag: Mapping[float, float] = field(default_factory=dict)
    recent_replies: Mapping[str, int] = field(default_factory=dict)
    open_flags: Mapping[str, int] = field(default_factory=dict)
    flag_age: float = 0.0
    heartbeat_age: float | None = None
    workers: int = 0
    stuck: int = 0
    set_aside: Mapping[str, int] = field(default_factory=dict)
    clocks_contradicted: int = 0
    jobs_hanging: int = 0
    long_writes: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    rosters_open: Mapping[str, int] = field(default_factory=dict)
    dead_numbers: Mapping[str, int] = field(default_factory=dict)
    refused_waiting: Mapping[str, int] = field(default_factory=dict)
    endpoints_failing: int = 0
    events_waiting: int = 0
    events_age: float = 0.0
    events_given_up: int = 0
    unread: frozenset[str] = frozenset()


def measure(connection: Connection, now: datetime) -> Measures:
    """Return all metrics as of now. One that cannot be read is left out; the others are read."""
    found: dict[str, Any] = {}
    unread = set[str]()
    for names, read in _MEASURES:
        try:
            with connection.begin_nested():
                values = read(connection, now)
        except Exception as error:
            if is_database_failure(error):
                raise
            log.error("not_measured", measures=names, reason=error_name(error))
            unread.update(names)
        else:
            found |= dict(zip(names, values, strict=True))
    if unread:
        found["set_aside"] = {**found.get("set_aside", {}), "measure": len(unread)}
    return Measures(**found, unread=frozenset(unread - {"set_aside"}))


def _workers(connection: Connection, now: datetime) -> tuple[float | None, int, int, int]:
    """Return the age of the latest heartbeat, and of the active workers how many, in doubt, and with hanging jobs."""
    beats = _beats(connection, now)
    at_work = [beat for beat in beats if beat.at >= now - WORKING]
    return (
        _age(max(beat.at for beat in beats), now) if beats else None,
        len(at_work),
        sum(beat.doubted_by is not None for beat in at_work),
        sum(len((beat.hanging or "").split(", ")) for beat in at_work if beat.hanging),
    )


def _age(since: datetime | None, now: datetime) -> float:
    """Return the seconds since an instant; 0 if it is None or in the future."""
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _queue(connection: Connection, table: type[OutboxMessage] | type[MailMessage], now: datetime) -> Queue:
    queued = table.state == "queued"
    waiting, oldest = connection.execute(select(func.count(), func.min(table.due_at)).where(queued)).one()
    due = connection.execute(select(func.count()).where(queued, table.due_at <= now)).scalar_one()
    return Queue(waiting, due, _age(oldest, now))


def _first_due(connection: Connection) -> datetime | None:
    """Ignore enrolments that are set aside: they are counted separately."""
    aside = select(SetAside.row_id).where(SetAside.kind == "planning")
    due = (
        Enrolment.next_due_at.is_not(None),
        Enrolment.id.not_in(aside),
    )  # the first condition must match the partial index
    return connection.execute(select(func.min(Enrolment.next_due_at)).where(*due)).scalar()


def _in_doubt(connection: Connection, now: datetime) -> tuple[int, float]:
    """Return how many texts may or may not have been accepted, including those of a lost worker, and the oldest age."""
    found = connection.execute(
        select(func.count(), func.min(OutboxMessage.claimed_at)).where(
            text("outbox_message.state IN ('sending', 'unknown')"),  # must match the partial index literally
            OutboxMessage.lease_until_at <= now,
        )
    ).one()
    return found[0], _age(found[1], now)


def count_stuck(connection: Connection, now: datetime) -> int:
    """Return how many texts were set aside in the last day."""
    stuck = text("outbox_message.state = 'stuck'")  # must match the partial index literally
    return connection.execute(select(func.count()).where(stuck, OutboxMessage.settled_at >= now - RECENT)).scalar_one()


def _refused_waiting(connection: Connection) -> dict[str, int]:
    """Return queued texts that were rejected through no fault of their own, by the provider's error code."""
    waiting = select(OutboxMessage.error_code, func.count()).where(
        OutboxMessage.state == "queued", OutboxMessage.error_code.is_not(None)
    )
    return {str(code): count for code, count in connection.execute(waiting.group_by(OutboxMessage.error_code))}


def _senders_shut(connection: Connection, now: datetime) -> dict[str, int]:
    """Return how many senders are stopped for now, by reason."""
    senders = load_senders(connection).values()
    return dict(Counter(sender.shut_for or "unknown" for sender in senders if sender.is_shut(now)))


def _recent_texts(connection: Connection, now: datetime) -> tuple[dict[str, int], int]:
    """Return the newest texts by state, and how many of them lack a receipt that is overdue."""
    newest = (
        select(OutboxMessage.state, OutboxMessage.accepted_at, OutboxMessage.created_at)
        .order_by(OutboxMessage.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    counted = connection.execute(
        select(newest.c.state, func.count()).where(newest.c.created_at >= now - RECENT).group_by(newest.c.state)
    ).all()
    silent = connection.execute(
        select(func.count()).where(
            newest.c.state == "accepted",
            newest.c.created_at >= now - RECENT,
            newest.c.accepted_at <= now - RECEIPT_DUE,
        )
    ).scalar_one()
    return dict.fromkeys(STATE_RANK, 0) | dict(counted), silent


def _receipt_lag(connection: Connection, now: datetime) -> dict[float, float]:
    """Return the median and 95th percentile of the seconds from acceptance to receipt, over the newest receipts."""
    newest = (
        select(DeliveryReceipt.received_at, DeliveryReceipt.outbox_message_id)
        .order_by(DeliveryReceipt.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    rows = connection.execute(
        select(newest.c.received_at, OutboxMessage.accepted_at)
        .join(OutboxMessage, OutboxMessage.id == newest.c.outbox_message_id)
        .where(OutboxMessage.accepted_at.is_not(None), newest.c.received_at >= now - RECENT)
    ).all()
    lags = sorted(_age(row.accepted_at, row.received_at) for row in rows)
    return {share: lags[min(len(lags) - 1, int(share * len(lags)))] for share in (0.5, 0.95)} if lags else {}


def _recent_replies(connection: Connection, now: datetime) -> dict[str, int]:
    """Return the newest replies by intent; `unread` counts those that could not be processed."""
    newest = (
        select(InboundReply.intent, InboundReply.received_at).order_by(InboundReply.id.desc()).limit(NEWEST).subquery()
    )
    counted = connection.execute(
        select(func.coalesce(newest.c.intent, "unread"), func.count())
        .where(newest.c.received_at >= now - RECENT)
        .group_by(newest.c.intent)
    ).all()
    return dict(counted)


def _open_flags(connection: Connection, now: datetime) -> tuple[dict[str, int], float]:
    """Return open flags by kind, and the age of the oldest open crisis or urgent flag."""
    rows = connection.execute(
        select(Flag.kind, func.count(), func.min(Flag.opened_at))
        .where(Flag.acknowledged_at.is_(None))
        .group_by(Flag.kind)
    ).all()
    oldest = min((row[2] for row in rows if row.kind in ("crisis", "urgent")), default=None)
    return dict.fromkeys(FLAGGED, 0) | {row[0]: row[1] for row in rows}, _age(oldest, now)


def _beats(connection: Connection, now: datetime) -> Sequence[Row[datetime, str | None, str | None]]:
    """Return the heartbeats of the last day. One in the future was written by a wrong clock and is ignored."""
    lately = (WorkerHeartbeat.at >= now - RECENT, WorkerHeartbeat.at <= now + WORKING)
    return connection.execute(
        select(WorkerHeartbeat.at, WorkerHeartbeat.doubted_by, WorkerHeartbeat.hanging).where(*lately)
    ).all()


def _dead_numbers(connection: Connection) -> dict[str, int]:
    return {"participant": count_held(connection), "coach": len(dead_pagers(connection))}


def long_writes(connection: Connection) -> dict[str, tuple[int, float]]:
    """Return write transactions that kept others waiting, by caller: how many, and the longest in seconds."""
    rows = connection.execute(select(LongWrite.caller, LongWrite.times, LongWrite.longest_ms)).all()
    return {row.caller: (row.times, row.longest_ms / 1000) for row in rows}


def _rosters_open(connection: Connection) -> dict[str, int]:
    """Return how many roster imports are unfinished, by state."""
    open_ = text("state IN ('waiting', 'running', 'written')")  # must match the partial index literally
    counted = select(RosterImport.state, func.count()).where(open_).group_by(RosterImport.state)
    return dict.fromkeys(("waiting", "running", "written"), 0) | dict(connection.execute(counted).all())


# The fields of `Measures` that are read together, and how.
_MEASURES: Sequence[tuple[tuple[str, ...], Callable[[Connection, datetime], Sequence[object]]]] = (
    (("texts",), lambda connection, now: [_queue(connection, OutboxMessage, now)]),
    (("mails",), lambda connection, now: [_queue(connection, MailMessage, now)]),
    (("in_doubt", "doubt_age"), _in_doubt),
    (("planner_lag",), lambda connection, now: [_age(_first_due(connection), now)]),
    (("senders_shut",), lambda connection, now: [_senders_shut(connection, now)]),
    (("recent_texts", "without_receipt"), _recent_texts),
    (("receipt_lag",), lambda connection, now: [_receipt_lag(connection, now)]),
    (("recent_replies",), lambda connection, now: [_recent_replies(connection, now)]),
    (("open_flags", "flag_age"), _open_flags),
    (("heartbeat_age", "workers", "clocks_contradicted", "jobs_hanging"), _workers),
    (("stuck",), lambda connection, now: [count_stuck(connection, now)]),
    (("set_aside",), lambda connection, now: [count_set_aside(connection, now)]),
    (("long_writes",), lambda connection, _: [long_writes(connection)]),
    (("rosters_open",), lambda connection, _: [_rosters_open(connection)]),
    (("dead_numbers",), lambda connection, _: [_dead_numbers(connection)]),
    (("endpoints_failing", "events_waiting", "events_age", "events_given_up"), measure_events),
    (("refused_waiting",), lambda connection, _: [_refused_waiting(connection)]),
)
