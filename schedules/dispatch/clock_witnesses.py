"""Checks this machine's clock against the clocks of the database and of the texting provider.

Everything is decided by `now`. A clock that is off by hours or days would text people at night, or plan evenings that
have not come, and no later rule could repair that. While another clock contradicts ours, everything that depends on the
time of day stops.

A process with simulated time (a test, the demonstration) has no witnesses and trusts itself.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine, func, select

from schedules.database.engine import read_transaction
from schedules.database.types import UtcInstant

if TYPE_CHECKING:
    from schedules.gateway.twilio_account import TwilioAccount

AGREE_WITHIN = timedelta(minutes=2)
ASK_DATABASE_EVERY, ASK_PROVIDER_EVERY = 10.0, 600.0  # seconds; between readings their time is extrapolated
ASK_AGAIN = 10.0  # seconds until a clock that did not answer, or contradicted ours, is read again
DATABASE = "database"
PROVIDER_SECONDS = 3.0  # response timeout: a cron run has one minute for everything

log = structlog.get_logger(__name__)


def lived_seconds() -> float:
    """Return elapsed seconds, however the clock was set, including time asleep where the system counts it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class ClockConflict:
    """Whose clock contradicts ours, and how far ours is ahead of it."""

    whose: str
    ahead: timedelta


@dataclass
class Witness:
    """Another clock. `ask` returns the instant it shows, or None if there is no answer."""

    whose: str
    ask: Callable[[], datetime | None]
    every: float
    seconds: Callable[[], float] = lived_seconds
    _reading: tuple[datetime, float] | None = None
    _asked_at: float | None = None
    _ask_lock: Lock = field(default_factory=Lock)

    def shows(self) -> datetime | None:
        """Return what this clock shows now, from its last reading; None as long as it has not answered."""
        reading = self._reading
        return reading[0] + timedelta(seconds=self.seconds() - reading[1]) if reading else None

    def ahead(self, now: Callable[[], datetime]) -> timedelta | None:
        """Return how far `now` is ahead of this clock; None as long as it has not answered.

        The last reading is extrapolated by the time elapsed since. If that contradicts us, the clock is read again,
        because a machine that was suspended may not have counted its sleep.
        """
        ahead = self._estimate(now)
        lately = self._reading is not None and self.seconds() - self._reading[1] < self.every
        if ahead is not None and lately and abs(ahead) <= AGREE_WITHIN:
            return ahead
        self._ask_again()
        return self._estimate(now)

    def _estimate(self, now: Callable[[], datetime]) -> timedelta | None:
        shows = self.shows()
        return now() - shows if shows else None

    def _ask_again(self) -> None:
        # While another thread reads the clock, use the previous reading; wait only if there is none.
        if not self._ask_lock.acquire(blocking=self._reading is None):
            return
        try:
            if self._asked_at is None or self.seconds() - self._asked_at >= ASK_AGAIN:
                began = self.seconds()
                shows = self.ask()
                ended = self._asked_at = self.seconds()
                if shows is not None and ended - began < AGREE_WITHIN.total_seconds():
                    self._reading = (shows, (began + ended) / 2)
        finally:
            self._ask_lock.release()


@dataclass
class Witnesses:
    """The clocks that ours is compared with; none if time is simulated."""

    all: Sequence[Witness] = ()
    _logged: str | None = None

    def contradict(self, now: Callable[[], datetime]) -> ClockConflict | None:
        """Return the clock that contradicts ours, if any."""
        conflicts = (ClockConflict(*offset) for offset in self._offsets(now))
        conflict = next((one for one in conflicts if abs(one.ahead) > AGREE_WITHIN), None)
        if conflict and conflict.whose != self._logged:
            log.error("clock_contradicted", by=conflict.whose, seconds_ahead=round(conflict.ahead.total_seconds()))
        elif self._logged and not conflict:
            log.warning("clock_agrees_again")
        self._logged = conflict.whose if conflict else None
        return conflict

    def confirm(self, now: Callable[[], datetime]) -> bool:
        """Return whether some clock confirms ours and none contradicts it, or there is none to ask."""
        agree = [abs(ahead) <= AGREE_WITHIN for _, ahead in self._offsets(now)]
        return all(agree) and (bool(agree) or not self.all)

    def bounds(self, now: Callable[[], datetime]) -> tuple[datetime, datetime]:
        """Return the earliest time that any clock shows, and the later of ours and the database's.

        What workers compare with each other's clocks is written by the later and compared by the earlier. Then clocks
        that differ cost time, but nothing is taken too early.
        """
        ours = now()
        shown = [(one.whose, shows) for one in self.all if (shows := one.shows())]
        database = [shows for whose, shows in shown if whose == DATABASE]
        return min([ours, *(shows for _, shows in shown)]), max([ours, *database])

    def latest(self, now: Callable[[], datetime]) -> datetime:
        """Return the latest time that ours or any other clock shows: hours end by whichever is ahead."""
        return max([now(), *(shows for one in self.all if (shows := one.shows()))])

    def _offsets(self, now: Callable[[], datetime]) -> list[tuple[str, timedelta]]:
        offsets = ((witness.whose, witness.ahead(now)) for witness in self.all)
        return [(whose, ahead) for whose, ahead in offsets if ahead is not None]


def database_clock(engine: Engine) -> Witness | None:
    """Return the database's clock; None on SQLite, which uses this machine's."""
    if engine.dialect.name != "postgresql":
        return None

    def ask() -> datetime:
        with read_transaction(engine) as connection:
            shows: datetime = connection.execute(select(func.clock_timestamp(type_=UtcInstant()))).scalar_one()
        return shows

    return Witness(DATABASE, ask, ASK_DATABASE_EVERY)


def provider_clock(account: "TwilioAccount") -> Witness:
    """Return the provider's clock: the `Date` header of any of its responses."""
    return Witness("provider", lambda: account.account(PROVIDER_SECONDS).server_time, ASK_PROVIDER_EVERY)
