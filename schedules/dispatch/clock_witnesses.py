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
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine, func, select

from schedules.database.engine import read_transaction
from schedules.database.types import UtcInstant

if TYPE_CHECKING:
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
class Doubt:
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
    _told: tuple[datetime, float] | None = None
    _asked: float | None = None
    _asking: Lock = field(default_factory=Lock)

    def ahead(self, now: Callable[[], datetime]) -> timedelta | None:
        """How far `now` is ahead of this clock; None as long as it has said nothing.

        Reckoned on from what it showed last by the time that has passed since. Where that contradicts us it is asked
        again: a machine that was suspended has not counted its sleep.
        """
        ahead = self._reckoned(now)
        lately = self._told is not None and self.seconds() - self._told[1] < self.every
        if ahead is not None and lately and abs(ahead) <= AGREE_WITHIN:
            return ahead
        self._ask_again()
        return self._reckoned(now)

    def _reckoned(self, now: Callable[[], datetime]) -> timedelta | None:
        told = self._told
        return now() - told[0] - timedelta(seconds=self.seconds() - told[1]) if told else None

    def _ask_again(self) -> None:
        # Whoever comes while another asks goes by what was said before, and waits only if nothing was.
        if not self._asking.acquire(blocking=self._told is None):
            return
        try:
            if self._asked is None or self.seconds() - self._asked >= ASK_AGAIN:
                began = self.seconds()
                shows = self.ask()
                ended = self._asked = self.seconds()
                if shows is not None and ended - began < AGREE_WITHIN.total_seconds():
                    self._told = (shows, (began + ended) / 2)
        finally:
            self._asking.release()


@dataclass
class Witnesses:
    """The clocks that ours is held against; none where time is made up."""

    all: Sequence[Witness] = ()
    _said: str | None = None

    def contradict(self, now: Callable[[], datetime]) -> Doubt | None:
        """What speaks against our clock, if anything does."""
        doubt = next((Doubt(whose, ahead) for whose, ahead in self._hear(now) if abs(ahead) > AGREE_WITHIN), None)
        if doubt and doubt.whose != self._said:
            log.error("clock_contradicted", by=doubt.whose, seconds_ahead=round(doubt.ahead.total_seconds()))
        elif self._said and not doubt:
            log.warning("clock_agrees_again")
        self._said = doubt.whose if doubt else None
        return doubt

    def confirm(self, now: Callable[[], datetime]) -> bool:
        """Whether somebody has said that our clock is right, and nobody that it is wrong; or there is nobody to ask."""
        agree = [abs(ahead) <= AGREE_WITHIN for _, ahead in self._hear(now)]
        return all(agree) and (bool(agree) or not self.all)

    def _hear(self, now: Callable[[], datetime]) -> list[tuple[str, timedelta]]:
        said = ((witness.whose, witness.ahead(now)) for witness in self.all)
        return [(whose, ahead) for whose, ahead in said if ahead is not None]


def database_clock(engine: Engine) -> Witness | None:
    """The database's; none on SQLite, which has no clock but this machine's."""
    if engine.dialect.name != "postgresql":
        return None

    def ask() -> datetime:
        with read_transaction(engine) as connection:
            shows: datetime = connection.execute(select(func.clock_timestamp(type_=UtcInstant()))).scalar_one()
        return shows

    return Witness("database", ask, ASK_DATABASE_EVERY)


def provider_clock(account: "TwilioAccount") -> Witness:
    """The `Date` that the provider's answers carry, whatever else they say."""
    return Witness("provider", lambda: account.account(PROVIDER_SECONDS).server_time, ASK_PROVIDER_EVERY)
