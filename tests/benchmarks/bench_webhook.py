"""Throughput of the inbound webhook: `python3 dev.py bench webhook [--people N] [--rounds N]`.

Everything real is in it: signature, look-up, decryption, understanding, decision, recording, answer, commit. Ceiling:
bare Flask that answers an empty TwiML, under the same gunicorn with the same two workers. Fifty connections; rounds
are interleaved, medians compared; each person answers once, and each round has a database of its own. The processor
time of the server's processes for each request, read from /proc, is the fairer ratio on a busy machine: there the rates
swing by a factor of three.
`--beside import|sign-ins|export` measures something else: see `tests.benchmarks.webhook_beside`.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen
from zoneinfo import ZoneInfo

from flask import Flask, Response
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, update

from coach.database.schema import load_keys, upgrade
from coach.runtime import Runtime
from content.catalogue import load_catalogue
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine, write_transaction
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.gateway.protocol import SimulatedGateway
from schedules.gateway.twilio import SignatureCheck
from tests.chaos.evening import enrol_all, phone
from tests.served import free_port
from tests.support import DATA_KEY, PUBLIC_URL, SECRET_KEY, settings_for
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID

CONNECTIONS, WORKERS = 50, 2
PATH = "/sms/inbound"
# What people write, a score and mostly a yes or no; each person another.
WORDS = ("4 yes", "about a 6, did em", "legs 3 y", "7 no", "5, forgot", "2 sí", "8/10 nope", "bed at 10 legs 3 y")


def bare() -> Flask:
    """The ceiling: an application that only answers."""
    app = Flask(__name__)

    @app.post(PATH)
    def answer() -> Response:
        return Response("<Response/>", content_type="text/xml")

    @app.get("/healthz")
    def healthy() -> str:
        return "ok"

    return app


def main() -> None:
    """Measure and print one table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=3_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--beside", choices=("import", "sign-ins", "export"))
    asked.add_argument("--texts", type=int, default=200, help="with --beside: how many idle, and how many beside")
    given = asked.parse_args()
    install_keyring(Keyring([DATA_KEY]))
    if given.beside:
        from tests.benchmarks import webhook_beside  # noqa: PLC0415  (which takes what is here)

        raise SystemExit(webhook_beside.main(given.beside, given.texts))
    found: dict[str, list[list[float]]] = {"bare Flask": [], "ours, SQLite": []}
    seconds: dict[str, list[float]] = {name: [] for name in found}
    cpu: dict[str, list[float]] = {name: [] for name in found}
    for turn in range(given.rounds):
        requests = signed_requests(given.people, turn)
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'coach.sqlite3'}"
            set_up(url, given.people)
            for name, app in (("bare Flask", "tests.benchmarks.bench_webhook:bare()"), ("ours, SQLite", OURS)):
                with served_by_gunicorn(app, url) as (port, server):
                    began, cpu_began = time.monotonic(), cpu_seconds(server)
                    found[name].append(asyncio.run(post_all(port, requests)))
                    seconds[name].append(time.monotonic() - began)
                    cpu[name].append((cpu_seconds(server) - cpu_began) / given.people)
    rates = {name: median(given.people / one for one in seconds[name]) for name in found}
    print_table(rates, {name: median(cpu[name]) for name in found}, found)


OURS = "coach.web.app:create_app()"


def print_table(rates: dict[str, float], cpu: dict[str, float], waits: dict[str, list[list[float]]]) -> None:
    title = f"{CONNECTIONS} connections, {WORKERS} workers"
    table = Table(title, "requests/s", "of bare", "CPU ms", "of bare", "p50 ms", "p99 ms")
    for name, rate in rates.items():
        percentiles = quantiles([wait for one in waits[name] for wait in one], n=100)
        of_bare = (f"{rate / rates['bare Flask']:.2f}", f"{cpu['bare Flask'] / cpu[name]:.2f}")
        p50, p99 = (f"{percentiles[place] * 1000:.0f}" for place in (49, 98))
        table.add_row(name, f"{rate:,.0f}", of_bare[0], f"{cpu[name] * 1000:.2f}", of_bare[1], p50, p99)
    Console(width=110).print(table)


def set_up(url: str, people: int) -> None:
    """Everybody was asked an hour ago and has not answered."""
    engine, now = open_engine(url), datetime.now(UTC)
    upgrade(engine, now)
    keys = load_keys(engine)
    enrol_all(Runtime(settings_for(url), engine, load_catalogue(), keys, SimulatedGateway(), lambda: now), people)
    asked_at, ids = now - timedelta(hours=1), range(1, people + 1)
    with write_transaction(engine) as connection:
        connection.execute(insert(OutboxMessage), [asked(id, asked_at) for id in ids])
        check_ins = [{"enrolment_id": id, "asked_on": local_date(asked_at), "outbox_message_id": id} for id in ids]
        connection.execute(insert(CheckIn), check_ins)
        connection.execute(update(Enrolment).values(next_due_at=now + timedelta(hours=23)))
    engine.dispose()


def local_date(at: datetime) -> date:
    """Theirs: on UTC's, every answer of a Sunday evening would be one to an earlier week."""
    return at.astimezone(ZoneInfo("America/New_York")).date()


def asked(id: int, at: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "enrolment_id": id,
        "kind": "nudge",
        "slot": "evening",
        "local_on": local_date(at),
        "body": "Legs last night, 0 none to 10 worst?",
        "token": f"{id:032x}",
        "state": "delivered",
        "due_at": at,
        "accepted_at": at,
        "expires_at": at,
        "created_at": at,
    }


def signed_requests(people: int, turn: int) -> list[bytes]:
    check = SignatureCheck(AUTH_TOKEN, PUBLIC_URL)
    return [signed(check, index, turn) for index in range(people)]


def signed(check: SignatureCheck, index: int, turn: int) -> bytes:
    form = {
        "MessageSid": f"SM{turn * 10**6 + index:032x}",
        "AccountSid": ACCOUNT_SID,
        "MessagingServiceSid": MESSAGING_SERVICE_SID,
        "From": phone(index),
        "To": "+15005550006",
        "Body": WORDS[(index + turn) % len(WORDS)],
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
    }
    body = urlencode(form).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: coach.test\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {check.sign(PATH, form)}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


async def post_all(port: int, requests: list[bytes]) -> list[float]:
    """Every request once over fifty connections at a time; the seconds each took. gunicorn closes each."""
    left, waits = iter(requests), []

    async def one_after_the_other() -> None:
        for request in left:
            began = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            answer = await reader.read()
            waits.append(time.monotonic() - began)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
            writer.close()

    await asyncio.gather(*(one_after_the_other() for _ in range(CONNECTIONS)))
    assert len(waits) == len(requests)
    return waits


@contextmanager
def served_by_gunicorn(app: str, url: str) -> Iterator[tuple[int, int]]:
    """The port, and the id of the server's own process."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*command, app], env=environment(url), **quiet) as process:
        try:
            wait_for(port)
            yield port, process.pid
        finally:
            process.terminate()


def cpu_seconds(server: int) -> float:
    """The processor time that the processes of a server have taken so far."""
    processes = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    ticks = (Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[11:13] for one in processes)
    return sum(int(one) for pair in ticks for one in pair) / os.sysconf("SC_CLK_TCK")


def environment(url: str) -> dict[str, str]:
    """Of a process of the installation."""
    return os.environ | {
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET_KEY,
        "DATA_KEYS": DATA_KEY,
        "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_MESSAGING_SERVICE_SID": MESSAGING_SERVICE_SID,
    }


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("gunicorn did not start")


if __name__ == "__main__":
    main()
