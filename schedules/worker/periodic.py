"""Runs work once per period (a week, a night), on whichever worker comes first; another takes over if it dies.

A claim is a row with a lease, renewed at every step; once it has expired, the next worker gets it. The work must be
safe to restart, since a worker may die at its last step.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Engine, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.work import PeriodicJob

LEASE = timedelta(seconds=45)
# A claim or completion dated later than this came from a clock that was ahead, and is ignored.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class PeriodicRunner:
    """One worker's claims of periodic jobs. `now` is the process's clock; `stopping` keeps new work from starting."""

    engine: Engine
    worker: str
    now: Callable[[], datetime]
    stopping: Event = field(default_factory=Event)

    def run(self, name: str, period: str, steps: Iterable[int], *, in_parts: bool = False) -> int:
        """Run `steps` one by one unless the period is done or claimed. Returns the sum of their counts.

        Periods of one name are compared as text: `2026-W09` is over when `2026-W10` is done. With `in_parts`, the work
        may stop between steps when the process ends, and the next worker continues it.
        """
        if not self._claim(name, period):
            return 0
        total = 0
        for counted in steps:
            total += counted
            if in_parts and self.stopping.is_set():
                self._release(name)
                return total
            if not self._claim(name, period):
                return total  # the lease expired: another worker has taken over
        self._finish(name, period)
        return total

    def _claim(self, name: str, period: str) -> bool:
        """Acquire or renew the claim."""
        now = self.now()
        with read_transaction(self.engine) as connection:
            row = connection.execute(
                select(
                    PeriodicJob.done_for, PeriodicJob.done_at, PeriodicJob.claimed_by, PeriodicJob.lease_until_at
                ).where(PeriodicJob.name == name)
            ).first()
        if row is None:
            return self._first_claim(name)
        latest = now + CLOCK_TOLERANCE
        held = row.claimed_by not in (None, self.worker) and now < row.lease_until_at <= latest
        if held or (row.done_for >= period and row.done_at <= latest):
            return False
        with write_transaction(self.engine) as connection:
            free = or_(
                PeriodicJob.claimed_by.is_(None),
                PeriodicJob.claimed_by == self.worker,
                PeriodicJob.lease_until_at <= now,
                PeriodicJob.lease_until_at > latest,
            )
            due = or_(PeriodicJob.done_for < period, PeriodicJob.done_at > latest)
            taken = connection.execute(
                update(PeriodicJob)
                .where(PeriodicJob.name == name, due, free)
                .values(claimed_by=self.worker, lease_until_at=now + LEASE)
            )
        return taken.rowcount > 0

    def _first_claim(self, name: str) -> bool:
        now = self.now()
        try:
            with write_transaction(self.engine) as connection:
                connection.execute(
                    insert(PeriodicJob).values(
                        name=name, done_for="", done_at=now, claimed_by=self.worker, lease_until_at=now + LEASE
                    )
                )
        except IntegrityError:  # another worker inserted it first
            return False
        return True

    def _release(self, name: str) -> None:
        with write_transaction(self.engine) as connection:
            mine = update(PeriodicJob).where(PeriodicJob.name == name, PeriodicJob.claimed_by == self.worker)
            connection.execute(mine.values(claimed_by=None, lease_until_at=None))

    def _finish(self, name: str, period: str) -> None:
        with write_transaction(self.engine) as connection:
            connection.execute(
                update(PeriodicJob)
                .where(PeriodicJob.name == name, PeriodicJob.claimed_by == self.worker)
                .values(done_for=period, done_at=self.now(), claimed_by=None, lease_until_at=None)
            )
