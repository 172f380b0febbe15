"""Work done once a period (a week, a night), whichever worker comes first; another takes over if that one dies.

A claim is a row with a lease. Whoever holds it renews it at every step; when the lease has ended, the next worker to
ask gets it. What the work writes must bear being begun again, since its doer may die at its last step.
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
# What was done or claimed later than this from now was so by a clock that was ahead: it is done again.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class PeriodicRunner:
    """The claims of one worker. `now` is the process's clock; `stopping` is set when nothing more should begin."""

    engine: Engine
    worker: str
    now: Callable[[], datetime]
    stopping: Event = field(default_factory=Event)

    def run(self, name: str, period: str, steps: Iterable[int], *, in_parts: bool = False) -> int:
        """Take `steps` one by one, if nobody has done or is doing this period. Returns the sum of what they counted.

        Periods of one name are compared as text: `2026-W09` is over when `2026-W10` is done. What is done `in_parts`
        is left where it is at once when we stop, for the next who asks: it does not begin from the front again.
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
                return total  # slower than the lease: another has taken over
        self._finish(name, period)
        return total

    def _claim(self, name: str, period: str) -> bool:
        """Take the claim, or renew it."""
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
        except IntegrityError:  # another worker's row came first
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
