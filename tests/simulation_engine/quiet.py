"""Whether anything can happen in a round of a worker; if not, the round is skipped.

A long night is mostly rounds that look around and find nothing. One may be skipped only if it would find nothing for
certain: no text waits or is in doubt, no page or reply or row is to be tried again, nobody's evening has come by the
clock of that machine, and nothing is wrong with the database, the provider, the clocks or the process. In doubt the
round takes place. `test_skipping` shows that nothing else comes of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select

from coach.database.tables import InboundReply
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import Sender, SetAside
from tests.simulation_engine.stage import Process

UNSETTLED = ("queued", "sending", "unknown")
# A clock that is wrong by more finds what others do not.
CLOCK_IS_RIGHT = 120.0
# An evening further ahead than this was planned by a wrong clock.
FURTHEST = timedelta(hours=47)
LOOKS = select(
    or_(
        exists().where(OutboxMessage.state.in_(UNSETTLED)),
        exists().where(InboundReply.retry_at.is_not(None)),
        exists().where(
            Flag.kind.in_(("crisis", "urgent")), Flag.acknowledged_at.is_(None), Flag.escalated_at.is_(None)
        ),
        exists().where(SetAside.kind.in_(("planning", "flag"))),
        exists().where(Enrolment.status == "active", Enrolment.next_due_at.is_(None)),
    ),
    select(func.min(Enrolment.next_due_at)).scalar_subquery(),
    select(func.max(Enrolment.next_due_at)).scalar_subquery(),
    select(func.max(Sender.shut_until_at)).scalar_subquery(),
)


@dataclass
class Quiet:
    """What the tables said when they were last changed."""

    world: Any
    _version: int = -1
    _waits: bool = True
    _first: datetime | None = None
    _last: datetime | None = None
    _shut_until: datetime | None = None

    def for_process(self, process: Process) -> bool:
        """Whether a round of this process would find nothing."""
        world, machine = self.world, process.machine
        if process.dies_at or machine.dozes_for or abs(machine.wrong_by) > CLOCK_IS_RIGHT or not process.settled:
            return False
        if world.stage.now >= world.last_look_at:  # every job has a last turn
            return False
        if world.door.is_bad(world.stage.now) or world.provider.is_bad():
            return False
        self._look()
        now = world.stage.wall_of(machine)
        return not (
            self._waits
            or (self._first is not None and self._first <= now)
            or (self._last is not None and self._last > now + FURTHEST)
            or (self._shut_until is not None and self._shut_until > now)
        )

    def _look(self) -> None:
        if self._version == self.world.door.version:
            return
        self._version = self.world.door.version
        with self.world.outside() as connection:
            self._waits, self._first, self._last, self._shut_until = connection.execute(LOOKS).one()
