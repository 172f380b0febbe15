"""The demo's worker: ticks on its own, and processes everything that falls due when the clock is moved."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from coach.demo.clock import MovableClock
from coach.demo.history import next_event
from coach.jobs import tick
from coach.runtime import Runtime, utc_now
from schedules.database.engine import read_transaction
from schedules.database.tables.people import Enrolment
from schedules.dispatch.dispatch import Dispatcher

TICK_SECONDS = 2
LONGEST_SKIP = timedelta(days=8)


@dataclass
class DemoEngine:
    """One worker in this process. The lock keeps its own ticks apart from those of clock moves."""

    runtime: Runtime
    clock: MovableClock
    dispatcher: Dispatcher
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Catch up with the present, then tick until stopped."""
        self.advance(max(timedelta(0), utc_now() - self.clock()))
        while not self.stopped.wait(TICK_SECONDS):
            with self.lock:
                tick(self.runtime, self.dispatcher)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward, stopping whenever something is due."""
        with self.lock:
            self._advance_to(self.clock() + by)

    def advance_to_next(self, participant_id: int) -> None:
        """Move the clock to a participant's next text, or by an hour if none is planned."""
        with read_transaction(self.runtime.engine) as connection:
            due_at = connection.execute(
                select(Enrolment.next_due_at).where(Enrolment.participant_id == participant_id)
            ).scalar()
        with self.lock:
            limit = self.clock() + LONGEST_SKIP
            self._advance_to(min(due_at, limit) if due_at else self.clock() + timedelta(hours=1))

    def _advance_to(self, target: datetime) -> None:
        while (due_at := next_event(self.runtime)) is not None and due_at <= target:
            self.clock.set(due_at)
            tick(self.runtime, self.dispatcher)
            if next_event(self.runtime) == due_at:
                break  # something cannot be done now; the worker's own ticks will retry it
        self.clock.set(target)
        self.clock.run()
        tick(self.runtime, self.dispatcher)
