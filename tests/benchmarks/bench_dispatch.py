"""How fast the evening's texts leave: `python3 dev.py bench dispatch [--due N] [--rounds N] [--celery PYTHON]`.

A provider that takes 50 ms for each create, everything on one machine. Ceiling: a bare keep-alive client with as many
connections. Peers: one APScheduler job a person, and Celery with Redis where `--celery` names a Python that has both.
Ours reads, checks, decrypts, sends through Twilio's SDK and records durably; rounds are interleaved, medians compared.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from apscheduler.executors.pool import ThreadPoolExecutor as JobThreads
from apscheduler.schedulers.background import BackgroundScheduler
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from coach.database import load_keys, upgrade
from coach.runtime import Runtime
from content.catalogue import load_catalogue
from schedules.db import open_engine, writing
from schedules.gateway import SimulatedGateway
from schedules.keys import Keyring, install_keyring
from schedules.models import OutboxMessage
from tests.chaos.evening import CLOSES, EVENING, enrol_all
from tests.served import free_port
from tests.support import DATA_KEY, settings_for
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID

BODY = "Evening! Tonight's small step: five slow calf stretches before bed? Legs last night, 0-10? Done, Y or N?"
FORM = urlencode({"To": "+15551230000", "MessagingServiceSid": MESSAGING_SERVICE_SID, "Body": BODY})
CREATE = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
AUTHORIZATION = "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
HEADERS = {"Authorization": AUTHORIZATION, "Content-Type": "application/x-www-form-urlencoded"}
CONNECTIONS = 100
MEMORY_AT = (2_000, 20_000, 200_000)

Rate = Callable[[str, int], dict[str, float]]  # (the provider's address, how many texts) to texts a second, and more


def main() -> None:
    """Measure and print one table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--due", type=int, default=5_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--celery", help="a Python with celery and redis installed; needs redis-server as well")
    asked.add_argument("--memory", action="store_true", help="instead: peak memory and CPU a text as the queue grows")
    given = asked.parse_args()
    install_keyring(Keyring([DATA_KEY]))
    logging.disable(logging.CRITICAL)  # the peer's scheduler has much to say
    if given.memory:
        print_memory()
        return
    ways: dict[str, tuple[Rate, int]] = {
        f"bare keep-alive client, {CONNECTIONS} connections": (bare, given.due),
        f"ours, one process of {CONNECTIONS}": (partial(ours, [CONNECTIONS]), given.due),
        f"ours, two processes of {CONNECTIONS}": (partial(ours, [CONNECTIONS] * 2), given.due),
        "one APScheduler job a person, 20 threads": (apscheduler_job_a_person, given.due // 5),
    }
    if given.celery and which("redis-server"):
        for pool, size in (("prefork", 20), ("threads", 100)):
            name = f"Celery + Redis, {pool} of {size}"
            ways[name] = (partial(celery, given.celery, pool, size), given.due // 2)
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
    usual = max((rate for name, rate in rates.items() if "Celery" in name), default=0.0)
    table = Table("50 ms a create", "texts/s", "of bare", "of the best Celery", "CPU ms a text")
    for name, rate in rates.items():
        cpu = median(one.get("cpu_ms", 0.0) for one in figures[name])
        of_usual = f"{rate / usual:.1f}" if usual else "-"
        table.add_row(name, f"{rate:,.0f}", f"{rate / bare_rate:.2f}", of_usual, f"{cpu:.2f}" if cpu else "-")
    Console(width=110).print(table)
    if not usual:
        Console().print("Celery was not measured: name a Python that has celery and redis with --celery.")


@contextmanager
def provider(latency: float) -> Iterator[str]:
    """The stand-in as a process of its own; its address."""
    command = [sys.executable, "-m", "tests.twilio_standin", "--port", "0", "--callbacks", "off", "--no-validate"]
    with subprocess.Popen([*command, "--latency", str(latency)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        try:
            yield next(word for word in line.split() if word.startswith("http")).rstrip(".,")
        finally:
            process.terminate()


def until_taken(url: str, due: int, began: float) -> float:
    """Texts a second from `began` until the provider has `due` of them."""
    while True:
        with urlopen(url + "/_standin/status") as answer:
            taken = json.load(answer)["accepted"]
        seconds = time.monotonic() - began
        if taken >= due:
            return float(taken / seconds)
        if seconds > 600:
            raise SystemExit(f"only {taken} of {due} were taken in ten minutes")
        time.sleep(0.1)


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
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        database = f"sqlite:///{Path(folder) / 'coach.sqlite3'}"
        queue_texts(database, due)
        workers = [stack.enter_context(started(database, url, threads)) for threads in processes]
        began = time.monotonic()
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        told = [json.loads(worker.communicate()[0]) for worker in workers]
        seconds = time.monotonic() - began
    sent = sum(one["sent"] for one in told)
    assert sent == due, told
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
    with writing(engine) as connection:
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


def apscheduler_job_a_person(url: str, due: int) -> dict[str, float]:
    """The tutorial's way: a job for every person, due at the same minute."""
    scheduler = BackgroundScheduler(executors={"default": JobThreads(20)}, job_defaults={"misfire_grace_time": None})
    own = threading.local()

    def send() -> None:
        if not hasattr(own, "connection"):
            own.connection = HTTPConnection(urlsplit(url).netloc)
        own.connection.request("POST", CREATE, FORM, HEADERS)
        own.connection.getresponse().read()

    for _ in range(due):
        scheduler.add_job(send, "date")
    began = time.monotonic()
    scheduler.start()
    rate = until_taken(url, due, began)
    scheduler.shutdown(wait=False)
    return {"rate": rate}


def celery(python: str, pool: str, size: int, url: str, due: int) -> dict[str, float]:
    """A task a text, already in the queue when the workers are told to begin."""
    port = free_port()
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    environment = os.environ | {
        "BROKER": f"redis://127.0.0.1:{port}/0",
        "TWILIO": url,
        "FORM": FORM,
        "CREATE": CREATE,
        "AUTHORIZATION": AUTHORIZATION,
    }
    workers = [python, "-m", "celery", "-A", "celery_peer", "worker", "--loglevel", "ERROR", "--pool", pool]
    with in_background(words, environment):
        time.sleep(0.5)
        enqueue(python, environment, 50)
        with in_background([*workers, "-c", str(size)], environment):
            until_taken(url, 50, time.monotonic())
            began = time.monotonic()
            adding = threading.Thread(target=enqueue, args=(python, environment, due))
            adding.start()
            rate = until_taken(url, due + 50, began)
            adding.join()
    return {"rate": rate * due / (due + 50)}


@contextmanager
def in_background(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A process beside this file, ended however the block ends."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": Path(__file__).parent}
    with subprocess.Popen(command, env=environment, **quiet) as process:
        try:
            yield
        finally:
            process.terminate()


def enqueue(python: str, environment: dict[str, str], count: int) -> None:
    subprocess.run([python, "celery_peer.py", str(count)], env=environment, cwd=Path(__file__).parent, check=True)


def print_memory() -> None:
    table = Table("texts due, no latency", "texts/s", "CPU ms a text", "peak memory")
    for due in MEMORY_AT:
        with provider(latency=0.0) as url:
            found = ours([CONNECTIONS], url, due)
        table.add_row(f"{due:,}", f"{found['rate']:,.0f}", f"{found['cpu_ms']:.2f}", f"{found['peak_mb']:.0f} MB")
    Console(width=90).print(table)


if __name__ == "__main__":
    main()
