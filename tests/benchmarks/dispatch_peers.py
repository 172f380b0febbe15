"""Peers that `bench_dispatch` compares with: each takes a provider URL and a count, and returns texts per second."""

import json
import os
import sqlite3
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen
from uuid import uuid4

from apscheduler.executors.pool import ThreadPoolExecutor as JobThreads
from apscheduler.schedulers.background import BackgroundScheduler

from tests.served import free_port
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID

BODY = "Evening! Tonight's small step: five slow calf stretches before bed? Legs last night, 0-10? Done, Y or N?"
FORM = urlencode({"To": "+15551230000", "MessagingServiceSid": MESSAGING_SERVICE_SID, "Body": BODY})
CREATE = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
AUTHORIZATION = "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
HEADERS = {"Authorization": AUTHORIZATION, "Content-Type": "application/x-www-form-urlencoded"}


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


def celery(python: str, does: str, pool: str, sizes: list[int], url: str, due: int) -> dict[str, float]:
    """A task a text, all in the queue before workers of these sizes begin; the first quarter is not measured."""
    port = free_port()
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    environment = os.environ | {
        "BROKER": f"redis://127.0.0.1:{port}/0",
        "TWILIO": url,
        "FORM": FORM,
        "CREATE": CREATE,
        "AUTHORIZATION": AUTHORIZATION,
        "ACCOUNT_SID": ACCOUNT_SID,
        "AUTH_TOKEN": AUTH_TOKEN,
        "SERVICE_SID": MESSAGING_SERVICE_SID,
        "BODY": BODY,
        "DOES": does,
    }
    workers = [python, "-m", "celery", "-A", "celery_peer", "worker", "--loglevel", "ERROR", "--pool", pool]
    with tempfile.TemporaryDirectory() as folder, in_background(words, environment):
        environment["RECORD"] = str(Path(folder) / "record.sqlite3")
        with closing(sqlite3.connect(environment["RECORD"])) as record:
            record.executescript("PRAGMA journal_mode=WAL; CREATE TABLE taken (number INTEGER PRIMARY KEY, sid TEXT)")
        time.sleep(0.5)
        enqueue(python, environment, due)
        with ExitStack() as stack:
            for size in sizes:
                stack.enter_context(in_background([*workers, "-c", str(size), "-n", f"{uuid4().hex}@%h"], environment))
            until_taken(url, due // 4, time.monotonic())
            before, began = taken(url), time.monotonic()
            until_taken(url, due, began)
            seconds = time.monotonic() - began
    return {"rate": (due - before) / seconds}


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


def until_taken(url: str, due: int, began: float) -> float:
    """Texts a second from `began` until the provider has `due` of them."""
    while True:
        count, seconds = taken(url), time.monotonic() - began
        if count >= due:
            return count / seconds
        if seconds > 120:
            raise SystemExit(f"only {count} of {due} were taken in two minutes")
        time.sleep(0.1)


def taken(url: str) -> int:
    """How many creates the provider has taken."""
    with urlopen(url) as answer:
        return int(json.load(answer)["accepted"])
