"""A worker process that is there to be killed: it does what `coach worker` does, as fast as it can, on a fast clock."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from time import monotonic, sleep, time
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from coach.database.schema import load_keys
from content.catalogue import load_catalogue
from schedules.database.encryption import InstallationKeys, Keyring, install_keyring
from schedules.database.engine import open_engine
from schedules.dispatch.clock_witnesses import ASK_DATABASE_EVERY, ASK_PROVIDER_EVERY, Witness, Witnesses
from schedules.dispatch.dispatch import Dispatcher
from schedules.worker.clock import engine_jobs, run_once, while_believed
from tests.forked import FORKED
from tests.gateways import gateway_to
from tests.support import DATA_KEY


@dataclass(frozen=True, slots=True)
class FastClock:
    """`shows` at the epoch second `began`, and from then on `speed` seconds a second, alike in every process."""

    shows: datetime
    began: float
    speed: float

    def __call__(self) -> datetime:
        return self.shows + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        """The seconds of the evening that have passed."""
        return (time() - self.began) * self.speed


def start_worker(
    database_url: str, twilio_url: str, clock: FastClock, wrong_by: Any, begun: Event, name: str, at_once: int
) -> ForkServerProcess:
    """A worker whose clock differs from the true one by what `wrong_by` holds; `begun` once it works."""
    given = (database_url, twilio_url, clock, wrong_by, begun, name, at_once)
    process = FORKED.Process(target=work, args=given, daemon=True)
    process.start()
    return process


def wait_for_keys(engine: Engine) -> InstallationKeys:
    """The keys, once the database is there to ask."""
    while True:
        try:
            return load_keys(engine)
        except OperationalError:
            sleep(0.05)


def witnesses(engine: Engine, clock: FastClock) -> Witnesses:
    """The clock of the database, or of the provider on SQLite: both are right."""
    kind = ("database", ASK_DATABASE_EVERY) if engine.dialect.name == "postgresql" else ("provider", ASK_PROVIDER_EVERY)
    return Witnesses([Witness(kind[0], clock, kind[1], clock.seconds)])


def seconds_to_start() -> float:
    """How long a process takes here, now, until it could work."""
    for process in [FORKED.Process(target=load_catalogue, daemon=True) for _ in range(2)]:
        began = monotonic()
        process.start()
        process.join()
    return monotonic() - began  # of the second: the first one starts the server that forks


def work(
    database_url: str, twilio_url: str, clock: FastClock, wrong_by: Any, begun: Event, name: str, at_once: int
) -> None:
    """For ever: whatever fails is tried again, as the scheduler of a real worker does."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    install_keyring(Keyring([DATA_KEY]))
    engine = open_engine(database_url)
    gateway = gateway_to(twilio_url)
    keys, catalogue = wait_for_keys(engine), load_catalogue()
    with ThreadPoolExecutor(at_once) as pool:
        now = lambda: clock() + timedelta(seconds=wrong_by.value)  # noqa: E731
        dispatcher = Dispatcher(engine, gateway, now, name, pool, at_once, witnesses=witnesses(engine, clock))
        jobs = [while_believed(job, dispatcher) for job in engine_jobs(dispatcher, catalogue, keys)]
        begun.set()
        while True:
            try:
                run_once(jobs)
            except Exception:
                sleep(0.05)
            sleep(0.02)
