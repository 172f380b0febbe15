"""The operator's page: what waits, what is in doubt, what failed and why, and whether workers are at work."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import Connection, func, or_, select

from coach.adherence.reasons import REASONS, words_for_text
from coach.operations.clock_doubts import words_of
from coach.operations.measures import RECENT, WORKING, measure
from coach.web.sign_in.signed_in import own_zone
from coach.web.sign_in.viewer import for_roles
from coach.web.site import site
from schedules.database.engine import read_transaction
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.work import PeriodicJob, WorkerHeartbeat
from schedules.dispatch.rate_limit import describe_shut
from schedules.dispatch.senders import load_senders
from schedules.gateway.error_codes import failure_of
from schedules.worker.evening_load import coming_backlog

operator = Blueprint("operator", __name__, url_prefix="/operator")
HEARTBEATS_SHOWN = timedelta(days=1)
NOT_ARRIVED = ("undelivered", "failed", "expired", "suppressed")
STATE_WORDS = {
    "queued": "waiting",
    "sending": "being handed over",
    "unknown": "in doubt: may or may not have been taken",
    "accepted": "taken by the provider",
    "sent": "sent to the carrier",
    "delivered": "delivered",
    "undelivered": "not delivered",
    "failed": "refused",
    "expired": "too late to send",
    "suppressed": "not to be sent any more",
    "stuck": "set aside: may or may not have been taken",
}
# What could not be gone on with, by what was to be done with it.
SET_ASIDE_WORDS = {
    "planning": "People for whom no evening can be planned",
    "reflection": "People whose own week cannot be put into words",
    "standing": "People whose seven days cannot be counted",
    "summary": "People whose week cannot be summed up",
    "summaries": "Clinics whose week cannot be summed up",
    "effects": "Clinics whose effects cannot be computed",
    "digest": "Coaches whose summary mail cannot be written",
    "flag": "Flags for which nobody could be paged",
    "cap": "Clinics whose full day could not be told",
    "erasing": "People whose time is over and who cannot be erased",
    "clearing": "Clinics whose old texts cannot be cleared",
    "receipt": "Texts with a receipt that could not be recorded",
    "stop": "Texts whose refusal by the carrier as a stop could not be recorded",
}


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker, when it last finished a pass, and how it is."""

    name: str
    at: datetime
    state: str


@operator.get("/")
@for_roles("admin")
def index() -> str:
    """Counts and ages only, of the whole installation: no person, no number, no text."""
    runtime = site().runtime
    now = runtime.now()
    with read_transaction(runtime.engine) as connection:
        return render_template(
            "operator.html",
            measured=measure(connection, now),
            failures=_failures(connection, now),
            crush=coming_backlog(connection, runtime.catalogue, now, runtime.settings.sms_per_second),
            rate=runtime.settings.sms_per_second,
            senders=[(name, line, describe_shut(line)) for name, line in load_senders(connection).items()],
            workers=_workers(connection, now),
            contradicted=_contradicted(connection, now),
            jobs=connection.execute(select(PeriodicJob.__table__).order_by(PeriodicJob.name)).all(),
            receipt_at=connection.execute(
                select(DeliveryReceipt.received_at).order_by(DeliveryReceipt.id.desc()).limit(1)
            ).scalar(),
            zone=own_zone(connection),
            now=now,
            states=STATE_WORDS,
            set_aside=SET_ASIDE_WORDS,
            sends_for_real=runtime.settings.sends_for_real,
        )


NOT_SENT = (*NOT_ARRIVED, "expired", "suppressed", "stuck")


def _failures(connection: Connection, now: datetime) -> list[tuple[str, str, int]]:
    """Why texts of the last day did not arrive or wait for it, in words, and what to do; the most frequent first."""
    rows = connection.execute(
        select(OutboxMessage.state, OutboxMessage.error_code, OutboxMessage.reason, func.count())
        .where(
            or_(
                OutboxMessage.state.in_((*NOT_ARRIVED, "expired", "suppressed", "stuck")),
                OutboxMessage.error_code.is_not(None),
            ),
            OutboxMessage.created_at >= now - RECENT,
        )
        .group_by(OutboxMessage.state, OutboxMessage.error_code, OutboxMessage.reason)
    )
    told: Counter[tuple[str, str]] = Counter()
    for state, code, reason, count in rows:
        failure = failure_of(code)
        told[(f"{failure.words} ({code})", failure.to_do) if code else (_in_words(state, reason), "")] += count
    return [(words, to_do, count) for (words, to_do), count in told.most_common()]


def _in_words(state: str, reason: str | None) -> str:
    if reason in REASONS:
        return f"{words_for_text(state, reason)}."
    return (reason or "No reason known.").replace("_", " ")


def _workers(connection: Connection, now: datetime) -> list[Worker]:
    """Every worker that ticked within the last day, the newest first."""
    rows = connection.execute(
        select(WorkerHeartbeat.__table__)
        .where(WorkerHeartbeat.at >= now - HEARTBEATS_SHOWN, WorkerHeartbeat.at <= now + WORKING)
        .order_by(WorkerHeartbeat.at.desc())
    )
    return [Worker(row.worker, row.at, _state(row, now)) for row in rows]


def _state(row: Any, now: datetime) -> str:
    if row.at < now - WORKING:
        return "silent"
    return f"hangs: {row.hanging}" if row.hanging else "halted: its clock is off" if row.doubted_by else "at work"


def _contradicted(connection: Connection, now: datetime) -> str | None:
    """What is wrong with the clock of a worker at work, if anything is."""
    at_work = (WorkerHeartbeat.at >= now - WORKING, WorkerHeartbeat.at <= now + WORKING)
    row = connection.execute(
        select(WorkerHeartbeat.worker, WorkerHeartbeat.doubted_by, WorkerHeartbeat.seconds_ahead)
        .where(*at_work, WorkerHeartbeat.doubted_by.is_not(None))
        .order_by(WorkerHeartbeat.worker)
        .limit(1)
    ).first()
    return words_of(row.doubted_by, row.seconds_ahead, f"The clock of {row.worker}") if row else None
