"""Health pages for machines. They name states and counts, never people."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from coach.database.schema import head, is_ahead, revision_of
from coach.operations.workers import last_heartbeat_at
from coach.web.site import site
from schedules.database.engine import read_transaction

health = Blueprint("health", __name__)

WORKER_LATE_SECONDS = 300


@health.get("/healthz")
def healthz() -> Response:
    """The process answers. No I/O."""
    return Response("ok", mimetype="text/plain")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503 without a database at its head, or past it: then a newer release is taking over, and we go on meanwhile.

    A late worker is told but keeps the page ready: replies must still land.
    """
    runtime = site().runtime
    try:
        with read_transaction(runtime.engine) as connection:
            revision = revision_of(connection)
            if revision != head() and not is_ahead(revision):
                return _told(503, f"The database is at revision {revision}, not {head()}: run 'coach db upgrade'.")
            last = last_heartbeat_at(connection, runtime.now())
    except SQLAlchemyError:
        return _told(503, "The database cannot be reached.")
    ahead = (f"A newer release has migrated the database, to revision {revision}.",) if is_ahead(revision) else ()
    age = (runtime.now() - last).total_seconds() if last else None
    if age is None:
        return _told(200, *ahead, "No worker has finished a pass in the last day.")
    late = (f"No worker has finished a pass for {age:.0f} s.",) if age > WORKER_LATE_SECONDS else ()
    return _told(200, *ahead, *late, age=age)


def _told(status: int, *reasons: str, age: float | None = None) -> tuple[Response, int]:
    return jsonify(ready=status == 200, reasons=reasons, worker_heartbeat_age_seconds=age), status
