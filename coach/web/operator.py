"""The operator's page: what waits, what is in doubt, what failed and why, and whether workers are at work."""

from collections import Counter
from datetime import datetime, timedelta

from flask import Blueprint, render_template
from sqlalchemy import Connection, func, or_, select

from coach.measuring import RECENT, WORKING, measure
from coach.reasons import REASONS
from coach.web.access import for_roles
from coach.web.signed_in import own_zone
from coach.web.site import site
from schedules.db import reading
from schedules.evening_load import coming_crush
from schedules.failures import failure_of
from schedules.models import DeliveryReceipt, OutboxMessage
from schedules.models_of_work import PeriodicJob, WorkerHeartbeat
from schedules.pacing import told_of
from schedules.senders import load_lines

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
}


@operator.get("/")
@for_roles("admin")
def index() -> str:
    """Counts and ages only, of the whole installation: no person, no number, no text."""
    runtime = site().runtime
    now = runtime.now()
    with reading(runtime.engine) as connection:
        return render_template(
            "operator.html",
            measured=measure(connection, now),
            failures=_failures(connection, now),
            crush=coming_crush(connection, runtime.catalogue, now, runtime.settings.sms_per_second),
            rate=runtime.settings.sms_per_second,
            senders=[(name, line, told_of(line)) for name, line in load_lines(connection).items()],
            workers=_workers(connection, now),
            jobs=connection.execute(select(PeriodicJob.__table__).order_by(PeriodicJob.name)).all(),
            receipt_at=connection.execute(
                select(DeliveryReceipt.received_at).order_by(DeliveryReceipt.id.desc()).limit(1)
            ).scalar(),
            zone=own_zone(connection),
            now=now,
            working_since=now - WORKING,
            states=STATE_WORDS,
            sends_for_real=runtime.settings.sends_for_real,
        )


def _failures(connection: Connection, now: datetime) -> list[tuple[str, str, int]]:
    """Why texts of the last day did not arrive or wait for it, in words, and what to do; the most frequent first."""
    rows = connection.execute(
        select(OutboxMessage.error_code, OutboxMessage.reason, func.count())
        .where(
            or_(OutboxMessage.state.in_(NOT_ARRIVED), OutboxMessage.error_code.is_not(None)),
            OutboxMessage.created_at >= now - RECENT,
        )
        .group_by(OutboxMessage.error_code, OutboxMessage.reason)
    )
    told: Counter[tuple[str, str]] = Counter()
    for code, reason, count in rows:
        failure = failure_of(code)
        told[(f"{failure.words} ({code})", failure.to_do) if code else (_in_words(reason), "")] += count
    return [(words, to_do, count) for (words, to_do), count in told.most_common()]


def _in_words(reason: str | None) -> str:
    known = REASONS.get(reason or "")
    return f"Not sent: {known.text}." if known else (reason or "No reason known.").replace("_", " ")


def _workers(connection: Connection, now: datetime) -> list[tuple[str, datetime]]:
    """Every worker that ticked within the last day, the newest first."""
    rows = connection.execute(
        select(WorkerHeartbeat.worker, WorkerHeartbeat.at)
        .where(WorkerHeartbeat.at >= now - HEARTBEATS_SHOWN)
        .order_by(WorkerHeartbeat.at.desc())
    )
    return [(row.worker, row.at) for row in rows]
