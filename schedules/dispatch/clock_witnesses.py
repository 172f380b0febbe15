"""Whether this machine's clock can be believed: what the clocks of the database and of the texting provider say of it.

Everything is decided by `now`. A clock that is hours or days off texts people at night, or plans evenings that have not
come; no rule behind it can make that good. While another clock contradicts ours, what goes by the time of day rests.

A process whose time is made up (a test, the demonstration) has nobody to ask, and believes itself.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

import structlog
from sqlalchemy import Engine, func, select

from schedules.database.engine import read_transaction
from schedules.database.types import UtcInstant
from schedules.gateway.twilio_account import TwilioAccount

AGREE_WITHIN = timedelta(minutes=2)
ASK_DATABASE_EVERY, ASK_PROVIDER_EVERY = 10.0, 600.0  # seconds; in between their time is reckoned on
ASK_AGAIN = 10.0  # seconds until one that said nothing, or contradicted us, is asked again
PROVIDER_SECONDS = 3.0  # how long it may take to answer: a run of cron has a minute for everything

log = structlog.get_logger(__name__)


def lived_seconds() -> float:
    """Seconds that have passed, whatever the clock was set to: those asleep too, where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class ClockConflict:
    """Whose clock contradicts ours, and how far ours is ahead of it."""

    whose: str
    ahead: timedelta


@dataclass
class Witness:
    """Somebody else's clock. `ask` gives the instant that it shows, or None if nobody answers."""

    whose: str
    ask: Callable[[], datetime | None]
    every: float
    seconds: Callable[[], float] = lived_seconds
    _reading: tuple[datetime, float] | None = None
    _asked_at: float | None = None
    _ask_lock: Lock = field(default_factory=Lock)

    def ahead(self, now: Callable[[], datetime]) -> timedelta | None:
        """How far `now` is ahead of this clock; None as long as it has said nothing.

        Reckoned on from what it showed last by the time that has passed since. Where that contradicts us it is asked
        again: a machine that was suspended has not counted its sleep.
        """
        ahead = self._estimate(now)
        lately = self._reading is not None and self.seconds() - self._reading[1] < self.every
        if ahead is not None and lately and abs(ahead) <= AGREE_WITHIN:
            return ahead
        self._ask_again()
        return self._estimate(now)

    def _estimate(self, now: Callable[[], datetime]) -> timedelta | None:
        reading = self._reading
        return now() - reading[0] - timedelta(seconds=self.seconds() - reading[1]) if reading else None

    def _ask_again(self) -> None:
        # Whoever comes while another asks goes by what was said before, and waits only if nothing was.
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
    """The clocks that ours is held against; none where time is made up."""

    all: Sequence[Witness] = ()
    _logged: str | None = None

    def contradict(self, now: Callable[[], datetime]) -> ClockConflict | None:
        """What speaks against our clock, if anything does."""
        conflicts = (ClockConflict(*offset) for offset in self._offsets(now))
        conflict = next((one for one in conflicts if abs(one.ahead) > AGREE_WITHIN), None)
        if conflict and conflict.whose != self._logged:
            log.error("clock_contradicted", by=conflict.whose, seconds_ahead=round(conflict.ahead.total_seconds()))
        elif self._logged and not conflict:
            log.warning("clock_agrees_again")
        self._logged = conflict.whose if conflict else None
        return conflict

    def confirm(self, now: Callable[[], datetime]) -> bool:
        """Whether somebody has said that our clock is right, and nobody that it is wrong; or there is nobody to ask."""
        agree = [abs(ahead) <= AGREE_WITHIN for _, ahead in self._offsets(now)]
        return all(agree) and (bool(agree) or not self.all)

    def _offsets(self, now: Callable[[], datetime]) -> list[tuple[str, timedelta]]:
        offsets = ((witness.whose, witness.ahead(now)) for witness in self.all)
        return [(whose, ahead) for whose, ahead in offsets if ahead is not None]


def database_clock(engine: Engine) -> Witness | None:
    """The database's; none on SQLite, which has no clock but this machine's."""
    if engine.dialect.name != "postgresql":
        return None

    def ask() -> datetime:
        with read_transaction(engine) as connection:
            shows: datetime = connection.execute(select(func.clock_timestamp(type_=UtcInstant()))).scalar_one()
        return shows

    return Witness("database", ask, ASK_DATABASE_EVERY)


def provider_clock(account: TwilioAccount) -> Witness:
    """The `Date` that the provider's answers carry, whatever else they say."""
    return Witness("provider", lambda: account.account(PROVIDER_SECONDS).server_time, ASK_PROVIDER_EVERY)
