"""Health pages for machines. They name states and counts, never people."""

from hmac import compare_digest

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from coach.database import head, revision_of
from coach.web.site import site
from schedules.db import reading
from schedules.delivery import RANK
from schedules.models import OutboxMessage
from schedules.models_of_work import WorkerHeartbeat

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """The process answers. No I/O."""
    return Response("ok", mimetype="text/plain")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503 without a database at its head. A late worker is told but keeps the page ready: replies must still land."""
    runtime = site().runtime
    try:
        with reading(runtime.engine) as connection:
            migrated = revision_of(connection) == head()
            last = connection.execute(select(func.max(WorkerHeartbeat.at))).scalar() if migrated else None
    except SQLAlchemyError:
        return jsonify(ready=False, reason="the database cannot be reached"), 503
    if not migrated:
        return jsonify(ready=False, reason="the database is not at its head: run 'coach db upgrade'"), 503
    age = (runtime.now() - last).total_seconds() if last else None
    return jsonify(ready=True, worker_heartbeat_age_seconds=age), 200


@health.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format, for whoever has METRICS_TOKEN; without one set, only for this machine."""
    runtime = site().runtime
    token = runtime.settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (compare_digest(given.encode(), token.encode()) if token else request.remote_addr in ("127.0.0.1", "::1")):
        abort(403)
    registry = CollectorRegistry()
    messages = Gauge("coach_outbox_messages", "Texts by state", ["state"], registry=registry)
    heartbeat = Gauge("coach_worker_heartbeat_age_seconds", "Since the last finished tick", registry=registry)
    with reading(runtime.engine) as connection:
        counts = dict(connection.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)).all())
        last = connection.execute(select(func.max(WorkerHeartbeat.at))).scalar()
    for state in RANK:
        messages.labels(state).set(counts.get(state, 0))
    heartbeat.set((runtime.now() - last).total_seconds() if last else float("inf"))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
