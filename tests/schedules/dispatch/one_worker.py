"""A worker process for tests.

`python -m tests.schedules.dispatch.one_worker DATABASE TWILIO NOW NAME` ticks once, when told.

It reads the data key from its first line of input, and goes at the second. It imports little, to be there soon.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog
from sqlalchemy import select

from content.catalogue import load_catalogue
from schedules.database.encryption import InstallationKeys, Keyring, install_keyring
from schedules.database.engine import open_engine, read_transaction
from schedules.database.tables.work import Installation
from schedules.dispatch.dispatch import Dispatcher
from schedules.worker.clock import engine_jobs, run_once
from tests.gateways import gateway_to


def main(database_url: str, twilio_url: str, now: str, name: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # what it prints is read
    install_keyring(Keyring([sys.stdin.readline().strip()]))
    engine = open_engine(database_url)
    gateway = gateway_to(twilio_url)
    with read_transaction(engine) as connection:
        keys = InstallationKeys.derive(connection.execute(select(Installation.secret)).scalar_one())
    catalogue = load_catalogue()
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(8) as pool:
        dispatcher = Dispatcher(engine, gateway, lambda: datetime.fromisoformat(now), name, pool, 8)
        totals = run_once(engine_jobs(dispatcher, catalogue, keys))
    gateway.close()
    engine.dispose()
    print(totals["planned"], totals["sent"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
