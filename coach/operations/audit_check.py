"""The nightly check of the audit log's chain. What does not hold is shown to the operator and logged."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from sqlalchemy import Engine

from coach.audit import verify
from schedules.database.engine import read_transaction
from schedules.database.set_aside import setting_aside
from schedules.worker.periodic import PeriodicRunner

log = structlog.get_logger(__name__)


class AuditBrokenError(RuntimeError):
    """The audit log does not hold."""


def verify_nightly(periods: PeriodicRunner) -> int:
    """Verify the chain once a day; return 1 if this worker did. The log keeps each night's last hash."""
    now = periods.now()
    return periods.run("audit", now.date().isoformat(), _verify(periods.engine, now))


def _verify(engine: Engine, now: datetime) -> Iterator[int]:
    with setting_aside(engine, "audit", 0, now):
        with read_transaction(engine) as connection:
            found = verify(connection)
        if not found.holds:
            log.error("audit_does_not_hold", rows=found.rows, row=found.broken_id, anchor=found.anchor)
            raise AuditBrokenError
        log.info("audit_holds", rows=found.rows, head=found.head)
    yield 1
